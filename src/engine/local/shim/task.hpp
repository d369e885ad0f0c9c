// SPDX-License-Identifier: Apache-2.0
// task.hpp: the shim: one small process that stands by one task from before its start until its exit record
// is written, whatever becomes of server and launcher.
#pragma once
#include <string>

namespace busbar::shim {

/// Descriptors that the launcher hands to a shim.
constexpr int record_fd = 3;  // locked
constexpr int order_fd = 4;
constexpr int notify_fd = 5;  // where to tell that the command started

/// Runs the order; the exit status says nothing, the record does.
int run_task(const std::string& folder, const std::string& name);

}  // namespace busbar::shim
