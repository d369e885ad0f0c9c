// SPDX-License-Identifier: Apache-2.0
// inventory.hpp: what this machine has, as /proc and /sys tell it.
#pragma once
#include <string>

#include "base/result.hpp"
#include "engine/local/shim/protocol.hpp"
#include "model/event.hpp"

namespace busbar::engine {

/// A name for this machine that stays: from its machine id, else from one made once and kept in the state
/// folder. Positive and below 2^31. Errors: internal when none can be kept.
Result<NodeId> node_id(const std::string& folder, const std::string& machine_id_file = "/etc/machine-id");

/// `able` is what the launcher found that it can do. Devices are those that the settings declare, which
/// start() has found to be well declared.
model::NodeFacts take_inventory(const std::string& folder, NodeId node, const model::Settings& settings,
                                const shim::Hello& able);

/// How many numbers "0-3,8,10-11" names; 0 where it is not such a list.
int count_of_list(const std::string& list);

}  // namespace busbar::engine
