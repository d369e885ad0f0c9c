// SPDX-License-Identifier: Apache-2.0
// machines.hpp: modelled machines. Orders of the controller go in as to an engine; what becomes of them comes
// out as the news that an engine would bring, each at its time.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "engine/engine.hpp"

namespace busbar::sim {

/// What a task would do if it were let.
struct Work {
  Duration runs{0};        // from its start to its own end
  int exit_code = 0;       // with which it ends by itself
  Duration stop_takes{0};  // from being told to stop to its end; cut short by the job's grace
  /// When it ends in time after being told to stop, its state is saved: the next attempt only does the rest.
  bool resumes = false;
  /// It saves by itself so often, and what it did since is lost; 0: when it is told.
  Duration saves_every{0};
  Duration restart{0};  // what an attempt that goes on from there needs before it does anything new
};

class Machines {
 public:
  /// `fate` says what one attempt would do, as if it were the job's first.
  Machines(Duration launch_takes, Duration crash_noticed_after,
           std::function<Work(const engine::LaunchOrder&)> fate);

  /// It joins at `at`. Its id must be new.
  void add(model::NodeFacts facts, Instant at);
  /// It was there before; in reach, it has reported already.
  void adopt(model::NodeFacts facts, bool in_reach);
  /// It runs there since `started`, or is about to start. What should be over by now ends at `now`.
  void adopt(const engine::LaunchOrder& order, std::optional<Instant> started, Instant now);
  enum class Change { joins, out_of_reach, crashes };
  /// A machine out of reach goes on with what it runs and hears nothing; one that crashes loses it. Joining
  /// while within reach, and leaving while not, is without effect.
  void change(Instant at, NodeId node, Change change);
  /// Every machine within reach joins anew, as after a new controller has started.
  void survey(Instant at);

  /// Cost: O(log of what is foreseen).
  void obey(const engine::Order& order, Instant now);
  /// Nothing more will be asked of this job.
  void forget(JobId job) { saved_.erase(job.value); }

  /// When there is news next, if ever, unless an order changes it.
  std::optional<Instant> next() const;
  /// All that is new up to `now`, in order of time, and of foresight where times are equal.
  void tell(Instant now, std::vector<engine::News>& into);

  /// That no task runs twice (I2) and no device or memory is in use beyond what it has (I3), as the machines
  /// see it. Cost: O(all that runs); for tests.
  Status audit() const;

 private:
  struct Event {
    enum class What { joins, out_of_reach, crashes, started, finished, lost } what;
    Instant at;
    NodeId node;
    model::AttemptId attempt;
    std::int64_t order = 0;  // in which they were foreseen
  };
  struct Running {
    Instant starts, ends;
    model::Ending ending;
    std::vector<engine::GrantedDevice> devices;
    Bytes memory;
    Duration stop_takes;
    Duration ahead;  // between the signal it asked for and the SIGTERM
    bool resumes = false;
    Duration saves_every{0};
    Duration again{0};   // of its time, before it does anything new
    bool saves = false;  // at its end, what it did is kept
    bool over = false;   // kept until the controller settles it
  };
  struct Machine {
    model::NodeFacts facts;
    bool in_reach = false;
    std::map<model::AttemptId, Running> attempts;  // all it knows of
  };

  void foresee(Event event);
  static bool later(const Event& a, const Event& b);

  void begin(Machine& machine, const engine::LaunchOrder& order, Instant starts, Instant now);
  void obey(const engine::LaunchOrder& order, Instant now);
  void obey(const engine::StopOrder& order, Instant now);
  void obey(const engine::SettleOrder& order, Instant now);
  void obey(const engine::CpuOrder&, Instant) {}  // here everybody gets the CPUs that it wants

  void happens(const Event& event, std::vector<engine::News>& into);
  void joins(Machine& machine, std::vector<engine::News>& into);
  void leaves(Machine& machine, const char* why, std::vector<engine::News>& into);
  void crashes(Machine& machine, Instant at);
  void started(Machine& machine, const Event& event, std::vector<engine::News>& into);
  void finished(Machine& machine, const Event& event, std::vector<engine::News>& into);

  Duration launch_takes_, crash_noticed_after_;
  std::function<Work(const engine::LaunchOrder&)> fate_;
  std::vector<Event> events_;  // a heap, the earliest on top
  std::int64_t foreseen_ = 0;
  std::unordered_map<std::int64_t, Machine> machines_;  // by node id; never walked
  std::vector<NodeId> in_order_;                        // of joining
  std::unordered_map<std::int64_t, std::map<int, Duration>>
      saved_;  // by job id, of each task: how much of its work is done
};

}  // namespace busbar::sim
