// SPDX-License-Identifier: Apache-2.0
// track_record.hpp: how the intervals that were told have fared, and what that says of the next one
// (docs/adr/0029).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/units.hpp"

namespace busbar::plan {

/// From the first to the last moment; nothing: later than was looked at.
struct Interval {
  std::optional<Instant> from, to;
  bool operator==(const Interval&) const = default;
};

/// What the futures leave out (a burst such as never was, a machine that breaks) shows in what came of
/// earlier answers. Each end of an interval is moved by what would have been right nine times in ten of the
/// newest `most_kept` (conformal prediction: Gibbs and Candes, 2021): the wait until there, and a minute, is
/// multiplied by the quantile of (true wait + a minute) / (told wait + a minute). As long as few are known,
/// `trusted` that were right to the second count as well. Integers alone. A value.
class TrackRecord {
 public:
  static constexpr std::size_t most_kept = 100, most_open = 1024;

  /// Asked at `at`, the futures gave `played` and the answer was `told`.
  void asked(JobId job, Instant at, const Interval& played, const Interval& told);
  /// It has started; without effect for one that was not asked about.
  void started(JobId job, Instant at);
  /// It will never start.
  void gone(JobId job) { open_.erase(job); }
  /// Those of which it is not known yet.
  std::vector<JobId> open() const;

  /// What to tell at `at`. Cost: O(most_kept x log).
  Interval corrected(const Interval& played, Instant at) const;

  /// Of the newest `most_kept` answers whose jobs have started.
  std::int64_t judged() const { return std::int64_t(kept_.size()); }
  std::int64_t held() const;

 private:
  struct Asked {
    Instant at;
    Interval played, told;
  };
  struct Judged {
    std::int64_t from, to;  // true wait by told wait, in 1024ths
    bool held;
  };
  std::map<JobId, Asked> open_;  // the newest question about each
  std::deque<Judged> kept_;
};

/// Whether it came within the interval; one without end holds whatever is not before it.
bool holds(const Interval& interval, Instant start);

}  // namespace busbar::plan
