// SPDX-License-Identifier: Apache-2.0
// Published answers about power, networks, prices and the cost of owning, each reckoned by the program. The
// file is ../shared/data/planner/worked_examples.csv beside the checkout, or below BUSBAR_SHARED.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "estimate/catalogue.hpp"
#include "estimate/fabric.hpp"
#include "estimate/offers.hpp"
#include "estimate/power.hpp"
#include "estimate/sheet.hpp"
#include "estimate/tco.hpp"

namespace busbar::estimate {
namespace {

double listed(const char* instance, const char* region, const char* day) {
  for (const Offer& offer : as_of(shipped_catalogue().offers, *parse_date(day))) {
    if (offer.instance == instance && offer.region == region) return offer.hour->value;
  }
  ADD_FAILURE() << "no " << instance << " in " << region << " by " << day;
  return 0;
}
double listed_commitment(const char* instance, const char* region, Terms terms) {
  for (const Offer& offer : shipped_catalogue().offers) {
    if (offer.instance == instance && offer.region == region) return price(offer, terms)->value;
  }
  ADD_FAILURE() << "no " << instance << " in " << region;
  return 0;
}

constexpr Supply us_208{{208}, 3}, us_480{{480}, 3}, eu_400{{400}, 3}, eu_230{{230}, 1};
constexpr Watts node_of_w045{8 * 700};  // eight devices of 0.7 kW
const Owned w045{.capex = Usd{8 * 35000.0} * 1.4,
                 .years = 4,
                 .busy = node_of_w045,
                 .pue = 1.4,
                 .tariff = {0.12},
                 .fixed = {3000}};
constexpr UsdPerHour w045_rent{4.50 * 8};
double kilowatts(double joules, double minutes) { return (Joules{joules} / (minute * minutes)).value / 1000; }
double nodes(double joules, double minutes, double kw_per_node) {
  return kilowatts(joules, minutes) / kw_per_node;
}

/// How each row is answered. Counts such as 8 x 700 W are what the row gives.
const std::map<std::string, std::function<double()>> answers = {
    {"w001", [] { return capacity({us_208, {60}, 0.8}).value; }},
    {"w002", [] { return 3 * capacity({{{208}, 1}, {60}, 0.8}).value / std::sqrt(3.0); }},
    {"w003", [] { return capacity({us_208, {30}, 0.8}).value; }},
    {"w004", [] { return capacity({eu_400, {32}, 1}).value; }},
    {"w005", [] { return capacity({eu_230, {32}, 1}).value; }},
    {"w006", [] { return continuous({us_208, {20}, 0.8}).value; }},
    {"w007", [] { return continuous({us_208, {30}, 0.8}).value; }},
    {"w008", [] { return load_current({9520}, us_208).value; }},
    {"w009", [] { return load_current({9520}, us_480).value; }},
    {"w010", [] { return facility_power({6800}, 1.4).value; }},
    {"w011", [] { return energy({9520}, hour * hours_per_year).value; }},
    {"w012", [] { return cost({83395.2}, {0.10}).value; }},
    {"w013", [] { return btu_per_hour({6800}); }},
    {"w014", [] { return load_current({500}, {{120}, 1}).value; }},
    {"w015", [] { return load_current({500}, {{208}, 1}).value; }},
    {"w016", [] { return (Watts{700} * 8 + Watts{500} + Watts{100}).value; }},
    {"w017", [] { return (Watts{1100} * 8 + Watts{700 + 224 + 100 + 160 + 80 + 12}).value; }},
    {"w018", [] { return ((Watts{1400} * 4 + Watts{1000} + Watts{900}) * 18).value / 1000; }},
    {"w019", [] { return kilowatts(12127904, 29.10069); }},
    {"w020", [] { return nodes(20381549, 5.40279, 7.859); }},
    {"w021", [] { return nodes(45837402, 2.10304, 5.676); }},
    {"w025", [] { return double(most_ends(2, 36)); }},
    {"w026", [] { return double(most_ends(2, 40)); }},
    {"w027", [] { return double(most_ends(2, 64)); }},
    {"w029", [] { return all_ends(256, {800}).value / 1000; }},
    {"w031", [] { return all_ends(8, {400}).value / 8; }},
    {"w032", [] { return all_ends(32 * 8, {400}).value / 8 / 1000; }},
    {"w033", [] { return all_ends(216, {100}).value / 1000; }},
    {"w034", [] { return listed("p4d.24xlarge", "us-gov-west-1", "2023-09-18"); }},
    {"w035", [] { return listed("p4d.24xlarge", "us-east-1", "2023-09-18"); }},
    {"w036",
     [] {
       const double then = listed("p4d.24xlarge", "us-gov-west-1", "2023-09-18") /
                           listed("p4d.24xlarge", "us-east-1", "2023-09-18");
       EXPECT_NEAR(then, 26.3511 / 21.957642, 0.0005) << "the same by 2026";
       return then;
     }},
    {"w037", [] { return listed("p4d.24xlarge", "us-gov-west-1", "2026-07-20"); }},
    {"w038",
     [] { return UsdPerHour{79.0533} / UsdPerHour{listed("p4d.24xlarge", "us-gov-west-1", "2023-09-18")}; }},
    {"w039", [] { return gpu_price({.gpus = 8, .hour = UsdPerHour{39.33}}, Terms::on_demand)->value; }},
    {"w040", [] { return listed("p5.48xlarge", "us-east-1", "2025-04-28"); }},
    {"w041", [] { return listed("p5.48xlarge", "us-east-1", "2026-07-20"); }},
    {"w042", [] { return gpu_hours_bill(39.3e6, {98.32}, 8).value; }},
    {"w043", [] { return gpu_hours_bill(2.788e6, {2}, 1).value; }},
    {"w044", [] { return listed_commitment("a3-highgpu-8g", "us-central1", Terms::three_years); }},
    {"w046", [] { return *break_even_months(w045.capex, month_of(w045_rent, 400), running(w045, 400)); }},
    {"w048", [] { return UsdPerMillionTokens{2.00} / UsdPerMillionTokens{0.11}; }},
    {"w049", [] { return saved(UsdPerMillionTokens{29.09}, UsdPerMillionTokens{4.74}); }},
    {"w052", [] { return per_hour_of_tokens({24000}, {0.60}).value; }},
};

/// Topics that are asked of this part of the program.
const std::set<std::string> topics = {"pdu_capacity",
                                      "breaker_derate",
                                      "load_current",
                                      "facility_power",
                                      "annual_energy",
                                      "annual_cost",
                                      "cooling",
                                      "current_1ph",
                                      "node_power",
                                      "node_power_b300",
                                      "rack_budget_gb300",
                                      "mlperf_energy",
                                      "mlperf_nodes",
                                      "fat_tree_max",
                                      "bisection",
                                      "node_bw",
                                      "pod_bw",
                                      "director",
                                      "price",
                                      "price_ratio",
                                      "price_per_gpu",
                                      "training_bill",
                                      "commit",
                                      "tco_breakeven",
                                      "tco_ratio",
                                      "revenue"};
/// Not numbers as they stand: below, by name.
const std::set<std::string> written_out = {"w022", "w023", "w024", "w028", "w030",
                                           "w045", "w047", "w050", "w051"};

TEST(WorkedExamples, EveryRowIsAnsweredWithinItsTolerance) {
  const char* shared = std::getenv("BUSBAR_SHARED");
  const std::string path = (shared ? std::string(shared) : std::string(BUSBAR_SOURCE_DIR "/../shared")) +
                           "/data/planner/worked_examples.csv";
  std::ifstream file(path);
  if (!file)
    GTEST_SKIP() << "there is no " << path << "; BUSBAR_SHARED names the folder that holds data/planner";
  std::stringstream text;
  text << file.rdbuf();
  const Result<Sheet> sheet = Sheet::parse(path, text.str());
  ASSERT_TRUE(sheet) << sheet.error().message;
  std::size_t answered = 0;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    const std::string id(sheet->at(row, "id"));
    if (!topics.contains(std::string(sheet->at(row, "topic"))) || written_out.contains(id)) continue;
    SCOPED_TRACE(id + ": " + std::string(sheet->at(row, "inputs")));
    const auto answer = answers.find(id);
    ASSERT_NE(answer, answers.end()) << "a row that nobody answers";
    const auto expected = parse_number(sheet->at(row, "expected"));
    ASSERT_TRUE(expected);
    // "exact", and a tolerance of 0, leave room for the last digit of what is printed.
    const double tolerance = parse_number(sheet->at(row, "tolerance")).value_or(0);
    EXPECT_NEAR(answer->second(), *expected, std::max(tolerance, std::abs(*expected) * 1e-9));
    ++answered;
  }
  EXPECT_EQ(answered, answers.size());
}

TEST(WorkedExamples, W022FortyEndsTakeOneSwitchOfFortyPorts) {
  const auto tree = fat_tree(40, 40);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->levels, 1);
  EXPECT_EQ(tree->switches(), 1);
  EXPECT_EQ(tree->internal_cables(), 0);
}

