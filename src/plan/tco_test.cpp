// SPDX-License-Identifier: Apache-2.0
#include "plan/tco.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace busbar::plan {
namespace {

using estimate::Usd;
using estimate::UsdPerHour;
using estimate::UsdPerMonth;

/// Eight GPUs at 4.50 an hour, or bought for 35,000 each.
TcoQuestion lab(double busy) {
  return {.demand = demand_of(8, busy),
          .gpu_price = {35000},
          .residual_share = 0,
          .busy_watts = {700},
          .idle_watts = {0},
          .tariff = {0.12},
          .site = {3000},
          .rent = UsdPerHour{4.50}};
}

const TcoOption& option_of(const TcoAnswer& answer, Way way) {
  return *std::ranges::find(answer.options, way, &TcoOption::way);
}

TEST(Tco, ThePublishedExampleByItsParts) {
  const auto answer = compare(lab(400.0 / 730));  // 400 of 730 hours
  ASSERT_TRUE(answer);
  const TcoOption &own = option_of(*answer, Way::own), &rent = option_of(*answer, Way::rent);
  EXPECT_NEAR(own.month().value, 11542.99, 0.01);
  EXPECT_NEAR(rent.month().value, 14400, 0.01);
  EXPECT_NEAR(*answer->months, 35.56, 0.01);
  EXPECT_LT(*answer->months_low, *answer->months);
  EXPECT_GT(*answer->months_high, *answer->months);
}

TEST(Tco, AtTheBreakEvenUtilisationBothCostTheSame) {
  TcoQuestion question = lab(0.5);
  question.idle_watts = {100};
  question.staff = {2000};
  question.stored_gb = 20000, question.egress_gb = 3000;
  const auto answer = compare(question);
  ASSERT_TRUE(answer && answer->utilisation);
  question.demand = demand_of(8, *answer->utilisation);
  const auto there = compare(question);
  ASSERT_TRUE(there);
  EXPECT_NEAR(there->own_over_rent, 1, 1e-9);
}

TEST(Tco, DemandKeepsItsPeakAndItsMean) {
  for (const double busy : {0.01, 0.1, 0.5, 0.9, 1.0}) {
    const Demand demand = demand_of(64, busy);
    EXPECT_NEAR(beyond(demand, 0), 64 * busy, 1e-9) << busy;
    EXPECT_LE(demand.front().gpus, 64 + 1e-9) << busy;
    EXPECT_EQ(beyond(demand, 64), 0) << busy;
    double shares = 0;
    for (const DemandStep& step : demand) shares += step.share;
    EXPECT_NEAR(shares, 1, 1e-9);
  }
}

TEST(Tco, RecordedUseIsRead) {
  const auto demand = parse_demand("use.csv", "hours,gpus\n10,0\n20,8\n10,4\n");
  ASSERT_TRUE(demand) << demand.error().message;
  EXPECT_EQ(peak_of(*demand), 8);
  EXPECT_NEAR(busy_of(*demand), (20 * 8 + 10 * 4) / 40.0 / 8, 1e-12);
  EXPECT_NEAR(beyond(*demand, 4), 20 * 4 / 40.0, 1e-12);
  const struct {
    const char* text;
    const char* message;
  } wrong[] = {
      {"hours,gpus\n10,many\n", "use.csv:2: gpus: found \"many\"; a number from 0 to 1e+06 would be right"},
      {"hours,gpus\n10,\n", "use.csv:2: gpus: found nothing; a number would be right"},
      {"hours,gpus\n", "use.csv: found no hours; rows of hours and gpus would be right"},
      {"hours,gpus\n5,0\n", "use.csv: no GPU was ever at work; a recorded use would be right"},
      {"gpus\n5\n", "use.csv: has no column hours; there are gpus"},
  };
  for (const auto& row : wrong) {
    const auto refused = parse_demand("use.csv", row.text);
    ASSERT_FALSE(refused) << row.text;
    EXPECT_EQ(refused.error().message, row.message);
  }
}

TEST(Tco, HybridIsNoDearerThanEveryOtherMixAndOwnsTheBase) {
  TcoQuestion question = lab(0.3);
  question.demand = demand_of(64, 0.3);
  question.site = {0};
  const auto answer = compare(question);
  ASSERT_TRUE(answer);
  const TcoOption& mix = option_of(*answer, Way::hybrid);
  EXPECT_GT(mix.owned, 0);
  EXPECT_LT(mix.owned, 64);
  EXPECT_LT(mix.month().value, option_of(*answer, Way::own).month().value);
  EXPECT_LT(mix.month().value, option_of(*answer, Way::rent).month().value);
  EXPECT_EQ(answer->options.front().way, Way::hybrid);
}

TEST(Tco, WhatDecidesIsNamed) {
  const struct {
    const char* factor;
    TcoQuestion question;
    Way best;
  } cases[] = {
      {"steadiness", lab(0.9), Way::own},
      {"urgency",
       [] {
         auto q = lab(0.9);
         q.needed_in_weeks = 2;
         return q;
       }(),
       Way::rent},
      {"sovereignty",
       [] {
         auto q = lab(0.05);
         q.sovereign = true;
         return q;
       }(),
       Way::own},
      {"effort",
       [] {
         auto q = lab(0.65);
         q.staff = {9000};
         return q;
       }(),
       Way::rent},
      {"where the data lies",
       [] {
         auto q = lab(0.2);
         q.egress_gb = 200000;
         return q;
       }(),
       Way::own},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.factor);
    TcoQuestion question = row.question;
    question.colo_kilowatt = {100000};                         // nobody's choice here
    question.demand = demand_of(1, busy_of(question.demand));  // no mix of one
    question.gpu_price = {35000 * 8.0}, question.rent = UsdPerHour{4.50 * 8};
    question.busy_watts = {5600};
    const auto answer = compare(question);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->factor, row.factor) << answer->why;
    EXPECT_EQ(answer->options.front().way, row.best);
  }
}

