// SPDX-License-Identifier: Apache-2.0
// event.hpp: everything that can happen. The journal is a list of these; the state is their fold
// (cluster.hpp).
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/job.hpp"
#include "model/node.hpp"
#include "model/quota.hpp"
#include "model/reservation.hpp"
#include "model/rules.hpp"

namespace busbar::model {

/// What an administrator chose for this server; part of the state, so that a replay decides alike.
struct Settings {
  std::string declared_gpus;                        // as given: "4:H100:80GiB"
  std::string isolation = "full";                   // "full" or "plain" (no namespaces, no cgroups)
  Duration half_life = std::chrono::hours(24 * 7);  // of past use, for fair share
  Bytes log_limit = MiB * 64;                       // kept output of one attempt
  int process_limit = 4096;                         // of one task
  Rules rules;
  PreemptionRules preemption;
  Quotas shares;                    // of projects
  std::vector<std::string> labels;  // of this machine, beside those that it has by itself
  int spare = 0;  // so many machines may fail, and their jobs have a place on the others (docs/adr/0036)
  /// CPUs that tasks hold and leave idle are lent, as long as in no more than so many of a thousand samples
  /// one of them gets less than it asked for while it wants it; 0: none are lent (docs/adr/0034).
  int lend_cpus = 0;
  std::optional<int> priority_limit;  // the most that who is no administrator may ask for; none: anything
  bool operator==(const Settings&) const = default;
};

/// A server took the lead. In a new journal it is the first record.
struct Opened {
  std::int64_t generation = 1;  // a restored backup starts a new one
  JobId first_free_id{1};
  bool operator==(const Opened&) const = default;
};
struct SettingsChanged {
  Settings settings;
  bool operator==(const SettingsChanged&) const = default;
};
/// An engine reported a machine: new, back, or with other facts.
struct NodeJoined {
  NodeFacts facts;
  bool operator==(const NodeJoined&) const = default;
};
struct NodeLeft {
  NodeId node;
  std::string why;
  bool operator==(const NodeLeft&) const = default;
};
/// A job, or all elements of an array with ids first, first + 1, ... in the order of their indices.
struct Submitted {
  Principal by;
  JobId first;
  std::string key;
  std::shared_ptr<const JobSpec> spec;
  std::vector<Dependency> waits_for;  // of spec.after, what was not yet fulfilled when it was accepted
  bool operator==(const Submitted& other) const;
};
/// Somebody asked for a job's end.
struct StopAsked {
  Principal by;
  JobId job;
  std::string reason;
  bool operator==(const StopAsked&) const = default;
};

/// Somebody keeps a waiting job from starting, or lets it go.
struct HoldAsked {
  Principal by;
  JobId job;
  bool end = false;
  bool operator==(const HoldAsked&) const = default;
};
/// A moment that the job itself named has come.
struct TimeCame {
  enum class What {
    begin,     // JobSpec::begin: it may start
    deadline,  // JobSpec::deadline, or, while it waits, the last moment at which it could still end in time
  } what = What::begin;
  JobId job;
  bool operator==(const TimeCame&) const = default;
};

struct Launch {
  AttemptId attempt;
  NodeId node;
  std::vector<Holding> holdings;
  int master_port = 0;  // the same for all tasks of a job
  bool lent = false;    // its CPUs are held by others, who leave them idle; likewise the same for all
  bool operator==(const Launch&) const = default;
};
/// A running job is to be stopped although nothing is wrong with it; its attempts are among the stops.
struct Preempt {
  JobId job;
  Preemption::Why why = Preemption::Why::priority;
  JobId by;  // who starts in its place; 0: nobody in particular
  bool operator==(const Preempt&) const = default;
};
/// Room that is kept for a job while those who hold it are on their way out: nobody else gets in there.
struct Claim {
  struct Task {
    NodeId node;
    std::vector<Holding> holdings;
    bool operator==(const Task&) const = default;
  };
  JobId job;
  std::vector<JobId> waits_for;  // who is being stopped
  std::vector<Task> tasks;       // the room of each
  Instant until;                 // they must be gone by then; afterwards the claim counts no more
  bool operator==(const Claim&) const = default;
};
/// What the scheduler decided, with every input that is not in the journal before it. Changes only.
struct Decided {
  Seq seen;        // last record it knew
  int policy = 1;  // version of the rules
  std::uint64_t seed = 0;
  std::vector<AttemptId> stops;
  std::vector<Launch> launches;  // all tasks of a job stand together
  std::vector<Preempt> preempts;
  std::vector<Claim> claims;
  std::vector<JobId> owning;  // they ran on lent CPUs, and hold theirs themselves from now on
  bool operator==(const Decided&) const = default;
};

struct Started {
  AttemptId attempt;
  std::int64_t pid = 0;
  bool operator==(const Started&) const = default;
};
struct Finished {
  AttemptId attempt;
  Ending ending;
  int foreign_port = 0;  // not started, because somebody else had taken this MASTER_PORT
  bool operator==(const Finished&) const = default;
};
/// The machine's clock was set; the timeline goes on steadily.
struct ClockJumped {
  Duration by{0};
  bool operator==(const ClockJumped&) const = default;
};
/// An administrator wants a machine empty, or gives it back.
struct DrainAsked {
  Principal by;
  NodeId node;
  bool end = false;  // work may start there again
  bool move = false;
  std::string reason;
  bool operator==(const DrainAsked&) const = default;
};
/// What the tasks of a machine were seen to leave idle of the CPUs they hold has changed by more than a
/// little.
struct IdleChanged {
  NodeId node;
  Cpus most;                  // so many may be lent there from now on
  bool over = false;          // those who hold them went short too often: nobody new borrows
  std::int64_t violated = 0;  // of a thousand of the samples it was learned from, in how many they did
  bool operator==(const IdleChanged&) const = default;
};
/// Prices hold from here on.
struct PriceSet {
  Money per_device_hour, per_cpu_hour;
  bool operator==(const PriceSet&) const = default;
};

/// An administrator keeps machines for somebody, for a stretch of time.
struct ReservationMade {
  Principal by;
  Reservation reservation;
  bool operator==(const ReservationMade&) const = default;
};
/// It is over: by its own time, where nobody asked (`by` is without a user), or before.
struct ReservationEnded {
  Principal by;
  std::string name;
  bool operator==(const ReservationEnded&) const = default;
};

using Event = std::variant<Opened, SettingsChanged, NodeJoined, NodeLeft, Submitted, StopAsked, Decided,
                           Started, Finished, ClockJumped, PriceSet, DrainAsked, IdleChanged, HoldAsked,
                           TimeCame, ReservationMade, ReservationEnded>;

/// One line of the journal.
struct Record {
  Seq seq;
  Epoch epoch;
  Instant at;  // never before the record above it
  Event event;
  bool operator==(const Record&) const = default;
};

}  // namespace busbar::model
