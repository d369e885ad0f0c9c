// SPDX-License-Identifier: Apache-2.0
// policy.hpp: the rules that a server or a replay may run under, by name.
#pragma once
#include <string_view>
#include <vector>

#include "model/rules.hpp"

namespace busbar::model {

struct Policy {
  const char* name;
  const char* says;
  Rules rules;
  /// For replays alone: each job states how long it will run as its time limit. Nobody knows that: it is a
  /// bound to compare with.
  bool oracle = false;
};

const std::vector<Policy>& policies();
/// nullptr where there is none of this name.
const Policy* policy_named(std::string_view name);
/// Of equal rules the first; where somebody chose another placement, by who goes first and who may pass.
const Policy* policy_of(const Rules& rules);

}  // namespace busbar::model
