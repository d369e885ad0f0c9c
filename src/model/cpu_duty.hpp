// SPDX-License-Identifier: Apache-2.0
// cpu_duty.hpp: what the tasks of a machine leave idle of the CPUs they hold, learned from samples, so that
// it can be lent (docs/adr/0034). Integers only; the samples come from an engine.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "model/event.hpp"

namespace busbar::model {

/// What one task did during one sample; CPUs are averages over it.
struct CpuSample {
  AttemptId attempt;
  Cpus asked;
  bool lent = false;         // it runs on lent CPUs: how it fares violates nothing
  std::optional<Cpus> used;  // none: nobody can tell
  Cpus waited;               // more than `used` that its threads would have run, had there been CPUs
  bool operator==(const CpuSample&) const = default;
};

/// What it wanted of what it asked for. What is not known of a task counts as all of it.
Cpus wanted_by(const CpuSample& task);
/// It got less than that by more than a twentieth of what it asked for.
bool went_short(const CpuSample& task);

/// The latest samples of one machine.
class CpuDuty {
 public:
  static constexpr int window = 100;  // samples, so that a budget of 1 % is one of them
  /// Between a change and the next one upwards; what can be lent falls at once.
  static constexpr int patience = 15;  // samples

  /// `others`: what ran there beside all tasks, and would not give way to them.
  void sample(Cpus others, const std::vector<CpuSample>& tasks);
  /// Ended: what it left idle is not idle any more.
  void forget(const AttemptId& attempt);

  /// The most that may be lent, so that those who hold CPUs and what was lent would together have wanted more
  /// than is held in no more than `budget` of the samples: what it was before a task was there counts as if
  /// the task had taken all it asked for.
  Cpus learned(std::int64_t budget_milli) const;
  /// Of the latest `window` samples, those in which somebody went short.
  std::int64_t violated() const;
  std::int64_t samples() const { return static_cast<std::int64_t>(others_.size()); }
  /// Since the beginning, for those who count by themselves.
  std::int64_t all_samples() const { return all_samples_; }
  std::int64_t all_violated() const { return all_violated_; }

  /// What of the machine is to be written down, if anything: nothing before `window` samples are known.
  /// Amounts are rounded down to a 64th of the machine, a tenth of a CPU at least, so that few changes are
  /// large enough. Over the budget, half of what could be lent is taken back, and half of the rest after each
  /// `patience`; until there are no more violations than half the budget.
  std::optional<IdleChanged> news(const Node& node, std::int64_t budget_milli);

 private:
  struct Record {
    Cpus asked;
    std::deque<std::int64_t> wanted;  // the last one is of the latest sample
  };
  std::map<AttemptId, Record> owners_;
  std::deque<std::int64_t> others_;
  std::deque<bool> short_;  // somebody went short
  std::int64_t all_samples_ = 0, all_violated_ = 0;
  std::int64_t changed_at_ = 0;  // in all_samples_
};

}  // namespace busbar::model
