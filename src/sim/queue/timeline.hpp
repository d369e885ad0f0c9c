// SPDX-License-Identifier: Apache-2.0
// timeline.hpp: how much of something there was over time (jobs that waited, devices that were held), as
// averages over equal spans, in memory that does not grow with how long it went on.
#pragma once
#include <cstddef>
#include <vector>

#include "base/units.hpp"

namespace busbar::sim {

class Timeline {
 public:
  /// `spans` is even. A span is one minute at first; whenever something happens beyond the last one, all
  /// become twice as long.
  explicit Timeline(Instant begin, std::size_t spans = 720);

  /// From `at` (not before the beginning) on there is so much more, or less. In any order. Cost: O(1).
  void add(Instant at, double change);

  Instant begin() const { return begin_; }
  Duration span() const { return span_; }
  /// The average over each span that began before `until`.
  std::vector<double> averages(Instant until) const;

 private:
  void double_spans();

  Instant begin_;
  Duration span_;
  std::vector<double> part_;  // amount x milliseconds of what began within a span, up to the span's end
  std::vector<double>
      whole_;  // what is there from the beginning of a span on; of the span beyond the last, too
};

}  // namespace busbar::sim
