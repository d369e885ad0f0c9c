// SPDX-License-Identifier: Apache-2.0
// history.hpp: how long work ran that is over, and what that says of work to come (docs/adr/0015). Integers
// only.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/chance.hpp"
#include "model/use.hpp"

namespace busbar::model {

/// Run times are kept by length on a logarithmic scale, four steps to each doubling, from one second on: a
/// step is at most 25 % wide.
constexpr int length_steps = 128;
int step_of(Duration length);
/// The middle of the step.
Duration length_of(int step);

/// Who is thought to be alike: jobs of one account that bear the same name (digits left out: "run-7" is as
/// "run-8") and ask for as many devices in all.
struct Kin {
  Account account;
  std::string name;         // "": whatever it is called
  std::int64_t gpus = any;  // thousandths
  bool operator==(const Kin&) const = default;
  static constexpr std::int64_t any = -1;
};
/// What tells kin apart at the least cost first: a number, then how long the texts are.
struct KinOrder {
  bool operator()(const Kin& a, const Kin& b) const {
    const auto by_number = [](const Kin& kin) {
      return std::tuple(kin.gpus, kin.name.size(), kin.account.user.size(), kin.account.project.size());
    };
    if (const auto order = by_number(a) <=> by_number(b); order != 0) return order < 0;
    if (const int order = a.name.compare(b.name); order != 0) return order < 0;
    return a.account < b.account;
  }
};
Kin kin_of(const Job& job);

/// Run times that ended. Each counts a 64th more than the one before it, so that what was fades.
struct Lengths {
  std::map<int, std::int64_t> weights;  // by step
  std::int64_t total = 0;               // of the weights
  std::int64_t moment = 0;              // of the weights times their steps
  std::int64_t next = 0;                // the weight of the next one; 0: none yet
  std::int64_t count = 0;               // how many there were, ever
  bool operator==(const Lengths&) const = default;
};
void add(Lengths& lengths, int step);

/// Jobs of one kin that were submitted one after another. They tend to be the same work, so what ended of
/// them tells of the others: in the Philly trace neighbours in order of submission correlate by 0.35 to 0.97.
struct Batch {
  std::vector<JobId> jobs;  // in order of submission
  int left = 0;             // not over yet
  int ended = 0;            // that ran to an end of their own
  std::int64_t steps = 0;   // sum of their lengths
  std::vector<int>
      lengths;  // of those that ended, in order of their ends; empty in what was written before 2026-11-26
  bool operator==(const Batch&) const = default;
};
constexpr int batch_size = 8;
constexpr int batch_reach =
    2;  // how many batches before and after are asked, each counting half of the nearer

/// What is remembered of one kin; of wider ones (an account, everybody) `lengths` alone.
struct Past {
  Lengths lengths;
  std::map<std::int64_t, Batch> batches;
  std::set<std::int64_t> over;  // batches with nobody left; kept while they can tell something
  std::int64_t next = 0;        // number of the newest batch; 0: none
  Instant last;                 // when something of it was submitted or ended
  bool operator==(const Past&) const = default;
};
using History = std::map<Kin, Past, KinOrder>;
constexpr std::size_t most_kin = 4096;  // beyond, the half that was quiet longest is forgotten
constexpr std::size_t most_over = 16;   // finished batches kept of a kin

/// How the run times of a kin are spread: from the narrowest kin to everybody, each wider one counting as
/// much as 4 run times of its own. A value of its own: the history may change.
class Spread {
 public:
  /// Cost: a few hundred additions.
  Spread(const History& history, const Kin& kin);
  /// Run times that it rests on, those of the narrowest kin that has any; 0: nothing is known.
  std::int64_t count() const { return count_; }
  /// Of 2^30, how much runs for longer than that. 0 where nothing is known. Cost: O(length_steps).
  std::int64_t beyond(Duration elapsed) const;
  /// One of those run times that are longer. Where there are none, the chance to go on for t more is
  /// (h + elapsed) / (h + elapsed + t), h being an hour where nothing is known and nothing otherwise: what
  /// has run for long will. At most a year more.
  Duration draw(Duration elapsed, Rng& chance) const;

 private:
  std::array<std::int64_t, length_steps> parts_{};  // of 2^30
  std::int64_t count_ = 0;
};

/// A length within the step.
Duration within_step(int step, Rng& chance);

/// How long it is expected to run, for the order of what waits: the middle of the logarithm, from what ended
/// of its batch and those beside it, then of its kin; in steps of a half octave, so that what is about as
/// long counts as equal. An hour where nothing is known. Cost: O(log kin) once for a kin, then of() a few
/// additions. Not to be used after the history has changed.
class Expectation {
 public:
  Expectation(const History& history, const Kin& kin);
  Duration of(std::int64_t batch, Duration limit) const;

 private:
  const Past* past_;
  std::int64_t mean_step_;
};
Duration expected_of(const History& history, const Kin& kin, std::int64_t batch, Duration limit);

/// The job was submitted: gives the number of its batch.
std::int64_t remember_submitted(History& history, const Kin& kin, JobId job, Instant at);

/// The job is over, after it `ran` (nothing: it never did, or was taken away). Gives the jobs whose
/// expectation this may change: no more than (2 * batch_reach + 1) * batch_size.
std::vector<JobId> remember_ended(History& history, const Kin& kin, std::int64_t batch,
                                  std::optional<Duration> ran, Instant at);

}  // namespace busbar::model
