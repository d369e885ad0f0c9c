// SPDX-License-Identifier: Apache-2.0
#include "estimate/power.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace busbar::estimate {
namespace {

TEST(Power, LinesOfLoadsBetweenThem) {
  const struct {
    const char* says;
    std::array<Watts, 3> pairs;
    std::array<double, 3> amps;
  } cases[] = {
      {"balanced pairs give sqrt(3) of their current", {{{2080}, {2080}, {2080}}}, {17.32, 17.32, 17.32}},
      {"one pair loads two lines alike", {{{2080}, {0}, {0}}}, {10, 10, 0}},
      {"two pairs share a line", {{{2080}, {2080}, {0}}}, {10, 17.32, 10}},
      {"nothing", {{{0}, {0}, {0}}}, {0, 0, 0}},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    const auto lines = line_currents_between(row.pairs, {208});
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(lines[k].value, row.amps[k], 0.01) << "L" << k + 1;
  }
}

TEST(Power, HeatInUnitsOfCooling) {
  EXPECT_NEAR(btu_per_hour({1000}), 3412.1, 0.1);
  EXPECT_NEAR(tons_of_cooling({3516.85}), 1, 1e-4);
  EXPECT_NEAR(air_per_hour({1000}, 10), 298.5, 0.1) << "some 300 m3/h a kW at 10 K";
}

RC_GTEST_PROP(Power, BalancingLosesNothingAndIsNearTheBest, ()) {
  const auto watts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 5000));
  const auto places = std::size_t(*rc::gen::inRange(1, 7));
  std::vector<Watts> loads;
  double total = 0, most = 0;
  for (const int each : watts) {
    loads.push_back({double(each)});
    total += each;
    most = std::max(most, double(each));
  }
  const auto placed = balance(loads, places);
  RC_ASSERT(placed.size() == loads.size());
  const auto sum = sums(loads, placed, places);
  double placed_total = 0, fullest = 0;
  for (const Watts each : sum) placed_total += each.value, fullest = std::max(fullest, each.value);
  RC_ASSERT(std::abs(placed_total - total) < 1e-6);
  // No plan is below the mean or the largest load; Graham's bound is 4/3 of the best.
  RC_ASSERT(fullest <= std::max(total / double(places), most) * 4 / 3 + most / 3 + 1e-6);
}

RC_GTEST_PROP(Power, EqualLoadsAreSpreadEvenly, ()) {
  const auto count = std::size_t(*rc::gen::inRange(1, 60));
  const auto sum =
      sums(std::vector<Watts>(count, Watts{100}), balance(std::vector<Watts>(count, Watts{100}), 3), 3);
  RC_ASSERT(std::ranges::max(sum).value - std::ranges::min(sum).value <= 100);
}

RC_GTEST_PROP(Power, CurrentAndCapacityAreInverse, ()) {
  const Supply supply{{double(*rc::gen::inRange(100, 500))}, *rc::gen::element(1, 3)};
  const Feed feed{supply, {double(*rc::gen::inRange(10, 125))}, 0.8};
  RC_ASSERT(std::abs(load_current({capacity(feed).value}, supply) / continuous(feed) - 1) < 1e-9);
}

}  // namespace
}  // namespace busbar::estimate
