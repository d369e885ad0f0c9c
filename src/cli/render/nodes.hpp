// SPDX-License-Identifier: Apache-2.0
// nodes.hpp: machines, their devices and how limits are held, as text. Pure: the API's JSON in, text out.
#pragma once
#include <string>

#include "cli/answer.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {

/// `nodes`: a paragraph for each machine.
std::string nodes(const json::value& answer, const Screen& screen);

/// One line for `up`: "2 CPUs, 23.4 GiB of memory, 4 x H100 80 GiB (declared)"; "" while there is no machine.
std::string inventory(const json::value& answer);

}  // namespace busbar::cli::render
