// SPDX-License-Identifier: Apache-2.0
// environment.hpp: variables of a job, in the order in which they were named, each once.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "model/job.hpp"
#include "wire/place.hpp"

namespace busbar::wire {

using Environment = std::vector<std::pair<std::string, std::string>>;

inline auto find_variable(const Environment& env, std::string_view name) {
  return std::find_if(env.begin(), env.end(), [&](const auto& each) { return each.first == name; });
}

/// Sets or replaces one. Bounded, as each is looked for in a list that may come from anybody's file.
inline Status set_variable(Environment& env, const std::string& name, std::string value) {
  constexpr std::size_t most = 10'000;
  const auto known = find_variable(env, name);
  if (known != env.end()) {
    env[static_cast<std::size_t>(known - env.begin())].second = std::move(value);
  } else if (env.size() < most) {
    env.emplace_back(name, std::move(value));
  } else {
    return invalid("found more than " + std::to_string(most) + " variables; fewer would be right");
  }
  return Done{};
}

}  // namespace busbar::wire
