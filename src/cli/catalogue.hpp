// SPDX-License-Identifier: Apache-2.0
// catalogue.hpp: what a plan goes by here: the catalogue that ships, the tables of the user's configuration
// folder, those of the command line; and what day it is.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/place.hpp"
#include "estimate/catalogue.hpp"

namespace busbar::cli {

struct OwnCatalogue {
  estimate::Catalogue catalogue;
  std::vector<std::string> remarks;  // which tables were added and what their blanks stand for
};

/// Every *.csv of config_folder()/catalog by name, then `paths` in their order; a later row takes the place
/// of an earlier one. Errors: a table that cannot be read (unavailable) or is wrong (invalid), with its path.
Result<OwnCatalogue> catalogue_of(const std::vector<std::string>& paths);
/// The same, with the folder that is looked in ("" for none).
Result<OwnCatalogue> catalogue_of(const std::string& folder, const std::vector<std::string>& paths);

/// The day that was asked for, else today.
estimate::Date date_of(const std::optional<estimate::Date>& asked);

}  // namespace busbar::cli
