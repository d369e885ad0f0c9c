// SPDX-License-Identifier: Apache-2.0
// job.hpp: one job in full, as `show` and `why` tell it. Pure but for the time zone: values in, text out.
#pragma once
#include <string>

#include "cli/detail.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {

/// Everything: who, when, how it stands, every setting (what nobody chose is marked as default), tasks, use.
std::string job(const Detail& detail, Instant now, const Screen& screen);

/// "job 7  train  PENDING since 2026-11-21 09:00:00"
std::string headline(const JobAnswer& job, const Screen& screen);

}  // namespace busbar::cli::render