TEST(Tco, TokensAreAWayLikeAnyOther) {
  TcoQuestion question = lab(0.1);
  question.tokens_per_month = {500e6};
  question.token_price = estimate::UsdPerMillionTokens{0.60};
  const auto answer = compare(question);
  ASSERT_TRUE(answer);
  EXPECT_NEAR(option_of(*answer, Way::tokens).month().value, 300, 1e-9);
  EXPECT_EQ(answer->options.front().way, Way::tokens);
}

TEST(Tco, WithoutAPriceNothingIsGuessed) {
  TcoQuestion question = lab(0.5);
  question.gpu_price = {};
  EXPECT_EQ(compare(question).error().message,
            "--gpu-price: found nothing; what one GPU costs to buy would be right");
}

TEST(Tco, RentIsSaidToFallAsItWasSeenToFall) {
  const auto offer = [](const char* region, double hour, const char* day) {
    return estimate::Offer{.provider = "big",
                           .region = region,
                           .instance = "eight",
                           .gpu = "H100 SXM",
                           .gpus = 8,
                           .hour = estimate::UsdPerHour{hour},
                           .as_of = *estimate::parse_date(day),
                           .source = "list"};
  };
  const std::vector<estimate::Offer> offers = {
      offer("east", 100, "2024-01-01"), offer("east", 25, "2025-12-31"),  // halved each year
      offer("west", 100, "2025-01-01"), offer("west", 50, "2026-01-01"),  // halved in one
      offer("north", 90, "2025-12-01"), offer("north", 10, "2026-01-01")  // too short a time to tell
  };
  const auto day = *estimate::parse_date("2026-11-27");
  const auto fall = price_fall(offers, "h100", day);
  ASSERT_TRUE(fall);
  EXPECT_EQ(fall->offers, 2);
  EXPECT_EQ(fall->providers, 1);
  EXPECT_NEAR(fall->a_year, 0.5, 1e-3);
  // The mean of 2^-t over four years: (1 - 1/16) / (4 ln 2).
  EXPECT_NEAR(mean_over(*fall, 4), 0.3381, 1e-3);
  EXPECT_NEAR(mean_over({.a_year = 1}, 4), 1, 1e-12);
  EXPECT_FALSE(price_fall(offers, "a100", day));
  EXPECT_FALSE(price_fall(offers, "h100", *estimate::parse_date("2024-06-01")))
      << "by then nothing was seen twice";
}

}  // namespace
}  // namespace busbar::plan
