// SPDX-License-Identifier: Apache-2.0
// index.hpp: what the scheduler remembers beside the cluster so that deciding is quick. All of it can be
// derived from the cluster, and follows it event by event.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/id_table.hpp"
#include "sched/fit/board.hpp"
#include "sched/machines.hpp"
#include "sched/queue.hpp"
#include "sched/space.hpp"

namespace busbar::sched {

/// One live attempt in the order in which attempts are expected to leave: by stated end; then those of which
/// no end is stated, which are only ever assumed to end where a job must be given some place to wait for (ADR
/// 10).
struct Occupant {
  enum class Leaves { at_limit, told_to, unknown } leaves = Leaves::unknown;
  Instant when;  // at_limit: its stated end with grace; else when it was launched
  model::AttemptId attempt;
  auto operator<=>(const Occupant&) const = default;
};
Occupant occupant_of(const model::Job& job, const model::AttemptId& id, const model::Attempt& attempt);
/// When a job launched at `start` is gone at the latest; nothing where it has neither limit nor deadline.
std::optional<Instant> end_of(const Shape& shape, Instant start);

/// A running job that may be preempted: lower priority first, then the younger.
struct Yielding {
  int priority = 0;
  JobId id;
  bool operator==(const Yielding&) const = default;
  std::strong_ordering operator<=>(const Yielding& other) const {
    if (const auto order = priority <=> other.priority; order != 0) return order;
    return other.id <=> id;
  }
};

/// Could start when resources allow: nothing of it lives, nothing is waited for.
bool is_queued(const model::Job& job);

/// What the devices of a machine come to, in thousandths; nothing where it is not up.
Share devices_on(const FreeNode& node);

struct Index {
  Board free;      // and which nodes are best for what
  Machines empty;  // by node id, like `free`
  Queue queue;
  Share devices;  // of all machines that are up and not being drained
  std::set<Occupant> occupants;
  IdTable<JobId, std::vector<Occupant>> occupying;
  std::map<JobId, Instant> yields;                 // of those in `yielding`, until when it is left alone
  std::map<JobId, Instant> gives_back;             // likewise where a project wants back what it lent
  std::set<Yielding> yielding;                     // running jobs that may be preempted some day
  std::set<std::pair<Instant, JobId>> left_alone;  // all of these times
  std::set<JobId> to_move;    // running jobs that may be preempted, on machines that are to be empty at once
  std::set<JobId> borrowing;  // running jobs, on lent CPUs
  std::set<NodeId> lenders;   // machines that have CPUs to lend
  std::set<NodeId> overlent;  // and those that have lent more than is left idle
  std::set<JobId> to_stop;    // jobs of which some attempt has yet to be told to stop
  std::set<JobId> displaced;  // jobs that are queued because they lost their machine
  std::set<std::pair<Instant, JobId>> dues;  // what the clock alone brings next (model/due.hpp)
  std::map<JobId, Instant> due_at;           // the same by job
  bool operator==(const Index&) const = default;

  explicit Index(const model::Cluster& cluster);
  /// `machines`: a machine came, left or changed, or is drained; else only what is given out has changed.
  void follow(const model::Cluster& cluster, const model::Changes& changes, bool machines);

 private:
  void follow_policy(const model::Cluster& cluster);
  /// Did what it has when it is empty change?
  bool follow_machine(const model::Cluster& cluster, NodeId id);
  void follow_job(const model::Cluster& cluster, const model::Job& job);
  void forget(const model::Job& job);
  void follow_idle(const model::Node& node);
  void follow_drain(const model::Cluster& cluster, const model::Node& node);
  bool rests(const model::Cluster& cluster, const LaneKey& lane) const;

  model::Rules rules_;            // by which `free` places,
  std::int64_t learned_at_ = -1;  // and as of when it knows the workload
};

}  // namespace busbar::sched
