// SPDX-License-Identifier: Apache-2.0
// place.hpp: errors of job files say where: "train.yaml:7: resources.cpus: found ...".
#pragma once
#include <string>
#include <utility>

#include "base/result.hpp"

namespace busbar::wire {

inline Error at(const std::string& where, Error error) {
  if (!where.empty()) error.message.insert(0, where + ": ");
  return error;
}
inline Error invalid(std::string message) { return {Errc::invalid, std::move(message)}; }

inline std::string line_of(std::string_view file, std::size_t line) {
  return std::string(file) + ":" + std::to_string(line);
}

/// What was parsed into its place, or the parser's complaint.
template <class Parsed, class Target>
Status assign(Result<Parsed> parsed, Target& target) {
  if (!parsed) return parsed.error();
  target = static_cast<Target>(std::move(*parsed));
  return Done{};
}

}  // namespace busbar::wire
