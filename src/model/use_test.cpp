// SPDX-License-Identifier: Apache-2.0
#include "model/use.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/chance.hpp"

namespace busbar::model {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Instant at(Duration since) { return Instant{since}; }
double cpus(std::int64_t average) {
  return static_cast<double>(average) / static_cast<double>(use_scale) / 1000;
}

TEST(Use, DecayAgreesWithTheRealFunctionForAnySpanAndHalfLife) {
  Rng rng{1};
  for (int round = 0; round < 20'000; ++round) {
    const auto half_life =
        1 + static_cast<std::int64_t>(rng.next() >> (22 + rng.below(42)));  // up to 139 years
    const auto passed = static_cast<std::int64_t>(rng.next() >> (22 + rng.below(42)));
    const long double real =
        std::exp2(-static_cast<long double>(passed) / static_cast<long double>(half_life));
    const long double ours =
        static_cast<long double>(decay_of(Duration{passed}, Duration{half_life})) / 0x1p62L;
    ASSERT_NEAR(static_cast<double>(ours - real), 0, 0x1p-55) << passed << " of " << half_life;
  }
}

TEST(Use, HalfIsLeftAfterOneHalfLifeAndNothingAfterMany) {
  const Use use{4000 * use_scale, 0, at(hours(0))};
  EXPECT_EQ(average_at(use, at(hours(0)), hours(24)), 4000 * use_scale);
  EXPECT_EQ(average_at(use, at(hours(24)), hours(24)), 2000 * use_scale);
  EXPECT_EQ(average_at(use, at(hours(72)), hours(24)), 500 * use_scale);
  EXPECT_EQ(average_at(use, at(hours(24 * 100)), hours(24)), 0);
}

TEST(Use, WhoeverHoldsTheSameForEverNearsIt) {
  Use use;
  change_rate(use, 2000, at(hours(0)), hours(24));
  EXPECT_NEAR(cpus(average_at(use, at(hours(24)), hours(24))), 1, 1e-9);
  EXPECT_NEAR(cpus(average_at(use, at(hours(48)), hours(24))), 1.5, 1e-9);
  EXPECT_NEAR(cpus(average_at(use, at(hours(24 * 70)), hours(24))), 2, 1e-9);
}

TEST(Use, SettlingOftenCostsLessThanOneUnitEachTime) {
  Use once, often;
  change_rate(once, 1000, at(hours(0)), hours(24 * 7));
  change_rate(often, 1000, at(hours(0)), hours(24 * 7));
  constexpr int times = 100'000;
  for (int ms = 1; ms <= times; ++ms) change_rate(often, 0, at(milliseconds(ms)), hours(24 * 7));
  const std::int64_t exact = average_at(once, at(milliseconds(times)), hours(24 * 7));
  EXPECT_GT(exact, 0);
  EXPECT_LE(std::abs(often.average - exact), times);
}

TEST(Use, WithoutAHalfLifeOnlyWhatIsHeldNowCounts) {
  Use use;
  change_rate(use, 3000, at(hours(1)), Duration{0});
  EXPECT_EQ(average_at(use, at(hours(2)), Duration{0}), 3000 * use_scale);
  change_rate(use, -3000, at(hours(2)), Duration{0});
  EXPECT_EQ(average_at(use, at(hours(2)), Duration{0}), 0);
}

TEST(Use, TheLargestRateDoesNotOverflow) {
  Use use;
  change_rate(use, most_rate, at(hours(0)), hours(1));
  EXPECT_NEAR(cpus(average_at(use, at(hours(1000)), hours(1))) / (static_cast<double>(most_rate) / 1000), 1,
              1e-9);
  change_rate(use, -most_rate, at(hours(1000)), hours(1));
  EXPECT_NEAR(cpus(average_at(use, at(hours(1001)), hours(1))) / (static_cast<double>(most_rate) / 1000), 0.5,
              1e-9);
}

TEST(Use, OneDeviceWeighsEightCpus) {
  JobSpec spec;
  spec.each.gpus = Share{2500};
  spec.each.cpus = Cpus{500};
  EXPECT_EQ(weight_of(spec), 20'500);
}

TEST(UseDeathTest, HoldingLessThanNothingIsABrokenInvariant) {
  Use use;
  EXPECT_DEATH(change_rate(use, -1, at(hours(1)), hours(1)), "less than nothing");
}

}  // namespace
}  // namespace busbar::model
