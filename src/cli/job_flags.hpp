// SPDX-License-Identifier: Apache-2.0
// job_flags.hpp: the values of the flags by which a job is described.
#pragma once
#include "cli/args.hpp"
#include "wire/moment.hpp"

namespace busbar::cli {

/// Errors name the flag, what was found and what would be right.
Result<JobFlags> read_job_flags(const Tokens& tokens);

/// What was given on the command line beats what `spec` says. Errors: a moment that is none.
Status lay_over(const JobFlags& flags, model::JobSpec& spec, const wire::LocalTime& local);

}  // namespace busbar::cli
