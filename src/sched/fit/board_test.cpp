// SPDX-License-Identifier: Apache-2.0
// The board remembers and skips; what it says must be what looking at every node would say.
#include "sched/fit/board.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"
#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

using Fit = model::Rules::Fit;

constexpr Fit all_fits[] = {Fit::busbar,      Fit::random,  Fit::first,      Fit::best, Fit::worst,
                            Fit::dot_product, Fit::packing, Fit::clustering, Fit::fgd,  Fit::consolidate};

template <class T>
T one_of(Rng& rng, std::initializer_list<T> values) {
  return *(values.begin() + rng.below(values.size()));
}

FreeNode some_node(Rng& rng, std::int64_t id) {
  FreeNode node{NodeId{id},
                rng.below(12) != 0,
                Cpus{one_of<std::int64_t>(rng, {2000, 9000, 40'000})},
                GiB * one_of<std::int64_t>(rng, {8, 64}),
                {}};
  const std::int64_t devices = one_of<std::int64_t>(rng, {0, 1, 2, 8});
  const ModelKey model = model_keys(one_of<std::string>(rng, {"a100", "h100"})).front();
  const bool linked = rng.below(3) == 0;
  for (std::int64_t d = 0; d < devices; ++d) {
    const Share milli{one_of<std::int64_t>(rng, {1000, 1000, 1000, 530, 190, 0})};
    const bool whole = milli == whole_device;
    node.devices.push_back({DeviceId{id * 10 + d}, whole_device, milli, GiB * 80,
                            whole ? GiB * 80 : GiB * (80 * milli.count / 1000), model,
                            linked ? static_cast<int>(1 + d / 2) : 0});
  }
  return node;
}

Shape some_task(Rng& rng) {
  Shape task;
  task.gpus = Share{one_of<std::int64_t>(rng, {0, 160, 470, 530, 1000, 2000, 8000})};
  task.cpus = Cpus{one_of<std::int64_t>(rng, {0, 1000, 4000, 12'000})};
  task.memory = GiB * one_of<std::int64_t>(rng, {0, 16});
  if (rng.below(4) == 0) task.models = model_keys(one_of<std::string>(rng, {"h100", "a100|h100", "b200"}));
  return task;
}

Work some_work(Rng& rng) {
  Work work;
  for (int k = 0; k < 20; ++k) {
    const Shape task = some_task(rng);
    work[{task.gpus, task.cpus, task.memory, ""}] += static_cast<std::int64_t>(1 + rng.below(50));
  }
  return work;
}

/// The first of the best, node by node. Places in the order of nodes are asked of a board of its own.
std::optional<std::size_t> best_by_looking(const Board& board, const Shape& task, JobId job,
                                           const std::map<std::size_t, FreeNode>& changed,
                                           const std::vector<std::size_t>& in_order) {
  std::optional<std::size_t> best;
  std::int64_t most = 0;
  for (const std::size_t i : in_order) {
    const auto at = changed.find(i);
    const auto choice = board.choose(at == changed.end() ? board.nodes()[i] : at->second, i, task, job);
    if (!choice || (best && choice->score <= most)) continue;
    best = i;
    most = choice->score;
  }
  return best;
}

std::vector<std::size_t> order_of(const std::vector<FreeNode>& nodes, std::uint64_t seed) {
  const Columns columns(nodes, seed);
  std::vector<std::size_t> order;
  for (std::size_t place = 0; place < nodes.size(); ++place) order.push_back(columns.node_at(place));
  return order;
}

class EveryFit : public testing::TestWithParam<Fit> {};

TEST_P(EveryFit, WhatItRemembersIsWhatLookingAtEveryNodeWouldSay) {
  for (const std::uint64_t seed : {0u, 7u}) {
    Rng rng(seed + 11);
    Board board;
    for (std::int64_t id = 1; id <= 150; ++id) board.insert(board.nodes().size(), some_node(rng, id));
    board.set_policy({.fit = GetParam(), .tie_seed = seed}, some_work(rng));
    const auto order = order_of(board.nodes(), seed);
    std::vector<Shape> tasks;
    for (int k = 0; k < 6; ++k) tasks.push_back(some_task(rng));
    for (int turn = 0; turn < 300; ++turn) {
      const Shape& task = tasks[rng.below(tasks.size())];
      std::map<std::size_t, FreeNode> changed;
      for (std::uint64_t k = rng.below(4); k > 0; --k) {
        const std::size_t i = rng.below(board.nodes().size());
        FreeNode node = some_node(rng, board.nodes()[i].id.value);
        node.devices.resize(0);
        for (const FreeDevice& device : board.nodes()[i].devices) {
          node.devices.push_back(device);
          node.devices.back().milli = Share{one_of<std::int64_t>(rng, {0, 470, 1000})};
          if (node.devices.back().milli != whole_device) node.devices.back().memory = Bytes{0};
        }
        if (rng.below(2) == 0) {
          changed.insert_or_assign(i, node);
        } else {
          board.set(i, node);
        }
      }
      const JobId job{turn + 1};
      const auto best = board.best(task, job, changed);
      const auto expected = best_by_looking(board, task, job, changed, order);
      ASSERT_EQ(best.has_value(), expected.has_value());
      if (best) {
        ASSERT_EQ(best->node, *expected);
      }
      std::size_t able = 0;
      for (const std::size_t i : order) {
        const auto at = changed.find(i);
        able += board.choose(at == changed.end() ? board.nodes()[i] : at->second, i, task, job).has_value();
      }
      ASSERT_EQ(board.able(task, job, changed), able);
      ASSERT_EQ(board.all(task, job, changed).size(), able);
    }
  }
}

/// Else it would wait for ever.
TEST_P(EveryFit, AGangThatCountsAsFittingHasAPlaceWhereNothingIsGivenOut) {
  Rng rng(5);
  int placed = 0;
  for (int turn = 0; turn < 500; ++turn) {
    Board board;
    for (std::int64_t id = 1; id <= 3; ++id) {
      FreeNode node{NodeId{id}, true, Cpus{one_of<std::int64_t>(rng, {9000, 40'000})}, GiB * 64, {}};
      for (std::uint64_t d = rng.below(7); d > 0; --d)
        node.devices.push_back({DeviceId{id * 10 + int(d)}, whole_device, whole_device, GiB * 80, GiB * 80});
      board.insert(board.nodes().size(), node);
    }
    board.set_policy({.fit = GetParam()}, {{{whole_device, Cpus{1000}, GiB, ""}, 10}});
    Shape gang;
    gang.gpus = Share{one_of<std::int64_t>(rng, {0, 470, 1000, 1000, 2000})};
    gang.cpus = Cpus{one_of<std::int64_t>(rng, {1000, 4000})};
    gang.tasks = static_cast<int>(1 + rng.below(8));
    if (rng.below(3) == 0)
      gang.nodes = 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(gang.tasks)));
    Space space(board);
    const bool fits = GangCount(space, gang).fits();
    ASSERT_EQ(place(space, gang).has_value(), fits) << "turn " << turn;
    placed += fits;
  }
  EXPECT_GT(placed, 50);
}

INSTANTIATE_TEST_SUITE_P(Board, EveryFit, testing::ValuesIn(all_fits));

TEST(Board, ACopyStandsAlone) {
  Rng rng(3);
  Board board;
  for (std::int64_t id = 1; id <= 20; ++id) board.insert(board.nodes().size(), some_node(rng, id));
  const Shape task = some_task(rng);
  (void)board.best(task, {}, {});
  Board copy = board;
  EXPECT_TRUE(copy == board);
  copy.set(0, some_node(rng, 1));
  (void)copy.best(task, {}, {});
  Board fresh;
  for (const FreeNode& node : board.nodes()) fresh.insert(fresh.nodes().size(), node);
  const auto best = board.best(task, {}, {}), again = fresh.best(task, {}, {});
  ASSERT_EQ(best.has_value(), again.has_value());
  if (best) {
    EXPECT_EQ(best->node, again->node);
  }
}

TEST(Board, TiesGoByIdOrByAnOrderThatTheSeedDraws) {
  std::vector<FreeNode> nodes;
  for (std::int64_t id = 1; id <= 50; ++id) nodes.push_back({NodeId{id}, true, Cpus{1000}, GiB, {}});
  std::vector<std::size_t> by_id(50);
  for (std::size_t k = 0; k < 50; ++k) by_id[k] = k;
  EXPECT_EQ(order_of(nodes, 0), by_id);
  EXPECT_NE(order_of(nodes, 1), by_id);
  EXPECT_NE(order_of(nodes, 1), order_of(nodes, 2));
  EXPECT_EQ(order_of(nodes, 1), order_of(nodes, 1));
}

}  // namespace
}  // namespace busbar::sched
