// SPDX-License-Identifier: Apache-2.0
// calibration.hpp: how often the intervals hold: while recorded jobs are replayed, the planner is asked about
// some that wait, with what was known at that moment, and then judged by what came.
#pragma once
#include <memory>
#include <vector>

#include "plan/forecast.hpp"
#include "sim/world.hpp"

namespace busbar::plan {

/// Of 80 % intervals.
struct Hits {
  std::int64_t asked = 0;      // about jobs that have started since
  std::int64_t held = 0;       // p10 <= start <= p90; an interval without end holds whatever is not before it
  std::int64_t early = 0;      // it started before p10
  std::int64_t late = 0;       // behind p90
  std::int64_t open = 0;       // intervals without end
  std::int64_t played = 0;     // that would have held as the futures had them
  std::int64_t busy = 0;       // asked while more jobs waited than ran
  std::int64_t busy_held = 0;  // of these
  std::vector<Duration> widths;  // of those that have one, sorted
  std::vector<Duration> waits;   // from the question to the start, sorted
};

class Calibration {
 public:
  /// Asks about every `every`-th job of a world that has to wait, when it is submitted.
  explicit Calibration(std::int64_t every, Effort effort = {}) : every_(every), effort_(effort) {}

  /// Looks on at one world and learns from what ends there and from how its answers fare, from nothing on.
  /// Not to outlive this.
  std::unique_ptr<sim::Observer> beside(const sim::World& world);

  Hits hits() const;

 private:
  class Witness;
  std::int64_t every_;
  Effort effort_;
  Hits hits_;
};

}  // namespace busbar::plan
