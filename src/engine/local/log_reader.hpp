// SPDX-License-Identifier: Apache-2.0
// log_reader.hpp: reads what a shim's LogWriter keeps, also while it is being written.
#pragma once
#include <string>

#include "engine/engine.hpp"

namespace busbar::engine {

/// A page of the log in that task's folder. A folder that is not there gives an empty page.
Result<OutputPage> read_log(const std::string& folder, std::int64_t from, std::size_t most);

}  // namespace busbar::engine
