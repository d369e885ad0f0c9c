// SPDX-License-Identifier: Apache-2.0
// table_flags.hpp: what `plan predict` and `plan score` are asked.
#pragma once
#include <string>

namespace busbar::cli {

struct TableFlags {
  std::string file;       // of measured runs; "-" is stdin
  std::string constants;  // a table of learned constants in place of the program's own; "" when not given
};

}  // namespace busbar::cli
