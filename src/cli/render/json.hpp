// SPDX-License-Identifier: Apache-2.0
// json.hpp: how answers of `busbar plan` write numbers and end.
#pragma once
#include <string>
#include <vector>

#include "wire/json_out.hpp"

namespace busbar::cli::render {

/// Six digits: more than any of them is known to.
void number(wire::JsonOut& out, const char* name, double value);
/// What was taken for granted, and the end: closes the object that `out` opened first.
std::string finished(wire::JsonOut& out, const std::vector<std::string>& assumptions);

}  // namespace busbar::cli::render
