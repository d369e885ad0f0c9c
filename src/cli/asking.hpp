// SPDX-License-Identifier: Apache-2.0
// asking.hpp: one question, or one order, about each job that the command line names.
#pragma once
#include <functional>
#include <string>

#include "cli/detail.hpp"

namespace busbar::cli {

/// Asks GET /v1/jobs/ID/`question` and prints the answer: for programs as it is, else the job's headline and
/// below it what `tell` makes of both. Gives the exit code.
int ask_about_jobs(const Invocation& invocation, const std::string& question,
                   const std::function<std::string(const Detail&, const json::value& answer)>& tell);

/// Posts `body` to /v1/jobs/ID/`order` for each job that the command line names ("whole_array" is added), and
/// notes what `told` makes of the answer. One that is refused does not save the others. Gives the exit code.
int tell_jobs(const Invocation& invocation, const std::string& order, json::object body,
              const std::function<std::string(const std::string& job, const json::value& answer)>& told);

}  // namespace busbar::cli
