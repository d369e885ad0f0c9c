// SPDX-License-Identifier: Apache-2.0
// tco.hpp: what `busbar plan tco` answers, for people and for programs.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/tco.hpp"

namespace busbar::cli::render {

/// What the question takes for granted, a sentence each, with the flag that changes it.
std::vector<std::string> assumptions(const plan::TcoQuestion& question);

std::string tco(const plan::TcoQuestion& question, const plan::TcoAnswer& answer,
                const std::vector<std::string>& remarks, const Screen& screen);
std::string tco_json(const plan::TcoQuestion& question, const plan::TcoAnswer& answer,
                     const std::vector<std::string>& remarks);

}  // namespace busbar::cli::render
