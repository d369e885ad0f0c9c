// SPDX-License-Identifier: Apache-2.0
// place.hpp: errors of job files say where: "train.yaml:7: resources.cpus: found ...".
#pragma once
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/text.hpp"

namespace busbar::wire {

inline Error at(const std::string& where, Error error) {
  if (!where.empty()) error.message.insert(0, where + ": ");
  return error;
}
inline Error invalid(std::string message) { return {Errc::invalid, std::move(message)}; }

inline std::string line_of(std::string_view file, std::size_t line) {
  return std::string(file) + ":" + std::to_string(line);
}

/// A name out of a file as it can be told: as it stands when it is plain, else quoted.
inline std::string displayed(const std::string& name) {
  const std::string quoted = text::quote(name);
  return !name.empty() && quoted.size() == name.size() + 2 && quoted.find(name) == 1 ? name : quoted;
}

/// What was parsed into its place, or the parser's complaint.
template <class Parsed, class Target>
Status assign(Result<Parsed> parsed, Target& target) {
  if (!parsed) return parsed.error();
  target = static_cast<Target>(std::move(*parsed));
  return Done{};
}

}  // namespace busbar::wire
