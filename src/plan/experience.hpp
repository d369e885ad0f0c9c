// SPDX-License-Identifier: Apache-2.0
// experience.hpp: how long work ran that is over, and what that says of work to come.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "model/job.hpp"
#include "model/use.hpp"

namespace busbar::plan {

/// Run times by whom they resemble: those of one account that bear one name (digits left out) and ask for as
/// many GPUs; then by account and GPUs; by GPUs; of everybody. Each circle keeps the last `most_kept`. A
/// value.
class Experience {
 public:
  static constexpr std::size_t most_kept = 128;

  /// In order of their ends. A job counts with the time of its last attempt, however it ended, unless that
  /// was no end of its own: its machine was lost, it was preempted, or it never ran.
  void learn(const model::Job& ended);

  /// How long such a job may run in all, given that it has run for `elapsed`: one of the run times that were
  /// longer, from the narrowest circle that has some; a circle with n of them leaves it to the wider ones in
  /// `wider` of n + `wider` draws. Where nobody knows it is the stated limit or, without one, such that the
  /// chance to go on for t more is (h + elapsed) / (h + elapsed + t), h being an hour: the median of what is
  /// to come is an hour, and more the longer it has run. Never beyond the limit. Pure. Cost: O(most_kept).
  Duration draw(const model::Principal& owner, const model::JobSpec& spec, Duration elapsed,
                Rng& chance) const;

  /// Run times learned from, ever.
  std::int64_t count() const { return count_; }

 private:
  struct Kin {
    model::Account account;
    std::string name;        // "": whatever it is called
    std::int64_t gpus = -1;  // thousandths, all tasks together; -1: any
    auto operator<=>(const Kin&) const = default;
  };
  struct Lengths {
    std::vector<Duration> kept;
    std::size_t oldest = 0;  // the place of the next one, once `kept` is full
  };
  /// The narrowest first.
  static std::vector<Kin> circles_of(const model::Principal& owner, const model::JobSpec& spec);

  std::map<Kin, Lengths> lengths_;
  std::int64_t count_ = 0;
};

}  // namespace busbar::plan
