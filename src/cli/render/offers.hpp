// SPDX-License-Identifier: Apache-2.0
// offers.hpp: what `busbar plan offers` answers, for people and for programs.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/offers.hpp"

namespace busbar::cli::render {

/// The answer, the first so many choices as a table, what it takes for granted (`remarks`
/// besides), what would be cheaper.
std::string offers(const plan::OffersQuestion& question, const plan::OffersAnswer& answer, std::size_t first,
                   const std::vector<std::string>& remarks, const Screen& screen);
std::string offers_json(const plan::OffersQuestion& question, const plan::OffersAnswer& answer,
                        std::size_t first, const std::vector<std::string>& remarks);

}  // namespace busbar::cli::render
