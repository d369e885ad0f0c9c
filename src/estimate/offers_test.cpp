// SPDX-License-Identifier: Apache-2.0
#include "estimate/offers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "estimate/catalogue.hpp"

namespace busbar::estimate {
namespace {

Result<std::vector<Offer>> offers_of(const char* name, const std::string& text) {
  return parse_offers(*Sheet::parse(name, text));
}

constexpr const char* header =
    "kind,provider,region,instance,gpu,gpu_count,price_hour,as_of_date,source,verified\n";

TEST(Offers, ThoseThatShipAreDatedAndHaveAPriceAndASource) {
  EXPECT_GT(shipped_catalogue().offers.size(), 1500u);
  for (const Offer& offer : shipped_catalogue().offers) {
    EXPECT_TRUE(offer.as_of.ok());
    EXPECT_FALSE(offer.source.empty());
    EXPECT_FALSE(offer.gpu.empty());
    EXPECT_TRUE(gpu_price(offer, Terms::on_demand)) << offer.instance;
    EXPECT_LT(gpu_price(offer, Terms::on_demand)->value, 60) << offer.instance;  // a GB200 in a dear region
  }
}

TEST(Offers, MistakesAreNamedWithTheirPlace) {
  const struct {
    const char* rows;
    const char* message;
  } cases[] = {
      {"cloud,me,here,box,A100,8,abc,2026-01-01,x,\n",
       "mine.csv:2: price_hour: found \"abc\"; a number from 0 to 1e+09 would be right"},
      {"cloud,me,here,box,A100,8,1.0,2026-02-30,x,\n",
       "mine.csv:2: as_of_date: found \"2026-02-30\"; a day such as 2026-07-20 would be right"},
      {"rented,me,here,box,A100,8,1.0,2026-01-01,x,\n",
       "mine.csv:2: kind: found \"rented\"; cloud, market or owned would be right"},
      {"cloud,me,here,box,A100,0,1.0,2026-01-01,x,\n",
       "mine.csv:2: gpu_count: found nothing or 0; how many \"A100\" would be right"},
      {"cloud,me,here,box,A100,8,,2026-01-01,x,\n",
       "mine.csv:2: price_hour: found no price at all; one of price_hour, spot_price_hour, price_month_1y, "
       "price_month_3y or price_buy with years would be right"},
      {"cloud,,here,box,A100,8,1.0,2026-01-01,x,\n",
       "mine.csv:2: provider: found nothing; who offers it would be right"},
      {"cloud,me,here,box,A100,8,1.0,2026-01-01,x,maybe\n",
       "mine.csv:2: verified: found \"maybe\"; yes or no would be right"},
  };
  for (const auto& row : cases) {
    const auto offers = offers_of("mine.csv", std::string(header) + row.rows);
    ASSERT_FALSE(offers) << row.rows;
    EXPECT_EQ(offers.error().message, row.message);
  }
  const auto misspelt = offers_of("mine.csv", "provider,instance,as_of_date,source,price_huor\n");
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().message, "mine.csv: there is a column \"price_huor\"; did you mean price_hour?");
}

TEST(Offers, BoughtHardwareCostsItsShareAndItsPower) {
  const auto offers =
      offers_of("mine.csv",
                "kind,provider,instance,gpu,gpu_count,as_of_date,source,price_buy,years,watts,"
                "tariff,pue\nowned,lab,rack1,A100,2,2026-01-01,invoice,17520,2,1000,0.30,1.5\n");
  ASSERT_TRUE(offers) << offers.error().message;
  EXPECT_NEAR((*offers)[0].hour->value, 17520.0 / (2 * 8760) + 1.5 * 0.30, 1e-12);
  EXPECT_NEAR(gpu_price((*offers)[0], Terms::on_demand)->value, (1 + 0.45) / 2, 1e-12);
}

TEST(Offers, AnEarlierDayHasItsOwnPrices) {
  const auto rows = offers_of("mine.csv", std::string(header) +
                                              "cloud,me,here,box,A100,1,3.0,2024-01-01,x,\n"
                                              "cloud,me,here,box,A100,1,2.0,2025-01-01,x,\n"
                                              "cloud,me,there,box,A100,1,9.0,2026-01-01,x,\n");
  ASSERT_TRUE(rows);
  const auto prices = [&](const char* date) {
    std::string told;
    for (const Offer& offer : as_of(*rows, *parse_date(date)))
      told += std::to_string(int(offer.hour->value)) + " ";
    return told;
  };
  EXPECT_EQ(prices("2023-12-31"), "");
  EXPECT_EQ(prices("2024-06-01"), "3 ");
  EXPECT_EQ(prices("2025-01-01"), "2 ");
  EXPECT_EQ(prices("2026-11-27"), "2 9 ");
}

TEST(Offers, MineStandFirstAndOverrideTheSameOffer) {
  const auto shipped = offers_of("a", std::string(header) +
                                          "cloud,me,here,box,A100,1,3.0,2025-01-01,x,\n"
                                          "cloud,me,here,other,A100,1,4.0,2025-01-01,x,\n");
  const auto mine = offers_of("b", std::string(header) + "cloud,me,here,box,A100,1,1.5,2025-01-01,quote,\n");
  ASSERT_TRUE(shipped && mine);
  const auto all = extended(*shipped, *mine);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].source, "quote");
  EXPECT_EQ(all[1].instance, "other");
}

}  // namespace
}  // namespace busbar::estimate
