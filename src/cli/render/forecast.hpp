// SPDX-License-Identifier: Apache-2.0
// forecast.hpp: what `when` and `try` were told, in sentences. Pure but for the time zone: values in, text
// out.
#pragma once
#include <string>

#include "cli/answer.hpp"
#include "model/job.hpp"

namespace busbar::cli::render {

/// Under a headline. "  starts between .. and .., most likely about .. (80 of 100 futures), if nobody submits
/// anything more"; of a running job when it ends.
std::string when(const json::value& answer);

/// Whether it would start at once, where, and what that would mean for others and cost; else when, and what
/// it would wait for.
std::string outlook(const json::value& answer, const model::JobSpec& spec);

}  // namespace busbar::cli::render
