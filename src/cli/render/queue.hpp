// SPDX-License-Identifier: Apache-2.0
// queue.hpp: what `busbar sim queue` found, for people and for programs. Pure: values in, text out.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "sim/queue.hpp"

namespace busbar::cli::render {

/// `took`: how long the replay took on this machine, for the rate of events.
std::string queue(const sim::QueueAnswer& answer, Duration took, const Screen& screen);
/// "version": 1; times in seconds.
std::string queue_json(const sim::QueueAnswer& answer, Duration took);

/// Head and lines of the file of starts, in the columns of the Helios artifact and one more: times in seconds
/// since `begin`, the first job's submission.
extern const char* const starts_header;
std::string starts_line(const sim::JobOutcome& outcome, Instant begin);

/// What was left out, in sentences; nothing where all went in.
std::vector<std::string> remarks(const sim::QueueAnswer& answer);

}  // namespace busbar::cli::render
