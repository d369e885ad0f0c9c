// SPDX-License-Identifier: Apache-2.0
// moment.hpp: a moment as people write it, for --begin and --deadline: the same on the command line, as
// #SBATCH and in YAML.
#pragma once
#include <functional>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::wire {

/// When, and in which time zone, something was written: "16:00" alone means nothing.
struct LocalTime {
  Instant now;
  /// Of local time, ahead of UTC at a moment.
  std::function<Duration(Instant)> offset = [](Instant) { return Duration{0}; };
};

/// Slurm's forms, in local time: "now", "now+90" (seconds), "now+2hours", "16:00", "4:30pm", "noon",
/// "midnight", "today", "tomorrow", "tomorrow 8:00", "12/01" and "12/01/26" (the month first), "2026-12-01",
/// "2026-12-01T08:00:00", in UTC with a Z behind it; and Busbar's own durations, "now+2h30m". A time of day
/// without a date is the next one; a date without a time of day is its beginning. Small and capital letters
/// are alike. Errors say what was found and what would be right.
Result<Instant> parse_moment(std::string_view text, const LocalTime& local);

}  // namespace busbar::wire
