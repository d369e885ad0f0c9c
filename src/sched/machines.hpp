// SPDX-License-Identifier: Apache-2.0
// machines.hpp: the machines as if nothing were given out: what could ever run on them.
#pragma once
#include <map>
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

/// By node id. A value; that it remembers answers is no part of it.
class Machines {
 public:
  const std::vector<FreeNode>& nodes() const { return nodes_; }
  std::size_t size() const { return nodes_.size(); }
  /// Where the node stands, or would.
  std::size_t place_of(NodeId node) const;
  bool knows(NodeId node) const;
  /// Adds the machine or takes its new facts; false where nothing changed.
  bool set(FreeNode node);

  /// Would a job of this shape fit, going by the machines that are up, or by all of them? Cost: O(nodes) the
  /// first time it is asked since a machine changed, then O(log shapes).
  bool fits(const Shape& shape) const;
  bool could_fit(const Shape& shape) const;
  std::vector<FreeNode> all_up() const;

  bool operator==(const Machines& other) const { return nodes_ == other.nodes_; }

 private:
  struct Answers {
    bool fits, could_fit;
  };
  const Answers& ask(const Shape& shape) const;

  std::vector<FreeNode> nodes_;
  mutable std::map<Shape, Answers> known_;  // by resources
};

}  // namespace busbar::sched
