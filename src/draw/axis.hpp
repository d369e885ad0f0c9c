// SPDX-License-Identifier: Apache-2.0
// axis.hpp: where values stand on an axis, and which of them are written beside it.
#pragma once
#include <string>
#include <vector>

#include "base/units.hpp"

namespace busbar::draw {

struct Tick {
  double value = 0;
  std::string label;
  bool operator==(const Tick&) const = default;
};

/// Round steps of 1, 2 or 5 times a power of ten from 0 to at least `most`; at most `count` steps. Nothing at
/// all is drawn up to 1.
std::vector<Tick> number_ticks(double most, int count);

/// Days, or hours of short spans, that are round in UTC, from `begin` to `end`; values in seconds since
/// `begin`; at most `count`.
std::vector<Tick> date_ticks(Instant begin, Instant end, int count);

/// Waits on a scale of tenfold steps, in words: "1 s", "1 min", ..., up to `longest` seconds and one beyond.
std::vector<Tick> wait_ticks(double longest);
/// Where a wait stands on it, 0 to 1 between a second (or less) and the last tick.
double wait_place(double seconds, double last_tick);
/// The wait that stands there.
double wait_at(double place, double last_tick);

/// "12,345", "0.5": as short as it can be told to three digits.
std::string short_number(double value);

}  // namespace busbar::draw
