// SPDX-License-Identifier: Apache-2.0
// asking.hpp: one question about each job that the command line names.
#pragma once
#include <functional>
#include <string>

#include "cli/detail.hpp"

namespace busbar::cli {

/// Asks GET /v1/jobs/ID/`question` and prints the answer: for programs as it is, else the job's headline and
/// below it what `tell` makes of both. Gives the exit code.
int ask_about_jobs(const Invocation& invocation, const std::string& question,
                   const std::function<std::string(const Detail&, const json::value& answer)>& tell);

}  // namespace busbar::cli
