// SPDX-License-Identifier: Apache-2.0
// policy_flags.hpp: the rules that decide, as they are called on the command line.
#pragma once
#include <string>

#include "base/result.hpp"
#include "model/policy.hpp"

namespace busbar::cli {

/// "easy". A replay may also run under those that know true run times. Errors say which there are.
Result<const model::Policy*> parse_policy(const std::string& text, bool is_replay);

/// "best-fit"
Result<model::Rules::Fit> parse_placement(const std::string& text);
std::string name_of(model::Rules::Fit placement);

}  // namespace busbar::cli
