// SPDX-License-Identifier: Apache-2.0
// shipped.hpp: the catalogue that comes with the program: every table of the folder catalog/, byte for byte.
#pragma once
#include <string_view>

namespace busbar::estimate {

/// The text of catalog/NAME.csv. A name that is not there is a defect of the program, which ends.
std::string_view shipped(std::string_view name);

}  // namespace busbar::estimate
