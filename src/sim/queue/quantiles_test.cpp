// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/quantiles.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"

namespace busbar::sim {
namespace {

using std::chrono::seconds;

TEST(Quantiles, AreThoseOfPandas) {
  Quantiles waits;
  EXPECT_EQ(waits.seconds_at(0.5), 0);
  for (const int each : {40, 10, 30, 20}) waits.add(seconds(each));
  EXPECT_DOUBLE_EQ(waits.seconds_at(0), 10);
  EXPECT_DOUBLE_EQ(waits.seconds_at(0.5), 25);
  EXPECT_DOUBLE_EQ(waits.seconds_at(0.9), 37);
  EXPECT_DOUBLE_EQ(waits.seconds_at(1), 40);
  EXPECT_EQ(waits.longest(), seconds(40));
  EXPECT_DOUBLE_EQ(waits.share_within(seconds(20)), 0.5);
  EXPECT_DOUBLE_EQ(waits.share_within(seconds(9)), 0);
}

TEST(Quantiles, StayCloseWhenTheyAreTooManyToKeep) {
  Rng rng(7);
  Quantiles exact, kept(1000);
  for (int k = 0; k < 50'000; ++k) {
    const Duration wait{std::int64_t(rng.below(std::uint64_t{1} << (1 + rng.below(40))))};
    exact.add(wait);
    kept.add(wait);
  }
  EXPECT_EQ(kept.count(), exact.count());
  EXPECT_EQ(kept.longest(), exact.longest());
  for (const double share : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    SCOPED_TRACE(share);
    EXPECT_NEAR(kept.seconds_at(share), exact.seconds_at(share), exact.seconds_at(share) * 0.01 + 0.001);
  }
  EXPECT_NEAR(kept.share_within(seconds(100)), exact.share_within(seconds(100)), 0.01);
}

}  // namespace
}  // namespace busbar::sim
