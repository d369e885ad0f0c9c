// SPDX-License-Identifier: Apache-2.0
// Gangs near one another: compared with trying every set of nodes.
#include "sched/fit/gang.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <set>

#include "base/chance.hpp"
#include "sched/fit/board.hpp"

namespace busbar::sched {
namespace {

FreeNode node_of(std::int64_t id, std::int64_t gpus, std::uint64_t rack, std::uint64_t network) {
  FreeNode node{NodeId{id}, true, Cpus{64'000}, GiB * 256, {}};
  for (std::int64_t d = 0; d < gpus; ++d)
    node.devices.push_back({DeviceId{id * 10 + d}, whole_device, whole_device, GiB * 80, GiB * 80, 1});
  node.rack = rack;
  node.network = network;
  return node;
}

/// How far apart a set of nodes stands: switches, then racks.
std::pair<std::size_t, std::size_t> spread_of(const std::vector<FreeNode>& nodes,
                                              const std::vector<std::size_t>& set) {
  std::set<std::uint64_t> racks, networks;
  for (const std::size_t i : set) racks.insert(nodes[i].rack), networks.insert(nodes[i].network);
  return {networks.size(), racks.size()};
}

/// The least spread of all sets of `wanted` nodes with two free devices each.
std::optional<std::pair<std::size_t, std::size_t>> least_spread(const std::vector<FreeNode>& nodes,
                                                                int wanted) {
  std::optional<std::pair<std::size_t, std::size_t>> least;
  for (std::uint32_t bits = 0; bits < (1u << nodes.size()); ++bits) {
    if (std::popcount(bits) != wanted) continue;
    std::vector<std::size_t> set;
    bool able = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!(bits & (1u << i))) continue;
      set.push_back(i);
      able = able && nodes[i].devices.size() >= 2;
    }
    if (!able) continue;
    const auto spread = spread_of(nodes, set);
    if (!least || spread < *least) least = spread;
  }
  return least;
}

TEST(Gang, StandsOnAsFewSwitchesAsThereCanBeAndWithinOneAsFewRacks) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    Board board;
    for (std::int64_t id = 1; id <= 10; ++id) {
      const std::uint64_t rack = 1 + rng.below(5);
      board.insert(board.nodes().size(),
                   node_of(id, static_cast<std::int64_t>(1 + rng.below(3)), rack, 1 + rack % 3));
    }
    Shape shape;
    shape.gpus = Share{2000};
    shape.tasks = shape.nodes = static_cast<int>(1 + rng.below(5));
    const auto expected = least_spread(board.nodes(), shape.nodes);
    const std::vector<GangNode> chosen = gang_nodes(Space(board), shape, {});
    ASSERT_EQ(!chosen.empty(), expected.has_value());
    if (!expected) continue;
    std::vector<std::size_t> set;
    for (const GangNode& node : chosen) set.push_back(node.node);
    const auto spread = spread_of(board.nodes(), set);
    ASSERT_EQ(std::set<std::size_t>(set.begin(), set.end()).size(), static_cast<std::size_t>(shape.nodes));
    EXPECT_EQ(spread.first, expected->first);
    if (expected->first == 1) {
      EXPECT_EQ(spread.second, expected->second);
    }
  }
}

TEST(Gang, OfRacksThatHoldItTheTightestIsTaken) {
  Board board;
  for (std::int64_t id = 1; id <= 4; ++id) board.insert(board.nodes().size(), node_of(id, 8, 1, 1));
  for (std::int64_t id = 5; id <= 7; ++id) board.insert(board.nodes().size(), node_of(id, 8, 2, 1));
  Shape shape;
  shape.gpus = Share{8000};
  shape.tasks = shape.nodes = 2;
  const auto chosen = gang_nodes(Space(board), shape, {});
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(board.nodes()[chosen[0].node].rack, 2u);
  EXPECT_EQ(board.nodes()[chosen[1].node].rack, 2u);
}

}  // namespace
}  // namespace busbar::sched
