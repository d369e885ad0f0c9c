// SPDX-License-Identifier: Apache-2.0
// job.hpp: what was asked for (JobSpec) and what became of it (Job, Task, Attempt). Plain values.
#pragma once
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "model/principal.hpp"

namespace busbar::model {

/// What one task holds while it runs.
struct Resources {
  Share gpus{0};          // below 1000 a share of one device, else whole devices
  std::string gpu_model;  // "" is any; compared without regard to case
  Bytes gpu_memory{0};    // each device must have at least so much
  Cpus cpus{1000};
  Bytes memory{0};  // 0: neither reserved nor limited
  Bytes disk{0};    // of its machine, for files of its own: reserved, not limited
  bool operator==(const Resources&) const = default;
};

/// On which machines a job's tasks may stand, and beside whom.
struct Where {
  std::vector<std::string> labels;  // the machine has all of them (NodeFacts::labels)
  std::vector<std::string> on;      // its name is one of these; none: any name
  std::vector<std::string> off;     // and none of these
  bool alone = false;               // nobody else's tasks are on it
  int per_node = 0;                 // at most so many tasks on one machine; 0: as many as fit
  bool operator==(const Where&) const = default;
};
/// "with the label a100, on node1 or node2, with nothing else on it"; "" where any machine will do.
std::string in_words(const Where& where);

struct Dependency {
  enum class When { started, any, ok, not_ok };
  JobId job;  // for an array, each of its elements is listed
  When when = When::ok;
  bool operator==(const Dependency&) const = default;
};

/// A signal sent ahead of the time limit, so that the program can save.
struct Warning {
  int signal = SIGUSR2;
  Duration ahead = std::chrono::seconds(60);
  bool asked = false;  // not asked for: sent only to processes that have a handler for it
  bool operator==(const Warning&) const = default;
};

/// Which elements an array has, and how many of them may run at once (0: as many as fit).
struct Array {
  std::vector<int> indices;  // sorted, unique; empty: not an array
  int at_once = 0;
  bool operator==(const Array&) const = default;
};

/// What was asked for. Never changes after submission; elements of an array share one.
struct JobSpec {
  std::string name;
  std::string project = "default";
  std::string workdir;               // absolute
  std::vector<std::string> command;  // the program and its arguments
  std::string script;                // where not empty: its text, run in place of command[0], arguments kept
  std::vector<std::pair<std::string, std::string>> env;
  Resources each;  // of one task
  int tasks = 1;
  int nodes = 0;     // spread over exactly so many nodes; 0: wherever they fit
  int priority = 0;  // larger goes first
  Array array;
  std::vector<Dependency> after;
  Duration time_limit{0};  // 0: none
  int retries = 0;         // fresh attempts after a failure
  Duration grace = std::chrono::seconds(30);
  Warning warning;
  std::string output, error;      // file patterns (%j %A %a %x %N %u %t); empty: the server's log only
  bool slurm_env = true;          // set the SLURM_ family, too
  bool hold_for_nodes = false;    // queue although no node could ever hold it
  std::vector<std::string> kept;  // directives that were not understood, kept as they stood
  bool preemptible = false;       // its owner agrees that it is stopped for another and started again
  bool requeue = true;            // once preempted it waits again; else it ends so
  Duration saves_every{0};        // by itself, while it runs; 0: it does not
  Where where;
  bool hold = false;  // it waits until somebody releases it
  Instant begin;      // not before; zero: at once
  Instant deadline;   // over by then; zero: none
  bool operator==(const JobSpec&) const = default;

