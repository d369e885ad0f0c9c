// SPDX-License-Identifier: Apache-2.0
// when.hpp: moments as people read them, in the time zone they live in.
#pragma once
#include <string>

#include "base/units.hpp"

namespace busbar::cli::render {

/// The wall clock of this machine, for "how long ago" alone.
Instant now();
/// "2026-11-21 09:05:00"
std::string local_time(Instant at);

}  // namespace busbar::cli::render
