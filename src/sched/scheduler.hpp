// SPDX-License-Identifier: Apache-2.0
// scheduler.hpp: the scheduler's door. The controller, the simulator and the planner come in here.
#pragma once
#include <optional>
#include <vector>

#include "model/cluster.hpp"
#include "model/reason.hpp"
#include "sched/index.hpp"
#include "sched/reserved.hpp"

namespace busbar::sched {

class Pass;

/// The one scheduling core: the cluster's state with the indexes that make deciding quick. A value: copy it
/// to try something, throw the copy away.
class Scheduler {
 public:
  Scheduler() : Scheduler(model::Cluster{}) {}
  explicit Scheduler(model::Cluster cluster);

  /// Takes in what happened. Errors: those of model::apply, after which the scheduler must not be used.
  /// Cost: O(log jobs) and the tasks of the job; a machine that comes, goes or changes costs a look at each
  /// kind of waiting job.
  Result<model::Changes> fold(const model::Record& record);

  const model::Cluster& cluster() const { return cluster_; }

  /// What to do now. Pure in (what was folded, `now`). Order: priority, then fair share by decayed use, then
  /// age; ties go to the lower id. Gangs start whole; backfill never delays the first job that has to wait.
  /// Looks at no more than `work` jobs beyond it, of equal jobs at one. Nothing to do gives an empty Decided
  /// (but for `seen`). Source: docs/adr/0009 (order), 0010 (backfill, best fit).
  [[nodiscard]] model::Decided decide(Instant now, std::size_t work = 1000) const;

  /// What the clock alone brought: a job's moment, the end of a reservation. To be folded before the
  /// decision, until there is none.
  [[nodiscard]] std::optional<model::Event> due(Instant now) const;

  /// Machines for a reservation: with so many devices in all, of this model ("" any), none of them reserved
  /// within that time. First those with the fewest jobs that may still be there when it begins; no more of
  /// them than it takes. Nothing where there are not so many: then how many there are.
  struct Found {
    std::vector<NodeId> nodes;
    Share devices;  // that all machines have that could be taken
  };
  [[nodiscard]] Found machines_for(Share devices, const std::string& model, Instant from,
                                   Instant until) const;

  /// When to decide anew although nothing happens: a job's own moment comes, or a reservation ends; or
  /// somebody waits, and a running job may be preempted from then on, or room that is kept is kept no longer.
  /// Nothing: not before something happens.
  [[nodiscard]] std::optional<Instant> look_again(Instant now) const;

  /// Why `job` waits; nothing when it runs or is unknown. Cost: O(queue), asked for by people only.
  [[nodiscard]] std::optional<model::Reason> why(JobId job, Instant now) const;

  /// Could this ever start on the machines known, all of them up and empty? Nothing: yes; else what is too
  /// large and the largest that would fit (kind none_that_large or no_nodes).
  [[nodiscard]] std::optional<model::Reason> could_never(const model::JobSpec& spec) const;

  /// Jobs in the order in which they would be looked at now. Those that could not start whatever is free
  /// (their array is full, or no machine that is up is large enough) are not in it.
  [[nodiscard]] std::vector<JobId> queue(Instant now) const;

  /// Equal state, equal indexes: a scheduler made from the cluster of another equals it.
  bool operator==(const Scheduler&) const = default;

 private:
  [[nodiscard]] std::optional<model::Reason> never_allowed(const model::JobSpec& spec) const;
  [[nodiscard]] static model::Reason why_not_eligible(const model::Job& job);
  [[nodiscard]] std::optional<model::Reason> why_nowhere(const model::Job& job) const;
  [[nodiscard]] Cpus idle_for(model::JobSpec spec) const;
  [[nodiscard]] model::Reason array_full(const model::Job& job) const;
  [[nodiscard]] std::optional<model::Reason> why_reserved(const model::Job& job, Pass& pass,
                                                          const Bars& bars) const;
  [[nodiscard]] model::Reason making_room(const model::Job& job, const model::Claim& claim,
                                          Instant now) const;
  [[nodiscard]] std::optional<model::Reason> why_drained(const model::Job& job) const;
  [[nodiscard]] model::Reason why_not_yet(const model::Job& job, Instant now) const;

  model::Cluster cluster_;
  Index index_;
};

}  // namespace busbar::sched
