// SPDX-License-Identifier: Apache-2.0
// core.hpp: one step of the controller as a function of what waited: no thread, no clock, no disk of its own.
// The live loop (loop.cpp) and a simulated world call the same code.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "control/controller.hpp"
#include "model/cpu_duty.hpp"

namespace busbar::control {

struct SubmitCommand {
  model::Principal by;
  std::shared_ptr<const model::JobSpec> spec;
  std::string key;
};
struct StopCommand {
  model::Principal by;
  JobId job;
  bool whole_array = true;
  std::string reason;
};
/// Waiting jobs are to be kept from starting, or released.
struct HoldCommand {
  model::Principal by;
  JobId job;
  bool whole_array = true;
  bool end = false;
};
/// A machine is to be emptied, or work may start there again.
struct DrainCommand {
  model::Principal by;
  std::string node;  // its name, or its id in digits
  bool end = false;
  bool move = false;  // whatever may be preempted goes at once
  std::string reason;
};
/// Machines are to be somebody's for a while, or the reservation of this name is to end.
struct ReserveCommand {
  model::Principal by;
  model::ReserveWish asked;
};
using Command = std::variant<SubmitCommand, StopCommand, HoldCommand, DrainCommand, ReserveCommand>;
/// Of a stop or a hold: count is how many were told. Of a drain: how many jobs run there, and `existed` where
/// the machine stood so already. Of a reservation: which machines, and how many jobs run there.
using Answer = Result<Accepted>;

/// What one step came to. `batch` must be durable before anything else in it leaves.
struct Step {
  store::Batch batch;
  std::vector<Answer> answers;  // one for each command, in their order
  std::vector<engine::Order> orders;
  std::vector<JobId> changed;         // of the jobs that live; those that ended are in the batch
  std::optional<Instant> look_again;  // when to step next although nothing happens
};

class Core {
 public:
  /// `journal` is asked about jobs that are over (keys, dependencies); all batches of earlier steps must be
  /// in it.
  Core(Recovered recovered, store::Journal& journal, Epoch epoch, bool heard = false);

  /// The first record of a leadership, and the settings where they changed.
  Step open(Instant now, const model::Settings& settings);
  Step step(Instant now, Duration clock_jump, const std::vector<Command>& commands,
            const std::vector<engine::News>& news);

  /// Takes back what a step was told in, so that the next one need not ask for memory: for those who step
  /// often.
  void reuse(Step done);

  const sched::Scheduler& scheduler() const { return state_.scheduler; }
  const ledger::Balances& balances() const { return state_.balances; }
  /// What tasks were seen to do with their CPUs, where they are lent. Not in the journal: learned anew after
  /// a start.
  const std::map<NodeId, model::CpuDuty>& cpu_duty() const { return duty_; }
  const model::Cluster& cluster() const { return state_.scheduler.cluster(); }
  /// A machine has reported since this leadership began. Until then what the journal remembers of machines
  /// may be of yesterday, and nothing is started by it.
  bool heard() const { return heard_; }

 private:
  void record(model::Event event);
  void decide();
  Step finish();

  Answer answer(const SubmitCommand& command);
  Answer answer(const StopCommand& command);
  Answer answer(const HoldCommand& command);
  Answer answer(const DrainCommand& command);
  Answer answer(const ReserveCommand& command);
  Result<std::vector<NodeId>> machines_of(const model::ReserveWish& asked) const;
  /// Jobs of which some task is on one of these machines.
  int running_on(const std::vector<NodeId>& nodes) const;
  /// The job, and with `whole_array` all living elements of the array of which it is the first.
  std::vector<JobId> alive(JobId id, bool whole_array) const;
  /// The job that this key made, if there is one.
  Result<std::optional<Accepted>> known(const SubmitCommand& command) const;
  /// The job `id` when it is over, be it only since this step.
  Result<std::optional<model::Job>> ended_job(JobId id) const;
  /// Which of `spec.after` are still to be waited for, arrays spelled out; an Error where one can never be
  /// fulfilled, or where there are too many.
  Result<std::vector<model::Dependency>> outstanding(const model::JobSpec& spec) const;

  void observe(const engine::Joined& news);
  void observe(const model::NodeLeft& news);
  void observe(const model::Started& news);
  void observe(const model::Finished& news);
  void observe(const engine::CpuUse& news);
  /// The attempt `id` names, while it is the current one of its task and not over.
  const model::Attempt* live(const model::AttemptId& id) const;

  engine::LaunchOrder launch_order(const model::Job& job, int task) const;
  void order_launches(const model::Decided& decided);
  void order_stop(const model::AttemptId& id);

  // lend.cpp
  void note_idle(NodeId node);
  void order_cpus(const model::Job& job, NodeId node);

  Recovered state_;
  store::Journal& journal_;
  Epoch epoch_;
  Instant now_;
  bool heard_ = false;
  std::map<NodeId, model::CpuDuty> duty_;
  bool idle_changed_ = false;                        // in this step
  std::optional<Instant> look_again_;                // as the last step said
  std::shared_ptr<const model::Settings> settings_;  // those of the state, shared by all orders
  Step step_;                                        // being made
};

}  // namespace busbar::control
