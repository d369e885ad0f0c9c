// SPDX-License-Identifier: Apache-2.0
// exit_code.hpp: how a command ends, as docs/cli.md promises.
#pragma once
#include "base/result.hpp"
#include "cli/answer.hpp"

namespace busbar::cli {

namespace exit_code {
constexpr int failed = 1;
constexpr int usage = 2;
constexpr int timeout = 124;
constexpr int busbar_failed = 125;
constexpr int cancelled = 130;
constexpr int out_of_memory = 137;
}  // namespace exit_code

/// Of a job that is over: its own code, 128 + n for signal n, or what Busbar did to it.
int exit_code_of(const JobAnswer& job);
/// Of a command that could not do its work.
int exit_code_of(const Error& error);
/// Of `run` and `wait`, whose other codes are the job's own: 125 where Busbar itself failed.
int exit_code_in_place_of_a_job(const Error& error);

/// Says what went wrong on stderr and gives the code with which to end.
int failed(const Error& error);
int failed_for_a_job(const Error& error);

}  // namespace busbar::cli
