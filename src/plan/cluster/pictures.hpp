// SPDX-License-Identifier: Apache-2.0
// pictures.hpp: what the page of a cluster draws.
#pragma once
#include <string>

#include "plan/cluster.hpp"

namespace busbar::plan {

/// Each kind of rack once, unit by unit.
std::string elevation(const ClusterQuestion& question, const ClusterPlan& plan);

/// A bar for every line of every feed of the kinds of rack, against what it may carry.
std::string phase_loads(const ClusterPlan& plan);

/// Levels of a network as rows of boxes, every box for one switch or for as many as it takes to fit.
std::string network_drawing(const Network& network, std::int64_t nodes);

}  // namespace busbar::plan
