// SPDX-License-Identifier: Apache-2.0
// board.hpp: what is free on every node, and which of them a policy finds best for a task, quickly.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sched/fit/policy.hpp"
#include "sched/fit/ranking.hpp"

namespace busbar::sched {

/// Nodes by id, and a policy over them. A value; what it remembers to be quick (a ranking of all nodes for
/// each kind of task that was asked about) is no part of it and is left behind by a copy.
class Board {
 public:
  /// A policy, its ties, and what it has learned from. Cost: that of learning, when it is next asked.
  void set_policy(const model::Rules& rules, const Work& known);

  const std::vector<FreeNode>& nodes() const { return nodes_; }
  void set(std::size_t i, FreeNode node);
  /// Of the same machine, that has `empty` when nothing is given out, as it stands now.
  void set(std::size_t i, const FreeNode& empty, const model::Node& node);
  void insert(std::size_t i, FreeNode node);

  struct Best {
    std::size_t node;
    Choice choice;
  };
  /// The best node for one task; nothing where it fits nowhere. Nodes in `changed` are as they stand there.
  /// Equal to looking at every node. Cost: O(nodes) when a kind of task is new; then O(log nodes) for each
  /// node that has changed since the same was asked, and for each in `changed`.
  std::optional<Best> best(const Shape& task, JobId job,
                           const std::map<std::size_t, FreeNode>& changed) const;

  /// Every node where the task fits, in the order of nodes, with its score there. Racks and switches are
  /// numbered. Cost: O(nodes).
  struct Able {
    std::uint32_t node, rack, network;
    std::int64_t score;
  };
  std::vector<Able> all(const Shape& task, JobId job, const std::map<std::size_t, FreeNode>& changed) const;
  /// On so many nodes the task fits.
  std::size_t able(const Shape& task, JobId job, const std::map<std::size_t, FreeNode>& changed) const;

  /// Where a task would go on this node as it stands; nothing where it does not fit.
  std::optional<Choice> choose(const FreeNode& node, std::size_t i, const Shape& task, JobId job) const;

  bool consolidates() const { return rules_.fit == model::Rules::Fit::consolidate; }

  bool operator==(const Board& other) const {
    return rules_ == other.rules_ && known_ == other.known_ && nodes_ == other.nodes_;
  }

 private:
  /// Dropped by copies.
  struct Memory {
    Memory() = default;
    Memory(const Memory&) {}
    Memory& operator=(const Memory& other) {
      if (this != &other) *this = Memory();
      return *this;
    }
    Memory(Memory&&) = default;
    Memory& operator=(Memory&&) = default;
    PolicyMade policy;
    std::optional<Columns> columns;
    std::map<TaskKey, Ranking> rankings;
    std::int64_t uses = 0;
  };
  const Policy& policy() const;
  const Columns& columns() const;
  Ranking& ranking(const Shape& task) const;

  model::Rules rules_;
  Work known_;
  std::vector<FreeNode> nodes_;
  mutable Memory memory_;
};

/// Where a task would go on one node, by a policy; nothing where it does not fit.
std::optional<Choice> choose_on(const FreeNode& node, const Policy& policy, const Shape& task, JobId job,
                                std::size_t tie);

}  // namespace busbar::sched
