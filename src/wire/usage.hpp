// SPDX-License-Identifier: Apache-2.0
// usage.hpp: what projects are guaranteed, hold and borrow, for people's programs.
#pragma once
#include <string>

#include "model/cluster.hpp"

namespace busbar::wire {

/// {"version":1,"devices_milli":..,"projects":[{"project","guaranteed_milli","limit_milli","held_milli",
/// "borrowed_milli","firm_milli","running","waiting"}]}: of each project that has a share or a living job, by
/// name; thousandths of devices, of the limit null where there is none. Cost: O(state).
std::string usage_json(const model::Cluster& cluster);

}  // namespace busbar::wire
