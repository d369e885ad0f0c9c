// SPDX-License-Identifier: Apache-2.0
// gang.hpp: which nodes a gang takes that is spread over a stated number of them: near one another, then
// where the policy likes it best.
#pragma once
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

struct GangNode {
  std::size_t node;
  int tasks;
};

/// The nodes for a job with `nodes` > 0, those that take one task more first, each kind in order of node id;
/// none where it does not fit whole. As few switches as there can be, within them as few racks; of what is
/// equal the tightest, so that large rooms stay whole. Cost: O(nodes).
std::vector<GangNode> gang_nodes(const Space& space, const Shape& shape, JobId job);

/// So many tasks of it on one node, as if they were one task. Exact for whole devices and without devices.
Shape bundle_of(Shape shape, int tasks);

/// The device that a share would go to on this node.
int device_on(const Space& space, std::size_t node, const Shape& shape, JobId job);

}  // namespace busbar::sched
