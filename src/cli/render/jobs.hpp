// SPDX-License-Identifier: Apache-2.0
// jobs.hpp: the list of jobs, as `ps` shows it. Pure: values in, text out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/answer.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {

/// One row a job; waiting elements of an array that look alike share one: "12_[3-99]".
std::string jobs(const std::vector<JobAnswer>& jobs, Instant now, const Screen& screen);

Tone tone_of(std::string_view state);
/// "3-99", "1,4,7-9"; what is over about 24 characters ends in "...".
std::string ranges(const std::vector<int>& sorted);
/// Devices of all tasks on their machines: "0,1", a share as "0(0.5)"; "" for none.
std::string devices_of(const JobAnswer& job);
/// "n1", "n1 +2" when tasks run on three machines.
std::string nodes_of(const JobAnswer& job);
/// How long it has run, or ran; nothing before it started.
std::optional<Duration> ran(const JobAnswer& job, Instant now);
/// What the list says of a job's end or wait.
std::string reason_of(const JobAnswer& job);

}  // namespace busbar::cli::render
