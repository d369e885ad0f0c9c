// SPDX-License-Identifier: Apache-2.0
#include "plan/rent.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "estimate/sheet.hpp"
#include "plan/need.hpp"

namespace busbar::plan {
namespace {

using estimate::Seconds;
using estimate::Terms;

const estimate::Constants& constants() { return estimate::built_in_constants(); }
const estimate::Date today{std::chrono::year(2026), std::chrono::month(11), std::chrono::day(27)};

estimate::Catalogue offers(const std::string& rows) {
  const auto sheet = estimate::Sheet::parse(
      "offers.csv",
      "provider,region,instance,gpu,gpu_count,price_hour,spot_price_hour,price_month_1y,as_of_date,source\n" +
          rows);
  EXPECT_TRUE(sheet) << sheet.error().message;
  auto read = estimate::parse_offers(*sheet);
  EXPECT_TRUE(read) << read.error().message;
  estimate::Catalogue catalogue = estimate::shipped_catalogue();
  catalogue.offers = read ? *read : std::vector<estimate::Offer>{};
  return catalogue;
}

RentQuestion as_of_today() {
  RentQuestion wanted;
  wanted.offers.date = today;
  return wanted;
}

TrainQuestion lora(double tokens = 1e8) {
  TrainQuestion question{.model = *estimate::shipped_catalogue().models.find("Llama-3.1-8B"),
                         .tokens = tokens};
  question.training.method = estimate::Method::lora;
  question.training.precision = estimate::Precision::pure16;
  question.training.global_batch = 16;
  question.training.compiled = true;
  return question;
}

TEST(Rent, ARunIsPricedByItsTimeOnEachOffer) {
  const auto found = rent(lora(),
                          offers("a,x,one,H100 SXM,1,3.00,,,2026-11-01,list\n"
                                 "b,x,one,L4,1,0.70,0.20,,2026-11-01,list\n"
                                 "b,x,tiny,T4,1,0.30,,,2026-11-01,list\n"
                                 "c,x,half,L4,0.5,0.40,,,2026-11-01,list\n"
                                 "d,x,odd,Abacus,4,0.01,,,2026-11-01,list\n"),
                          as_of_today(), constants());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->offers, 3u) << "half a device trains nothing, an abacus nobody knows";
  EXPECT_EQ(found->unknown, std::vector<std::string>{"Abacus"});
  EXPECT_EQ(found->too_small, 1u) << "16 GB do not hold 8B weights";
  ASSERT_FALSE(found->rentals.empty());
  for (const TrainRental& each : found->rentals) {
    const double hours = each.answer.time.value / estimate::hour;
    EXPECT_NEAR(each.answer.cost->value.value, each.choice.all.value * hours, 1e-9);
    EXPECT_LT(each.answer.cost->low, each.answer.cost->value);
    EXPECT_GT(each.answer.cost->high, each.answer.cost->value);
    EXPECT_TRUE(each.answer.fits);
    EXPECT_LE(each.answer.training.global_batch, 16) << "more devices do not make the batch larger";
  }
  EXPECT_TRUE(std::ranges::is_sorted(
      found->rentals, {}, [](const TrainRental& each) { return std::round(each.choice.bill.value * 1000); }));
}

TEST(Rent, TheFrontHoldsWhatNoneBeatsInBothCostAndTime) {
  const auto found = rent(lora(), estimate::shipped_catalogue(), as_of_today(), constants());
  ASSERT_TRUE(found);
  ASSERT_GT(found->front.size(), 2u);
  const auto& all = found->rentals;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const bool beaten = std::ranges::any_of(all, [&](const TrainRental& other) {
      return other.choice.bill < all[k].choice.bill && other.answer.time.value < all[k].answer.time.value;
    });
    if (std::ranges::find(found->front, k) != found->front.end()) {
      EXPECT_FALSE(beaten) << all[k].choice.offer.instance;
    }
  }
}

TEST(Rent, WhoMustBeDoneInTimeIsShownOnlyWhatEndsInTime) {
  RentQuestion wanted = as_of_today();
  const auto freely = rent(lora(), estimate::shipped_catalogue(), wanted, constants());
  wanted.within = estimate::hour;
  const auto hurried = rent(lora(), estimate::shipped_catalogue(), wanted, constants());
  ASSERT_TRUE(freely && hurried);
  EXPECT_LT(hurried->rentals.size(), freely->rentals.size());
  EXPECT_GT(hurried->late, 0u);
  for (const TrainRental& each : hurried->rentals) EXPECT_LE(each.answer.time.high, estimate::hour);
}

