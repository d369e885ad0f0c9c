// SPDX-License-Identifier: Apache-2.0
// words.hpp: numbers into sentences. The only place where a Reason becomes language.
#pragma once
#include <string>

#include "base/units.hpp"
#include "model/job.hpp"
#include "model/reason.hpp"

namespace busbar::wire {

/// One line: "needs 2 GPUs on one machine; the most that is free is 1 of 2; starts at the latest at 14:05 (in
/// 12 min)".
std::string in_words(const model::Reason& reason, Instant now);
/// What whoever is refused could do about it: "try: -g 1, or --hold-for-nodes to queue it all the same"; ""
/// when only waiting helps.
std::string advice(const model::Reason& reason);
/// Of a job that is queued, with advice for one:
/// {"kind":"busy","scarce":"gpus","wanted":2,...,"words":"..","advice":".."}
std::string encode(const model::Reason& reason, Instant now);

/// "it ended with exit code 3", "killed by SIGSEGV (signal 11)", "over its memory limit of 64 MiB", "over its
/// time limit".
std::string ending_in_words(const model::Job& job);

}  // namespace busbar::wire