  bool is_array() const { return !array.indices.empty(); }
};
/// How long a run that begins at `start` may last: its time limit, or what is left until its deadline where
/// that is less. 0: without a limit.
Duration limit_of(const JobSpec& spec, Instant start);
/// The last moment at which it could begin and still end in time, by its limit; nothing without a deadline.
std::optional<Instant> last_start_of(const JobSpec& spec);

enum class JobState {
  pending,
  running,
  suspended,
  completed,
  failed,
  cancelled,
  timeout,
  out_of_memory,
  node_fail,
  preempted,
  deadline,
  boot_fail
};
/// "PENDING", "OUT_OF_MEMORY": Slurm's words.
const char* name_of(JobState state);
inline bool is_over(JobState state) {
  return state != JobState::pending && state != JobState::running && state != JobState::suspended;
}

/// One run of one task. `n` counts from 1; a retry or requeue is a new attempt.
struct AttemptId {
  JobId job;
  int task = 0;
  int n = 0;
  auto operator<=>(const AttemptId&) const = default;
};
/// "7.0.1": job, task, attempt.
std::string show(const AttemptId& id);

/// The only thing that occupies a device.
struct Holding {
  DeviceId device;
  Share milli;
  Bytes memory;
  bool operator==(const Holding&) const = default;
};

/// Why an attempt came to its end, beyond its code and signal.
enum class Cause {
  exited,         // by itself: code or signal tell
  stopped,        // Busbar stopped it, on somebody's order (Job::stopping says why)
  timeout,        // its time limit
  out_of_memory,  // its memory limit
  lost,           // its machine or its shim went away; how it ended is not known
  not_started,    // Busbar could not start it; `message` says why
};
struct Ending {
  int exit_code = 0;
  int signal = 0;  // 0: none
  Cause cause = Cause::exited;
  Duration ran{0};  // by the machine's monotonic clock
  std::string message;
  bool operator==(const Ending&) const = default;
};

struct Attempt {
  int n = 0;
  Epoch epoch;  // the leadership that ordered it
  NodeId node;
  std::vector<Holding> holdings;
  enum class State { launching, running, ended } state = State::launching;
  bool stop_told = false;  // a Decided has asked the engine to stop it
  std::int64_t pid = 0;    // 0 until started
  Instant launched, started;
  Ending ending;
  bool lent = false;  // it holds no CPUs, but runs on what others leave idle of theirs
  bool operator==(const Attempt&) const = default;
};

struct Task {
  std::vector<Attempt> attempts;  // the last is the current one
  bool operator==(const Task&) const = default;
};

/// One time that a running job was stopped although nothing was wrong with it.
struct Preemption {
  enum class Why {
    priority,  // `by` goes first
    share,     // `by` belongs to a project that has less than it was guaranteed
    drain,     // its machine is being emptied
    balance,   // it goes on elsewhere, so that `by` finds room
    failover,  // `by` has lost its machine, and room was kept for it
    lent,      // it ran on lent CPUs, and those who hold them want them
  } why = Why::priority;
  JobId by;            // who starts in its place; 0: nobody in particular
  int attempt = 0;     // n of the attempts that were stopped
  Instant told, over;  // over: when the last of them had gone; zero: not yet
  bool saved = false;  // it had been asked to save, and had gone before it was killed
  Duration lost{
      0};  // of its running time, what has to be done again (at most), and the time that stopping took
  bool operator==(const Preemption&) const = default;
};

/// Somebody keeps a waiting job from starting.
struct Hold {
  std::string user;
  bool by_admin = false;  // not its owner's own: only an administrator releases it
  bool operator==(const Hold&) const = default;
};

/// Why a running job is being brought to its end.
struct Stopping {
  JobState towards = JobState::cancelled;
  std::string reason;
  bool operator==(const Stopping&) const = default;
};

struct Job {
  JobId id;
  JobId array;           // id of the array's first element; 0: not an element
  int array_index = -1;  // as the user counts
  Principal owner;
  std::shared_ptr<const JobSpec> spec;
  std::string key;  // client's idempotency key; "" none
  JobState state = JobState::pending;
  std::string reason;          // of its end, in words; "" where the state says all
  Instant submitted, started;  // started: of the current or last run; zero: never
  Instant ended;
  Instant eligible;  // since when it has waited for resources alone
  int exit_code = 0, signal = 0;
  int restarts = 0;
  std::vector<Dependency> waits_for;  // not yet fulfilled
  std::vector<Task> tasks;            // empty until first launched
  int master_port = 0;                // of the current run
  std::optional<Stopping> stopping;
  std::int64_t batch = 0;  // of its kin, in which it was submitted (history.hpp)
  Duration expected{0};    // how long it is expected to run; what is known of its batch changes it
  std::vector<Preemption> preemptions;  // the oldest first

  std::optional<Hold> hold;
  bool early = false;  // JobSpec::begin is still to come

  /// Does it wait for resources alone?
  bool is_eligible() const { return waits_for.empty() && !hold && !early; }
  bool operator==(const Job& other) const;
};
/// "123_4" for an array element, else "123".
std::string show_id(const Job& job);

}  // namespace busbar::model