TEST(WorkedExamples, W023EightyEndsTakeFourLeavesTwoSpinesAndEightyCables) {
  const auto tree = fat_tree(80, 40);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->levels, 2);
  EXPECT_EQ(tree->leaves, 4);
  EXPECT_EQ(tree->spines, 2);
  EXPECT_EQ(tree->internal_cables(), 80);
}

TEST(WorkedExamples, W024ADirectorOf216PortsIsTwelveLeavesAndSixSpines) {
  const auto tree = fat_tree(216, 36);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->leaves, 12);
  EXPECT_EQ(tree->spines, 6);
  EXPECT_EQ(tree->internal_cables(), 216);
  EXPECT_EQ(tree->ends_per_leaf, 18);
}

TEST(WorkedExamples, W028ThreeLevelsServeACubeOverFour) {
  EXPECT_EQ(most_ends(3, 40), 16000);
  EXPECT_EQ(most_ends(3, 64), 65536);
  for (const int radix : {4, 8, 36, 40, 64}) {  // and the tree that is laid out reaches it, and no further
    const auto full = fat_tree(most_ends(3, radix), radix);
    ASSERT_TRUE(full) << radix;
    EXPECT_EQ(full->levels, 3);
    EXPECT_EQ(full->cores, std::int64_t{radix} * radix / 4) << radix;
    EXPECT_EQ(full->leaves, std::int64_t{radix} * radix / 2) << radix;
    EXPECT_EQ(full->spines, std::int64_t{radix} * radix / 2) << radix;
    EXPECT_FALSE(fat_tree(most_ends(3, radix) + 1, radix));
  }
}

