// SPDX-License-Identifier: Apache-2.0
// environment.hpp: what a rank finds in its environment, and what the patterns of output files mean. Pure.
#pragma once
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/local/identity.hpp"

namespace busbar::engine {

/// What an order does not say and its machine knows.
struct Surroundings {
  Identity identity;
  std::string host;
  std::string run_folder;     // of this attempt: scratch, script, hosts, stop_reason
  std::string socket;         // the server's
  std::int64_t now_unix = 0;  // for SLURM_JOB_END_TIME, which is wall time by its definition
};

/// "NAME=value", sorted, each once. What the user set wins over defaults and loses to what the task is.
std::vector<std::string> environment(const LaunchOrder& order, const Surroundings& around);

/// %j job, %A array's id, %a index in the array, %x name, %N node, %u user, %t task, %% itself; a number
/// between pads with zeros: %4j. Anything else stays as it stands. The answer is absolute; "" stays "".
std::string output_path(const std::string& pattern, const LaunchOrder& order, const Surroundings& around);

/// One line for each node: its name and how many tasks of the job it has, as far as this order tells. Only
/// for gangs.
std::string hostfile(const LaunchOrder& order);

}  // namespace busbar::engine
