// SPDX-License-Identifier: Apache-2.0
// explain.hpp: what is short, as numbers for a person.
#pragma once
#include <optional>
#include <vector>

#include "model/reason.hpp"
#include "sched/index.hpp"
#include "sched/lending.hpp"

namespace busbar::sched {

/// Why a gang does not fit where so much is free. Looked at in the order devices, their memory, CPUs, memory,
/// each only on the nodes that have enough of what came before: "the most that is free" is then something one
/// could really get.
struct Shortage {
  model::Reason::Scarce scarce = model::Reason::Scarce::none;
  std::int64_t wanted = 0, most = 0;  // of one task; in thousandths of a device or CPU, in bytes, or in nodes
  int tasks_fit = 0;
};
Shortage shortage_of(const Space& space, const Shape& shape);

/// The most that one node has of what is scarce.
std::int64_t most_on_a_node(const Space& space, const Shape& shape, model::Reason::Scarce scarce);

/// A reason with what all kinds tell of a request.
model::Reason reason_for(const model::JobSpec& spec, model::Reason::Kind kind);

/// Why its project's share keeps this job from starting.
model::Reason share_reason(const model::Quotas& quotas, const model::Shares& shares,
                           const model::JobSpec& spec, Lending::Refusal refusal);

/// What is short where nothing runs; nothing where it fits. `known` are the machines, lost ones too, all of
/// them empty.
std::optional<model::Reason> never_fits(const std::vector<FreeNode>& known, const model::JobSpec& spec);

/// Jobs that hold what is scarce on nodes that could take a task of this shape, first those that leave first.
/// At most 8.
std::vector<JobId> holders_of(const model::Cluster& cluster, const Index& index, const Shape& shape,
                              model::Reason::Scarce scarce);

/// Elements of the array that run. At most 8.
std::vector<JobId> elements_running(const model::Cluster& cluster, const Index& index, JobId array);

}  // namespace busbar::sched
