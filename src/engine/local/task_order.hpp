// SPDX-License-Identifier: Apache-2.0
// task_order.hpp: from an order in the model's words to one that a shim can follow without asking anybody.
#pragma once
#include "engine/local/environment.hpp"
#include "engine/local/shim/protocol.hpp"

namespace busbar::engine {

inline shim::AttemptName name_of(const model::AttemptId& id) { return {id.job.value, id.task, id.n}; }
inline model::AttemptId attempt_of(const shim::AttemptName& name) {
  return {JobId{name.job}, static_cast<int>(name.task), static_cast<int>(name.n)};
}

/// `cgroup` is the name of our folder in the cgroup hierarchies.
shim::TaskOrder task_order(const LaunchOrder& order, const Surroundings& around, const std::string& cgroup);

}  // namespace busbar::engine
