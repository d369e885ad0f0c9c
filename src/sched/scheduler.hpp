// SPDX-License-Identifier: Apache-2.0
// scheduler.hpp: the scheduler's door. The controller, the simulator and the planner come in here.
#pragma once
#include <optional>
#include <vector>

#include "model/cluster.hpp"
#include "model/reason.hpp"

namespace busbar::sched {

/// The one scheduling core: the cluster's state with the indexes that make deciding quick. A value: copy it to try
/// something, throw the copy away.
class Scheduler {
 public:
  Scheduler() = default;
  explicit Scheduler(model::Cluster cluster);

  /// Takes in what happened. Errors: those of model::apply, after which the scheduler must not be used.
  /// Cost: O(log jobs) and the tasks of the job.
  Result<model::Changes> fold(const model::Record& record);

  const model::Cluster& cluster() const { return cluster_; }

  /// What to do now. Pure in (what was folded, `now`). Order: priority, then fair share by decayed use, then age; ties
  /// go to the lower id. Gangs start whole; backfill never delays the first job that has to wait. Looks at no more than
  /// `work` jobs beyond it. Nothing to do gives an empty Decided. Source: docs/adr (order, backfill, best fit).
  [[nodiscard]] model::Decided decide(Instant now, std::size_t work = 1000) const;

  /// Why `job` waits; nothing when it runs or is unknown. Cost: O(queue), asked for by people only.
  [[nodiscard]] std::optional<model::Reason> why(JobId job, Instant now) const;

  /// Could this ever start on the machines known, all of them empty? Nothing: yes; else what is too large and the
  /// largest that would fit (kind none_that_large or no_nodes).
  [[nodiscard]] std::optional<model::Reason> could_never(const model::JobSpec& spec) const;

  /// Jobs in the order in which they would be looked at now.
  [[nodiscard]] std::vector<JobId> queue(Instant now) const;

 private:
  model::Cluster cluster_;
};

}  // namespace busbar::sched