TEST(Rent, ACommitmentIsPaidForAllItsMonths) {
  const auto list = offers("a,x,one,H100 SXM,1,3.00,,1460.00,2026-11-01,list\n");
  RentQuestion wanted = as_of_today();
  const auto untold = rent(lora(), list, wanted, constants());
  wanted.offers.terms = {Terms::one_year};
  const auto asked = rent(lora(), list, wanted, constants());
  ASSERT_TRUE(untold && asked);
  ASSERT_EQ(untold->rentals.size(), 1u) << "a run of hours is told nothing of a year";
  EXPECT_EQ(untold->rentals[0].choice.terms, Terms::on_demand);
  ASSERT_EQ(asked->rentals.size(), 1u);
  EXPECT_NEAR(asked->rentals[0].answer.cost->value.value, 12 * 1460, 1e-6);
}

TEST(Rent, MachinesOfAFewDevicesAreNotJoined) {
  const auto found = rent(lora(),
                          offers("a,x,two,H100 SXM,2,6.00,,,2026-11-01,list\n"
                                 "b,x,eight,H100 SXM,8,24.00,,,2026-11-01,list\n"),
                          as_of_today(), constants());
  ASSERT_TRUE(found);
  for (const TrainRental& each : found->rentals) {
    if (each.choice.offer.provider == "a") {
      EXPECT_EQ(each.choice.machines, 1);
    }
  }
  EXPECT_TRUE(std::ranges::any_of(found->rentals, [](const TrainRental& each) {
    return each.choice.offer.provider == "b" && each.choice.machines > 1;
  }));
}

TEST(Rent, AServedModelTakesAsManyMachinesAsItsCopiesFill) {
  ServeQuestion question{.model = *estimate::shipped_catalogue().models.find("Llama-3.1-8B")};
  Rng chance(1);
  const auto list = offers(
      "a,x,four,L4,4,2.80,,,2026-11-01,list\n"
      "b,x,one,H100 SXM,1,3.00,,,2026-11-01,list\n");
  double before = 0;
  for (const double rate : {1.0, 20.0, 80.0}) {
    question.load = std::make_shared<const Load>(steady_load(rate, 1024, 256, chance));
    const auto found = rent(question, list, as_of_today(), constants());
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_FALSE(found->rentals.empty());
    for (const ServeRental& each : found->rentals) {
      const Service& service = *each.answer.service;
      EXPECT_LE(service.seen.first_token.late, question.promise.first_token);
      EXPECT_LE(service.low, service.copies);
      EXPECT_GE(service.high.value_or(1 << 20), service.copies);
      EXPECT_GE(each.choice.machines * each.choice.offer.gpus, service.copies * each.answer.place.devices);
      EXPECT_NEAR(each.month.value.value, each.choice.all.value * 730, 1e-6);
    }
    EXPECT_GT(found->rentals.front().month.value.value, before) << "more requests cost more";
    before = found->rentals.front().month.value.value;
  }
}

TEST(Rent, PayingByTheTokenCountsWhatIsReadAndWritten) {
  const Load load{{{{0}, 1000, 100}, {{1}, 3000, 300}}};  // one a second: 2000 in, 200 out
  const estimate::Usd month = month_by_token(load, {{0.2}, {0.6}});
  EXPECT_NEAR(month.value, 3600 * 730 * (2000 * 0.2 + 200 * 0.6) / 1e6, 1e-6);
}

TEST(Need, WhatIsAskedForStaysAndTheRestIsChosen) {
  TrainQuestion question = lora();
  question.fixed.recompute = true;
  question.training.recompute = estimate::Recompute::full;
  const Place place{*estimate::shipped_catalogue().devices.find("RTX 3090"), 2, std::nullopt};
  const auto found = best(question, place, constants());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->training.recompute, estimate::Recompute::full);
  EXPECT_EQ(found->training.cut.devices(), 2);
  question.fixed.tp = true;
  question.training.cut.tp = 4;
  EXPECT_FALSE(best(question, place, constants())) << "four share each layer, and there are two";
  const auto told = report(question, {.places = {place}, .rent = as_of_today()},
                           estimate::shipped_catalogue(), constants());
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().message, "--tp x --pp x --cp: found 4; a divisor of the 2 devices would be right");
}

