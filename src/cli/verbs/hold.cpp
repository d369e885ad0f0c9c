// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>

#include "cli/asking.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int hold(const Invocation& invocation) {
  const auto told = [](const std::string& job, const json::value& answer) {
    const std::int64_t held = whole_at(answer, "told");
    if (held == 0) return "job " + job + " is held already";
    if (held == 1) return "job " + job + " is held; release it: busbar release " + job;
    return "array " + job + ": " + std::to_string(held) + " jobs are held; release them: busbar release " +
           job;
  };
  return tell_jobs(invocation, "hold", {}, told);
}

int release(const Invocation& invocation) {
  const auto told = [](const std::string& job, const json::value& answer) {
    const std::int64_t released = whole_at(answer, "told");
    if (released == 0) return "job " + job + " is not held";
    if (released == 1) return "job " + job + " is released";
    return "array " + job + ": " + std::to_string(released) + " jobs are released";
  };
  return tell_jobs(invocation, "release", {}, told);
}

}  // namespace busbar::cli
