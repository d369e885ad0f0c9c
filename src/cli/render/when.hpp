// SPDX-License-Identifier: Apache-2.0
// when.hpp: moments as people read them, in the time zone they live in.
#pragma once
#include <string>

#include "base/units.hpp"

namespace busbar::cli::render {

/// The wall clock of this machine, for "how long ago" alone.
Instant now();
/// How far the clock on the wall is ahead of UTC then.
Duration ahead_of_utc(Instant at);
/// "2026-11-21 09:05:00"
std::string local_time(Instant at);

}  // namespace busbar::cli::render
