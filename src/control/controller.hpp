// SPDX-License-Identifier: Apache-2.0
// controller.hpp: one thread owns the state and walks in steps: take what waits, apply, decide, write it
// down, and only when that is synced let the effects out. Everything here may be called from any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "base/result.hpp"
#include "engine/engine.hpp"
#include "ledger/balances.hpp"
#include "model/cpu_duty.hpp"
#include "sched/scheduler.hpp"
#include "store/journal.hpp"

namespace busbar::control {

/// What readers see: the state as of the last step whose batch is durable, or a later one that becomes so
/// before any answer built from it leaves.
struct View {
  const sched::Scheduler& scheduler;
  const ledger::Balances& balances;
  const model::Cluster& cluster;
  Instant now;
  bool degraded = false;  // the journal cannot be written (disk full): new work is refused
  std::string degraded_why;
  std::int64_t batches = 0;                          // made durable since the start, one sync each
  bool heard = false;                                // a machine has reported since the start
  const std::map<NodeId, model::CpuDuty>& cpu_duty;  // where CPUs are lent
};

struct Accepted {
  JobId first;
  int count = 1;
  bool existed = false;              // the key was known: this is the job it made
  std::vector<std::string> nodes{};  // of a reservation
};

/// News of one job to those who watch it; sent when durable.
struct JobNews {
  model::Job job;
};

struct Options {
  model::Settings settings;
  std::int64_t snapshot_every = 20'000;  // records
  /// Why there is no room for new work (a disk that is nearly full), or "". Asked before each submit is
  /// taken: what is left on the disk is kept for the ends of jobs that were accepted.
  std::function<std::string()> no_room = [] { return std::string(); };
  /// Called once, on a thread of the controller's, when it can lead no longer (another server does, or the
  /// journal cannot be read back). Nothing is acknowledged from then on; the process should end.
  std::function<void(Error)> on_stand_down;
};

class Controller {
 public:
  virtual ~Controller() = default;  // stops taking, finishes the batch in flight, joins its threads

  /// `then` is called once, when the answer is durable, on a thread of the controller's.
  virtual void submit(model::Principal by, model::JobSpec spec, std::string key,
                      std::function<void(Result<Accepted>)> then) = 0;
  /// Stops job `id`; with `whole_array`, when `id` is the first of an array, all its living elements. Gives
  /// how many were told. A job that is over already is no error and counts 0. Errors: not_found, denied.
  virtual void stop(model::Principal by, JobId id, bool whole_array, std::string reason,
                    std::function<void(Result<int>)> then) = 0;

  /// Keeps job `id` (or what of the array waits) from starting, or with `end` releases it. Gives how many
  /// were told; who stands so already counts 0. Errors: not_found, denied, conflict (it runs, or is over).
  virtual void hold(model::Principal by, JobId id, bool whole_array, bool end,
                    std::function<void(Result<int>)> then) = 0;

  /// Empties a machine, or with `end` gives it back: `node` is its name. Gives how many jobs run there now.
  /// Errors: not_found, denied (only an administrator may).
  virtual void drain(model::Principal by, std::string node, bool end, bool move, std::string reason,
                     std::function<void(Result<Accepted>)> then) = 0;

  /// Reserves machines, or ends a reservation. Gives their names, and how many jobs run there now. Errors:
  /// invalid, not_found, conflict, denied (only an administrator may).
  virtual void reserve(model::Principal by, model::ReserveWish asked,
                       std::function<void(Result<Accepted>)> then) = 0;

  /// Runs `look` on the controller's thread; `then` after all that `look` saw is durable.
  virtual void look(std::function<void(const View&)> look, std::function<void()> then) = 0;

  /// Calls `on_news` for each durable change of job `id` from now on, first of all with how it stands (from
  /// the store when it is over; not at all when it is unknown). Returns a token; drop it to stop watching.
  virtual std::shared_ptr<void> watch(JobId id, std::function<void(JobNews)> on_news) = 0;

  /// Resolves when every job alive now is over, having asked each to stop (`down --stop-jobs`).
  virtual void stop_all(model::Principal by, std::function<void()> then) = 0;

  /// The store's side for readers of what is over.
  virtual store::Journal& journal() = 0;
  /// The engine's side for readers of output.
  virtual engine::Engine& engine() = 0;
};

/// What a journal holds, folded.
struct Recovered {
  sched::Scheduler scheduler;
  ledger::Balances balances;
};
/// Errors: those of the journal; Errc::internal when its records do not fold. `known`: what work is known to
/// arrive, where the journal has no snapshot.
Result<Recovered> recover(store::Journal& journal, const model::Workload& known = {});

/// Takes the lead, starts the engine and begins to step. Errors: those of the journal and of the engine's
/// start.
Result<std::unique_ptr<Controller>> control(std::unique_ptr<store::Journal> journal, Recovered recovered,
                                            std::unique_ptr<engine::Engine> engine, Clock& clock,
                                            Options options);

/// What `busbar check` does on a journal: folds it from the beginning (or a snapshot where the beginning is
/// gone) through the production code and verifies the invariants at every record. Gives lines of what was
/// verified and how often.
struct Finding {
  std::string invariant;  // "I2 at most one live attempt of a task"
  std::int64_t checked = 0;
};
Result<std::vector<Finding>> check(store::Journal& journal);

}  // namespace busbar::control
