// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_flags.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "wire/fields.hpp"

namespace busbar::cli {
namespace {

constexpr auto placements = wire::words(wire::Of<model::Rules::Fit>{});

Error wrong(const std::string& found, const std::vector<std::string>& known) {
  const std::string near = text::nearest(found, known);
  const std::string right = near.empty() ? "one of " + text::join(known, ", ") : near;
  return {Errc::invalid, "found " + text::quote(found) + "; " + right + " would be right"};
}

}  // namespace

Result<const model::Policy*> parse_policy(const std::string& text, bool is_replay) {
  const model::Policy* policy = model::policy_named(text);
  if (policy && (is_replay || !policy->oracle)) return policy;
  std::vector<std::string> known;
  for (const model::Policy& each : model::policies())
    if (is_replay || !each.oracle) known.emplace_back(each.name);
  return wrong(text, known);
}

Result<model::Rules::Fit> parse_placement(const std::string& text) {
  const auto found = std::ranges::find(placements, text);
  if (found == placements.end()) return wrong(text, {placements.begin(), placements.end()});
  return model::Rules::Fit(found - placements.begin());
}

std::string name_of(model::Rules::Fit placement) {
  return std::string(placements[static_cast<std::size_t>(placement)]);
}

}  // namespace busbar::cli
