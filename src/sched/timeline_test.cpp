// SPDX-License-Identifier: Apache-2.0
// That each booking is the earliest there is, found again by looking at every second.
#include "sched/timeline.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/chance.hpp"
#include "sched/fit.hpp"
#include "sched/index.hpp"

namespace busbar::sched {
namespace {

constexpr int horizon = 200;  // seconds; everything stated ends before

/// Free room second by second; the last is what is left once all that has a stated end is gone.
using Seconds = std::vector<std::vector<FreeNode>>;

std::vector<FreeNode> two_nodes() {
  std::vector<FreeNode> nodes;
  for (std::int64_t n = 1; n <= 2; ++n) {
    FreeNode node{NodeId{n}, true, Cpus{4000}, GiB * 8, {}};
    for (std::int64_t d = 0; d < 3; ++d)
      node.devices.push_back({DeviceId{n * 10 + d}, whole_device, whole_device, GiB * 80, GiB * 80, 0});
    nodes.push_back(node);
  }
  return nodes;
}

Shape some_shape(Rng& rng) {
  Shape shape;
  shape.gpus = Share{std::vector<std::int64_t>{0, 500, 1000, 2000, 3000}[rng.below(5)]};
  shape.cpus = Cpus{std::vector<std::int64_t>{0, 1000, 3000}[rng.below(3)]};
  shape.tasks = 1 + static_cast<int>(rng.below(2));
  shape.nodes = static_cast<int>(rng.below(2)) * shape.tasks;
  shape.time_limit = std::chrono::seconds(rng.below(5) == 0 ? 0 : 1 + rng.below(12));
  return shape;
}

int second_of(Instant when) { return static_cast<int>(when.time_since_epoch().count() / 1000); }

/// What is free in every second of a run from `start` on.
std::vector<FreeNode> throughout(const Seconds& seconds, const Shape& shape, int start) {
  const int end = shape.time_limit > Duration{0} ? start + static_cast<int>(shape.time_limit.count() / 1000)
                                                 : horizon + 1;
  std::vector<FreeNode> least = seconds[static_cast<std::size_t>(start)];
  for (int t = start; t < std::min(end, horizon + 1); ++t) {
    for (std::size_t n = 0; n < least.size(); ++n)
      least[n] = least_of(least[n], seconds[static_cast<std::size_t>(t)][n]);
  }
  return least;
}

bool fits(const std::vector<FreeNode>& nodes, const Shape& shape) {
  return GangCount(Space(nodes), shape).fits();
}

RC_GTEST_PROP(Timeline, EachBookingIsTheEarliestThatDelaysNoneBeforeIt, ()) {
  const auto genes =
      *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 1u << 31));
  const std::vector<FreeNode> nodes = two_nodes();
  Timeline timeline(nodes, Space(nodes), Instant{});
  Seconds seconds(horizon + 1, nodes);
  for (const std::uint32_t gene : genes) {
    Rng rng(gene);
    const Shape shape = some_shape(rng);
    const auto booking = timeline.book(shape);
    int earliest = 0;
    while (earliest <= horizon && !fits(throughout(seconds, shape, earliest), shape)) ++earliest;
    RC_ASSERT(booking.has_value() == (earliest <= horizon));
    if (!booking) continue;
    if (second_of(booking->start.at) >= horizon - 20) return;
    RC_ASSERT(second_of(booking->start.at) == earliest);
    const int length = static_cast<int>(shape.time_limit.count() / 1000);
    for (int t = earliest; t <= horizon && (length == 0 || t < earliest + length); ++t) {
      for (const Spot& spot : booking->spots) {
        auto& second = seconds[static_cast<std::size_t>(t)];
        const auto node = std::ranges::find(second, spot.node, &FreeNode::id);
        take(*node, shape, spot.holdings);
        RC_ASSERT(node->cpus >= Cpus{0});
        for (const FreeDevice& device : node->devices) RC_ASSERT(device.milli >= Share{0});
      }
    }
  }
}

TEST(Timeline, WhatLeavesMakesRoomFromThenOn) {
  const std::vector<FreeNode> nodes = two_nodes();
  Space free(nodes);
  Shape all;
  all.gpus = Share{3000};
  const auto first = place(free, all), second = place(free, all);
  Timeline timeline(nodes, free, Instant{});
  const Instant later{std::chrono::seconds(7)};
  timeline.leaves({false, later, 0}, all, first->front());
  timeline.leaves({true, {}, 1}, all, second->front());
  const auto known = timeline.book(all);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->start, (Moment{false, later, 0}));
  const auto unknown = timeline.book(all);
  ASSERT_TRUE(unknown);
  EXPECT_TRUE(unknown->start.unknown);
  EXPECT_FALSE(timeline.book(all)) << "the first has no limit, and what starts any time is passed by none";
}

}  // namespace
}  // namespace busbar::sched
