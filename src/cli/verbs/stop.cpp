// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>

#include "cli/asking.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int stop(const Invocation& invocation) {
  const auto told = [](const std::string& job, const json::value& answer) {
    const std::int64_t stopped = whole_at(answer, "stopped");
    if (stopped == 0) return "job " + job + " is over already";
    if (stopped == 1) return "job " + job + " is being stopped";
    return "array " + job + ": " + std::to_string(stopped) + " jobs are being stopped";
  };
  return tell_jobs(invocation, "stop", {{"reason", invocation.reason}}, told);
}

}  // namespace busbar::cli
