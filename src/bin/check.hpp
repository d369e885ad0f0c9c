// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace busbar {

/// `busbar check`: verifies a journal, of a living server or a stopped one, and prints what was verified. 0,
/// or 1 when an invariant does not hold or the journal cannot be read.
int run_check(const std::string& state_folder, bool json);

}  // namespace busbar
