// SPDX-License-Identifier: Apache-2.0
// reservations.hpp: which machines are kept for whom, as text. Pure: the API's JSON in, text out.
#pragma once
#include <string>

#include "cli/answer.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {

std::string reservations(const json::value& answer, const Screen& screen);

}  // namespace busbar::cli::render
