// SPDX-License-Identifier: Apache-2.0
#include "cli/render/json.hpp"

#include <fmt/format.h>

namespace busbar::cli::render {

void number(wire::JsonOut& out, const char* name, double value) {
  out.key(name), out.raw(fmt::format("{:.6g}", value));
}

std::string finished(wire::JsonOut& out, const std::vector<std::string>& assumptions) {
  out.key("assumptions"), out.open('[');
  for (const std::string& each : assumptions) out.word(each);
  out.close(']'), out.close('}');
  return out.text + "\n";
}

}  // namespace busbar::cli::render
