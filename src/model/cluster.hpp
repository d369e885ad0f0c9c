// SPDX-License-Identifier: Apache-2.0
// cluster.hpp: what the platform knows at one moment. Plain values; they change only in apply().
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/id_table.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "model/history.hpp"
#include "model/use.hpp"
#include "model/workload.hpp"

namespace busbar::model {

/// Tasks that rebalancing has moved, counted anew each hour.
struct Moved {
  Instant since;
  std::int64_t tasks = 0;
  bool operator==(const Moved&) const = default;
};

/// Ordered maps and tables: every walk is in the same order, on every machine. Jobs that are over leave at
/// once (Changes::ended); the store keeps them, so the state is as large as what is alive.
struct Cluster {
  std::int64_t generation = 0;
  Seq seq;      // last record folded
  Epoch epoch;  // of the last Opened
  Instant now;  // of the last record
  JobId next_id{1};
  Settings settings;
  Money per_device_hour, per_cpu_hour;
  IdTable<NodeId, Node> nodes;
  IdTable<JobId, Job> jobs;                                     // waiting or running
  std::map<std::pair<std::uint32_t, std::string>, JobId> keys;  // (uid, key) of live jobs
  std::map<JobId, std::vector<JobId>> dependents;               // who waits for a job
  std::map<JobId, int> array_running;  // live elements by array, where at_once bounds them
  Workload workload;                   // what arrives, for placement
  std::map<JobId, Claim> claims;       // by the job whose room is kept
  Moved moved;
  std::map<Account, Use> use;  // decayed past use of everybody who ever ran something (fair share)
  History history;             // how long work ran that is over
  Shares shares;               // who holds what, where projects have quotas
  std::map<std::string, Reservation> reservations;  // by name; those that are over are gone
  bool operator==(const Cluster&) const = default;
};

/// What one event changed: enough for an index to follow without looking at anything else.
struct Changes {
  std::vector<JobId> touched;  // still in Cluster::jobs
  std::vector<Job> ended;      // no longer there
  std::vector<NodeId> nodes;
};

/// Folds one record into the state. An impossible one (unknown job, a second live attempt, a device given out
/// twice, a time that runs backwards) is refused with the invariant it breaks, the state then being
/// undefined: the controller treats it as the end, `check` as its finding. Cost: O(log jobs) and the tasks of
/// the job.
Result<Changes> apply(Cluster& cluster, const Record& record);

/// Invariants over the whole state that a fold cannot see at one event: what nodes hold is the sum of what
/// live attempts hold (I3), gangs are whole (I4), keys and dependents agree with the jobs. Cost: O(state).
/// Returns how many facts were compared, or the first violation.
Result<int> audit(const Cluster& cluster);

/// Whether a job that ended so lets go what waits for it.
bool fulfils(Dependency::When when, JobState ended);

/// The job is being brought to the end of this run, but a fresh one follows (a retry, another port).
bool comes_back(const Job& job);

/// It runs on lent CPUs. All its tasks do, or none.
bool borrows(const Job& job);

/// May it run on CPUs that others hold and leave idle? Only what may be stopped at any time, and holds no
/// device, which it would keep idle while it waits for CPUs.
bool may_borrow(const JobSpec& spec, const Settings& settings);

/// The live attempts of a job, with the place they stand.
std::vector<std::pair<AttemptId, const Attempt*>> live_attempts(const Job& job);

}  // namespace busbar::model
