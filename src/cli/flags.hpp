// SPDX-License-Identifier: Apache-2.0
// flags.hpp: every command and flag there is, as a table: parsing, help and "did you mean" read the same
// rows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.hpp"

namespace busbar::cli {

struct Flag {
  const char* names;  // "-g,-G,--gpus": the last is the one that messages use
  const char* value;  // how its value is written, "N[:MODEL]"; "" for a switch
  const char* says;
};

struct Command {
  Verb verb;
  const char* name;
  const char* operands;  // "ID...", "-- COMMAND..."
  const char* says;
  bool runs_command;  // the first operand ends the flags: what follows belongs to the command
  std::vector<std::vector<Flag>> flags;
};

const std::vector<Command>& commands();
/// nullptr when there is none of this name.
const Command* command_named(std::string_view name);

std::string help();
std::string help(const Command& command);

/// "--gpus" for the row "-g,-G,--gpus".
std::string long_name(const Flag& flag);
/// Every spelling of every flag of a command.
std::vector<std::string> spellings(const Command& command);
/// nullptr when the command has no flag spelt so.
const Flag* flag_spelt(const Command& command, std::string_view spelling);

}  // namespace busbar::cli
