// SPDX-License-Identifier: Apache-2.0
// world.hpp: the production controller (control::Core) among modelled machines, under a clock that jumps to
// the next thing that happens. It decides nothing: what starts where is the Core's word, what then becomes of
// it is the machines'.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/core.hpp"
#include "sim/machines.hpp"

namespace busbar::sim {

/// A job, or an array, that somebody submits.
struct Arrival {
  Instant at;
  model::Principal by;
  std::shared_ptr<const model::JobSpec> spec;
  Work work;  // of each of its tasks, in each of its elements
  std::string key;
  std::int64_t tag = 0;  // the caller's own name for it, such as its row in a trace
};
/// Gives arrivals in order of time, one when asked, so that a trace of any length is held one job at a time.
/// Nothing when there are none for now: it is asked again before each step.
using Arrivals = std::function<std::optional<Arrival>()>;

/// Who follows what happens. A job's times, nodes and devices are in its attempts; what is handed over is
/// valid during the call.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Of an array the ids are first, first + 1, ...
  virtual void answered(const Arrival&, const control::Answer&) {}
  virtual void answered(const control::Command&, const control::Answer&) {}
  /// Before what follows from it.
  virtual void decided(const model::Decided&) {}
  /// All tasks of the job start now; again after a requeue.
  virtual void launched(const model::Job&) {}
  virtual void ended(const model::Job&) {}
};

/// How much went through the Core.
struct Tally {
  std::int64_t steps = 0;
  std::int64_t submits = 0, commands = 0, news = 0;
  std::int64_t launches = 0;  // of jobs; a requeued one counts again
  std::int64_t ended = 0;     // jobs
  std::int64_t records = 0;   // in the journal
  std::int64_t events() const { return submits + commands + news; }
};

class World {
 public:
  struct Options {
    model::Settings settings;
    Instant start{};
    Duration launch_takes{0};  // from the order to the news that it runs
    /// From a machine's crash to the news that what ran there is lost; one that is back before tells so
    /// itself.
    Duration crash_noticed_after = std::chrono::seconds(60);
    /// None: forgetful_journal(), so that memory is bounded by what is alive.
    std::unique_ptr<store::Journal> journal;
    /// What work is known to arrive before the first of it has; a fresh journal only.
    model::Workload known_work;
    /// The machines of the journal's last state are there and have reported, each with what it runs. How
    /// long that runs in all is the fate's word; what is being stopped ends at once.
    bool standing = false;
    /// May change what becomes of one attempt: a failure drawn by chance, say.
    std::function<void(const engine::LaunchOrder&, Work&)> fate;
  };
  explicit World(Options options);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void watch(Observer& observer) { observers_.push_back(&observer); }

  /// Before the first step; time runs from Options::start.
  void add(model::NodeFacts facts) { machines_.add(std::move(facts), now_); }
  void arrive(Arrivals source);

  /// What follows happens at `at`, or at the next instant where that has passed.
  void add(model::NodeFacts facts, Instant at) { machines_.add(std::move(facts), at); }
  void change(Instant at, NodeId node, Machines::Change change) { machines_.change(at, node, change); }
  void command(Instant at, control::Command command);
  /// The controller is killed when its step is durable and nothing that it ordered has been heard; it starts
  /// again from its journal, which must keep records.
  void restart(Instant at);

  /// Goes to the next instant at which something happens and through all of it, news before commands before
  /// arrivals, then what follows at the same instant. False when nothing will ever happen any more.
  bool step();
  void run() {
    while (step()) {
    }
  }

  /// When something may happen next; nothing where nothing ever will, unless the source of arrivals, which is
  /// asked again, has one later.
  std::optional<Instant> next();

  /// Every invariant that can be seen at one moment, in the Core's state and on the machines. Cost: O(state).
  Status audit() const;

  Instant now() const { return now_; }
  const control::Core& core() const { return *core_; }
  store::Journal& journal() { return *options_.journal; }
  const Tally& tally() const { return tally_; }

 private:
  struct Planned {
    Instant at;
    std::int64_t order = 0;
    std::optional<control::Command> command;  // none: a restart
  };
  static bool later(const Planned& a, const Planned& b);

  bool gather();
  void take();
  void follow(control::Step& step);
  void lead(bool heard);
  void adopt();
  void write(Seq expected, const control::Step& step);
  Work fate_of(const engine::LaunchOrder& order);

  Options options_;
  Epoch epoch_;
  std::optional<control::Core> core_;
  Machines machines_;
  Instant now_;
  std::vector<Observer*> observers_;
  std::vector<Planned> planned_;  // a heap, the earliest on top
  std::int64_t plans_ = 0;
  Arrivals arrivals_;
  std::optional<Arrival> arrival_;                  // the next one
  std::unordered_map<std::int64_t, Work> courses_;  // of living jobs, by id; never walked

  // The step being made.
  std::vector<engine::News> news_;
  std::vector<control::Command> commands_;
  std::vector<Arrival> arrived_;       // those of the last commands
  bool killed_ = false;                // behind this step
  std::optional<Instant> look_again_;  // the controller's word
  Tally tally_;
};

}  // namespace busbar::sim
