// SPDX-License-Identifier: Apache-2.0
// queue_flags.hpp: the flags of `busbar sim queue` as what is asked of the simulator.
#pragma once
#include <optional>
#include <string>

#include "sim/queue.hpp"

namespace busbar::cli {

struct Tokens;

struct QueueFlags {
  sim::QueueQuestion question;
  /// Of a second replay to compare with.
  std::optional<model::Policy> against;
  std::string more;                 // machines that the second replay has besides
  std::int64_t gpu_hour_milli = 0;  // what an hour of one GPU costs, in thousandths; 0: not told
  std::string starts;               // a file to write; "" for none
  std::string report;               // likewise
  /// Of the jobs that wait, every so-manieth is asked when it will start; 0: none.
  std::int64_t when_every = 0;
};

/// Errors name the flag, what was found and what would be right.
Result<QueueFlags> read_queue_flags(const Tokens& tokens);

}  // namespace busbar::cli
