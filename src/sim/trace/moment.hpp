// SPDX-License-Identifier: Apache-2.0
// moment.hpp: points of time as traces write them. A time without a zone is taken as UTC.
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::sim {

/// "2017-10-01", "2017-10-01 00:00:45", "2017-10-01T00:00:45", with or without a fraction of a second (cut to
/// milliseconds) and a final Z; from 1970 to 9999. Errors: Errc::invalid, what was found and what would be
/// right.
Result<Instant> parse_moment(std::string_view text);

/// Seconds with or without a fraction, cut to milliseconds: "2951.0", "30". Errors: not a number, or outside
/// [0, most].
Result<Duration> parse_seconds(std::string_view text, Duration most);

/// Seconds as short as they can be told exactly: "30", "2951.5".
std::string show_seconds(Duration duration);

}  // namespace busbar::sim