TEST(WorkedExamples, W030EightLeavesFourSpinesFor256Ends) {
  const auto tree = fat_tree(256, 64);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->leaves, 8);
  EXPECT_EQ(tree->spines, 4);
  EXPECT_EQ(tree->ends_per_leaf, 32);
  EXPECT_EQ(tree->ups_per_leaf, 32);
  EXPECT_EQ(tree->leaf_spine_cables / tree->spines, 64);
}

TEST(WorkedExamples, W045OwnedPerMonthByItsPartsAgainstTheCloud) {
  EXPECT_NEAR(amortised(w045).value, 8166.67, 0.01);
  EXPECT_NEAR(power_bill(w045, 400).value, 376.32, 0.01);
  EXPECT_NEAR((amortised(w045) + running(w045, 400)).value, 11542.99, 0.01);
  EXPECT_NEAR(month_of(w045_rent, 400).value, 14400, 0.01);
}

TEST(WorkedExamples, W046CountingThePurchaseTwiceIsTheTrap) {
  const UsdPerMonth twice = running(w045, 400) + amortised(w045);
  EXPECT_NEAR(*break_even_months(w045.capex, month_of(w045_rent, 400), twice), 137.2, 0.05)
      << "as the page has it";
  EXPECT_FALSE(break_even_months(w045.capex, running(w045, 400), running(w045, 400))) << "no dearer: never";
}

TEST(WorkedExamples, W047ADeliveredHourCostsTheRentAtTheBreakEvenUtilisation) {
  const Usd per_year{w045.capex.value / w045.years + 12 * running(w045, 400).value};
  EXPECT_NEAR(per_delivered_hour(per_year, 8, 0.5).value, per_year.value / (8 * 8760 * 0.5), 1e-12);
  const auto even = break_even_utilisation(per_year, 8, {4.50});
  ASSERT_TRUE(even);
  EXPECT_NEAR(*even, per_year.value / (8 * 8760 * 4.50), 1e-12);
  EXPECT_NEAR(per_delivered_hour(per_year, 8, *even).value, 4.50, 1e-12);
}

TEST(WorkedExamples, W050ColocationOfANodeByTheKilowatt) {
  EXPECT_NEAR(colocation({10200}, {150}).value, 1530, 1e-9);
  EXPECT_NEAR(colocation({10200}, {250}).value, 2550, 1e-9);
}

TEST(WorkedExamples, W051AnHourlyPriceByTheMonth) {
  EXPECT_NEAR(month_of(UsdPerHour{2.69}).value, 1964, 1);
  EXPECT_NEAR(month_of(UsdPerHour{12.29}).value, 8972, 1);
  EXPECT_NEAR(committed_hour(month_of(UsdPerHour{2.69})).value, 2.69, 1e-12) << "and back";
}

}  // namespace
}  // namespace busbar::estimate