TEST(Need, NothingForRentHoldsItIsSaidWithWhatWould) {
  RentQuestion wanted = as_of_today();
  wanted.offers.provider = "nobody";
  const auto told = report(lora(), {.rent = wanted}, estimate::shipped_catalogue(), constants());
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->shown(), nullptr);
  EXPECT_FALSE(train_page(*told).empty());
}

TEST(Need, WhereNothingWasMeasuredIntervalsAreWider) {
  const auto width = [](const char* device) {
    const auto said =
        best(lora(), {*estimate::shipped_catalogue().devices.find(device), 1, std::nullopt}, constants());
    return said->time.high.value / said->time.low.value;
  };
  EXPECT_GT(width("MI300X"), width("H100") * 1.1);
  EXPECT_NEAR(width("A100 80GB"), width("H100"), 1e-9) << "both were learned from";
}

TEST(Need, APlaceIsFilledWithTheCopiesThatWriteMost) {
  const ServeQuestion question{.model = *estimate::shipped_catalogue().models.find("Llama-3.1-70B")};
  const Place place{*estimate::shipped_catalogue().devices.find("H100"), 8, std::nullopt};
  const ServeAnswer said = best(question, place, constants());
  EXPECT_GT(said.place.devices, 2) << "two hold it, with room for a single request";
  EXPECT_EQ(said.beside * said.place.devices, 8) << "none is left idle";
}

TEST(Need, WhatIsOffloadedNeedsTheHostsMemory) {
  TrainQuestion question = lora();
  question.training.method = estimate::Method::full;
  question.training.host_optimizer = true;
  const auto said =
      best(question, {*estimate::shipped_catalogue().devices.find("RTX 4090"), 1, std::nullopt}, constants());
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->fits) << "weights wait on the host, too";
  const double count = double(estimate::parameters(question.model).total);
  EXPECT_EQ(said->memory.host.value, (2 + 2 + 4) * count) << "pure 16 bit: weights, gradients, moments";
  question.training.precision = estimate::Precision::mixed;
  const auto mixed = best(question, said->place, constants());
  EXPECT_EQ(mixed->memory.host.value, 16 * count) << "arXiv 1910.02054: 4 + 4 + 8";
}

TEST(Need, FewerBitsAreSmallerAndWriteMore) {
  const ServeQuestion question{.model = *estimate::shipped_catalogue().models.find("Llama-3.1-70B")};
  const Place place{*estimate::shipped_catalogue().devices.find("H100"), 8, std::nullopt};
  const auto told = report(question, {.places = {place}, .rent = as_of_today()},
                           estimate::shipped_catalogue(), constants(), std::nullopt);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->stored.size(), 4u);
  const auto all_weights = [&](std::size_t k) {
    return told->stored[k].memory.weights.value * told->stored[k].place.devices;
  };
  const auto written = [&](std::size_t k) {
    return told->stored[k].full.value.value * told->stored[k].beside;
  };
  for (std::size_t k = 1; k < 3; ++k) {  // 16 bits, fp8, fp4
    EXPECT_LT(all_weights(k), all_weights(k - 1) * 0.62) << "half, but for what stays in 16 bits";
    EXPECT_GT(written(k), written(k - 1)) << "on the same eight devices";
  }
  EXPECT_LT(all_weights(3), all_weights(0) * 0.33) << "Q4_K_M: 4.5 to 6.6 bits of 16";
}

TEST(Need, ThePagesShowEveryPlaceAndLoadNothing) {
  Place place{*estimate::shipped_catalogue().devices.find("RTX 3090"), 2, std::nullopt};
  const auto trained =
      report(lora(), {.places = {place}, .rent = as_of_today()}, estimate::shipped_catalogue(), constants());
  ASSERT_TRUE(trained);
  ServeQuestion question{.model = *estimate::shipped_catalogue().models.find("Llama-3.1-8B")};
  Rng chance(1);
  question.load = std::make_shared<const Load>(steady_load(2, 1024, 256, chance));
  const auto served = report(question, {.places = {place}, .rent = as_of_today()},
                             estimate::shipped_catalogue(), constants(), TokenPrices{{0.2}, {0.6}});
  ASSERT_TRUE(served);
  for (const std::string& page : {train_page(*trained), serve_page(*served)}) {
    EXPECT_NE(page.find("x RTX 3090"), std::string::npos);
    EXPECT_EQ(page.find("src="), std::string::npos);
    EXPECT_EQ(page.find("href="), std::string::npos);
    EXPECT_EQ(page.find("nan"), std::string::npos);
  }
}

}  // namespace
}  // namespace busbar::plan
