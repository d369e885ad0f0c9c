// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/quantiles.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"

namespace busbar::sim {
namespace {

using std::chrono::seconds;

TEST(Quantiles, AreWaitsThatSomebodyHad) {
  Quantiles waits;
  EXPECT_EQ(waits.seconds_at(500), 0);
  for (const int each : {40, 10, 30, 20}) waits.add(seconds(each));
  const struct {
    int thousandths, seconds;
  } cases[] = {{0, 10},   {1, 10},   {250, 10}, {251, 20}, {500, 20},
               {750, 30}, {751, 40}, {990, 40}, {1000, 40}};
  for (const auto& row : cases) {
    SCOPED_TRACE(row.thousandths);
    EXPECT_EQ(waits.seconds_at(row.thousandths), row.seconds);
  }
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
  for (const int share : {0, 100, 500, 900, 990, 999, 1000}) {
    SCOPED_TRACE(share);
    EXPECT_NEAR(kept.seconds_at(share), exact.seconds_at(share), exact.seconds_at(share) * 0.01 + 0.001);
  }
  EXPECT_NEAR(kept.share_within(seconds(100)), exact.share_within(seconds(100)), 0.01);
}

}  // namespace
}  // namespace busbar::sim
