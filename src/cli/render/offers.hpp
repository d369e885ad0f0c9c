// SPDX-License-Identifier: Apache-2.0
// offers.hpp: what `busbar plan offers` answers, for people and for programs.
#pragma once
#include <string>

#include "cli/terminal.hpp"
#include "plan/offers.hpp"

namespace busbar::cli::render {

/// The answer, the first so many choices as a table, what it takes for granted, what would be cheaper.
std::string offers(const plan::OffersQuestion& question, const plan::OffersAnswer& answer, std::size_t first,
                   const Screen& screen);
std::string offers_json(const plan::OffersQuestion& question, const plan::OffersAnswer& answer,
                        std::size_t first);

}  // namespace busbar::cli::render
