// SPDX-License-Identifier: Apache-2.0
// check.hpp: an invariant of our own that does not hold ends the process; the journal makes restarting safe.
// Never for input: a user's mistake is an Error.
#pragma once

namespace busbar {
[[noreturn]] void broken(const char* file, int line, const char* expression, const char* sentence);
}  // namespace busbar

/// BUSBAR_CHECK(free >= Share{}, "a device was given out beyond what it has");
#define BUSBAR_CHECK(expression, sentence) \
  ((expression) ? void() : ::busbar::broken(__FILE__, __LINE__, #expression, sentence))
