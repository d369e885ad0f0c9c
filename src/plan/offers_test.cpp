// SPDX-License-Identifier: Apache-2.0
#include "plan/offers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace busbar::plan {
namespace {

using estimate::Terms;

std::vector<estimate::Offer> market() {
  const auto read = estimate::parse_offers(*estimate::Sheet::parse(
      "market.csv",
      "kind,provider,region,instance,gpu,gpu_count,gpu_memory_gb,price_hour,spot_"
      "price_hour,price_month_3y,as_of_date,"
      "source,verified,reliability,network_gbps,longest_days\n"
      "cloud,big,east,eight,A100 SXM 80GB,8,80,24,,8760,2026-10-01,list,,,,\n"
      "cloud,big,east,one,A100 SXM 80GB,1,80,3,1,,2026-10-01,list,,,,\n"
      "cloud,big,west,one,A100 SXM 80GB,1,80,2.5,,,2026-01-01,list,,,,\n"
      "market,bazaar,,m1,A100 PCIe 40GB,1,40,0.8,,,2026-11-01,listing,yes,0.99,10,30\n"
      "market,bazaar,,m2,A100 PCIe 40GB,1,40,0.7,,,2026-11-01,listing,no,0.8,1,3\n"
      "owned,lab,,rack,A100 SXM 80GB,4,80,2,,,2026-11-01,invoice,,,,\n"
      "cloud,big,east,part,A10,0.5,24,0.4,,,2026-10-01,list,,,,\n"));
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

/// "m2 spot 0.70 | ...": of the first three.
std::string told(const OffersQuestion& question) {
  const auto answer = rank_offers(market(), question);
  if (!answer) return answer.error().message;
  std::string text;
  for (std::size_t k = 0; k < std::min<std::size_t>(answer->choices.size(), 3); ++k) {
    const Choice& choice = answer->choices[k];
    text += (k ? " | " : "") + choice.offer.instance + " " + std::string(estimate::name_of(choice.terms)) +
            " " + std::to_string(std::lround(choice.bill.value * 100)) + (choice.stale ? " stale" : "");
  }
  return text;
}

TEST(RankOffers, Rules) {
  const estimate::Date date = *estimate::parse_date("2026-11-27");
  const struct {
    const char* says;
    OffersQuestion question;
    const char* answer;
  } rules[] = {
      {"the cheapest machine that has them, whoever offers it",
       {.date = date, .gpu = "A100"},
       "m2 on demand 70 | m1 on demand 80 | one spot 100"},
      {"", {.date = date, .gpu = "a100 40gb"}, "m2 on demand 70 | m1 on demand 80"},
      {"as many machines as it takes, sold whole",
       {.date = date, .gpu = "A100 80GB", .gpus = 5},
       "rack on demand 400 | one spot 500 | one on demand 1250 stale"},
      {"a commitment is paid whole",
       {.date = date, .gpu = "A100 SXM", .gpus = 8, .terms = {Terms::three_years}},
       "eight 3 years 31536000"},
      {"verified listings alone", {.date = date, .gpu = "A100", .verified = true}, "m1 on demand 80"},
      {"reliable enough", {.date = date, .gpu = "A100", .reliability = 0.9}, "m1 on demand 80"},
      {"for long enough", {.date = date, .gpu = "A100", .longest_days = 7}, "m1 on demand 80"},
      {"half a GPU is no GPU", {.date = date, .gpu = "A10"}, ""},
      {"but half of one", {.date = date, .gpu = "A10", .gpus = 0.5}, "part on demand 40"},
      {"no dearer than",
       {.date = date, .gpu = "A100 80GB", .most = estimate::UsdPerHour{0.9}},
       "rack on demand 200"},
      {"as of an earlier day",
       {.date = *estimate::parse_date("2026-02-01"), .gpu = "A100"},
       "one on demand 250"},
      {"a day before all prices",
       {.date = *estimate::parse_date("2025-02-01")},
       "--as-of: found 2025-02-01; the first price is of 2026-01-01, that day or a later one would be right"},
      {"an unknown GPU",
       {.date = date, .gpu = "A11"},
       "no offer has a GPU called \"A11\"; did you mean A10?"},
  };
  for (const auto& rule : rules) {
    SCOPED_TRACE(std::string(rule.says) + " " + rule.question.gpu);
    EXPECT_EQ(told(rule.question), rule.answer);
  }
}

}  // namespace
}  // namespace busbar::plan
