// SPDX-License-Identifier: Apache-2.0
// usage.hpp: what projects are guaranteed, hold and borrow, as a table. Pure: values in, text out.
#pragma once
#include <string>

#include "cli/answer.hpp"
#include "cli/terminal.hpp"

namespace busbar::cli::render {

/// Of GET /v1/usage.
std::string usage(const json::value& answer, const Screen& screen);

}  // namespace busbar::cli::render
