// SPDX-License-Identifier: Apache-2.0
// fit.hpp: where a job goes: by the policy of the rules (fit/), gangs whole or not at all (docs/adr/0010,
// 0021).
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

/// Is this device of the model and size that was asked for?
bool suits(const FreeDevice& device, const Shape& shape);

/// How many tasks of this shape the node can take; never more than the job has.
int tasks_that_fit(const FreeNode& node, const Shape& shape);

/// Does the whole gang fit, going by how many of its tasks fit on each node? Follows one node at a time, so
/// that a sweep through time pays only for what changes.
class GangCount {
 public:
  GangCount(const Space& space, const Shape& shape);
  void recount(const Space& space, std::size_t node);
  bool fits() const { return shape_.nodes == 0 ? total_ >= shape_.tasks : nodes() == shape_.nodes; }
  /// Does not one task fit anywhere?
  bool none() const { return total_ == 0; }
  /// As many tasks of the gang as would find a place.
  int tasks() const;
  /// Of a job that is spread over a stated number of nodes: as many of them as could take their part.
  int nodes() const { return std::min(fuller_, extra_) + plain_nodes(); }
  int on(std::size_t node) const { return counts_[node]; }

 private:
  void add(int count, int sign);
  int plain_nodes() const;  // of nodes(), those that take no more than `part_`

  Shape shape_;
  int part_ = 0, extra_ = 0;   // each node takes `part_` tasks, `extra_` of them one more
  std::int64_t total_ = 0;     // tasks that fit anywhere
  int even_ = 0, fuller_ = 0;  // nodes that take exactly `part_`, and those that take more
  std::vector<int> counts_;
};

/// Places every task of the gang and takes the room from `space`; nothing, and `space` as it was, where it
/// does not fit. Spots stand in the order of the tasks; tasks of one node stand together.
/// `job` is for a policy that draws lots.
std::optional<std::vector<Spot>> place(Space& space, const Shape& shape, JobId job = {});

/// Takes just this room from `space`; false, and nothing, where some of it is not free.
bool take_all(Space& space, const Shape& shape, const std::vector<Spot>& spots);

}  // namespace busbar::sched
