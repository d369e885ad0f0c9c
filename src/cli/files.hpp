// SPDX-License-Identifier: Apache-2.0
// files.hpp: tables that are read whole, and pages that are written.
#pragma once
#include <string>

#include "base/result.hpp"

namespace busbar::cli {

/// The whole of a file, up to 64 MiB. Errors: Errc::unavailable, with its path.
Result<std::string> read_table(const std::string& path);
Status write_file(const std::string& path, const std::string& text);

}  // namespace busbar::cli
