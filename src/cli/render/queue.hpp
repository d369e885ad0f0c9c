// SPDX-License-Identifier: Apache-2.0
// queue.hpp: what `busbar sim queue` found, for people and for programs. Pure: values in, text out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/calibration.hpp"
#include "sim/queue.hpp"

namespace busbar::cli::render {

/// `took`: how long the replay took on this machine, for the rate of events.
struct Replayed {
  const sim::QueueAnswer* answer = nullptr;
  Duration took{0};
  double gpu_hour = 0;             // what an hour of one GPU costs; 0: not told
  std::optional<plan::Hits> hits;  // of the planner's intervals, where they were asked for
};
/// One replay, or two to compare, one below the other.
std::string queue(const std::vector<Replayed>& replays, const Screen& screen);
/// "version": 1; times in seconds. The second replay stands in "against".
std::string queue_json(const std::vector<Replayed>& replays);

/// Head and lines of the file of starts, in the columns of the Helios artifact and one more: times in seconds
/// since `begin`, the first job's submission.
extern const char* const starts_header;
std::string starts_line(const sim::JobOutcome& outcome, Instant begin);

/// "2 nodes, 16 GPUs in 2 sealed clusters"
std::string machines(const sim::QueueAnswer& answer);

/// What was left out, in sentences; nothing where all went in.
std::vector<std::string> remarks(const sim::QueueAnswer& answer);

}  // namespace busbar::cli::render
