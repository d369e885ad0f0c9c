// SPDX-License-Identifier: Apache-2.0
// prices.hpp: the offers a plan goes by: those that ship, and the user's own files; and what day it is.
#pragma once
#include <vector>

#include "cli/plan_flags.hpp"

namespace busbar::cli {

/// Own files before the catalogue. Errors: a file that cannot be read (unavailable) or is wrong (invalid).
Result<std::vector<estimate::Offer>> offers_of(const Prices& prices);
/// The whole of a file, up to 64 MiB. Errors: Errc::unavailable, with its path.
Result<std::string> read_table(const std::string& path);
/// The same to write.
Status write_file(const std::string& path, const std::string& text);

/// The day that was asked for, else today.
estimate::Date date_of(const Prices& prices);

}  // namespace busbar::cli
