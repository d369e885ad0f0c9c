// SPDX-License-Identifier: Apache-2.0
// args.hpp: the words of one command sorted into flags and operands; what their values mean is not looked at
// here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"

namespace busbar::cli {

struct Tokens {
  std::map<std::string, std::vector<std::string>> flags;  // by long name, "--gpus": every value, in order
  std::vector<std::string> operands;
  bool dashes = false;  // the operands stood behind "--"

  bool has(const std::string& flag) const { return flags.count(flag) != 0; }
  /// The last value given, nothing when the flag was not.
  std::optional<std::string> value(const std::string& flag) const;
};

/// Errors: a flag the command does not have (with the nearest it has), a missing value, a value for a switch.
Result<Tokens> tokenize(const Command& command, const std::vector<std::string>& words);

}  // namespace busbar::cli
