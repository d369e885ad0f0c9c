// SPDX-License-Identifier: Apache-2.0
// order.hpp: what has to be ordered for a plan.
#pragma once
#include <vector>

#include "plan/cluster.hpp"

namespace busbar::plan {

/// Machines, racks, feeds with their plugs, outlets, switches, cables by kind and length, transceivers,
/// storage. Cables are counted before (count_cables).
std::vector<Item> order_of(const ClusterPlan& plan);

}  // namespace busbar::plan
