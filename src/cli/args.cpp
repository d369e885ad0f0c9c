// SPDX-License-Identifier: Apache-2.0
// The only file that knows CLI11. Only the flags of the command at hand are built: a client lives for
// milliseconds.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/text.hpp"
#include "cli/args.hpp"

namespace busbar::cli {
namespace {

Error unknown_flag(const Command& command, const std::string& word) {
  const std::string flag = word.substr(0, word.find('='));
  const std::string name = command.name;
  std::string message = flag + ": not a flag of busbar " + name;
  const std::string near = text::nearest(flag, spellings(command));
  if (near.empty()) return {Errc::invalid, message + "; busbar " + name + " --help lists them"};
  return {Errc::invalid, message + "; did you mean " + near + "?"};
}

Error missing_value(const Command& command, const std::string& word) {
  const Flag* flag = flag_spelt(command, word);
  if (flag == nullptr)
    return {Errc::invalid, word + " needs a value; busbar " + command.name + " --help says which"};
  return {Errc::invalid, word + " needs a value: " + word + " " + flag->value};
}

/// "--name=": CLI11 would take the next word for the value. Looks as far as the first operand.
const std::string* empty_value(const Command& command, const std::vector<std::string>& words) {
  bool is_value = false;
  for (const std::string& word : words) {
    if (!is_value && (word.empty() || word[0] != '-')) return nullptr;
    const Flag* flag = is_value ? nullptr : flag_spelt(command, word.substr(0, word.find('=')));
    if (flag != nullptr && *flag->value != 0 && word.back() == '=') return &word;
    is_value = flag != nullptr && *flag->value != 0 && word.find('=') == std::string::npos;
  }
  return nullptr;
}

/// Moves what CLI11 found into `tokens`; the names are those of the table.
Status collect(const Command& command, const CLI::App& app, Tokens& tokens) {
  for (const auto& group : command.flags) {
    for (const Flag& flag : group) {
      const std::string name = long_name(flag);
      const CLI::Option* option = app.get_option(name);
      if (option->count() == 0) continue;
      if (*flag.value == 0 && option->results().back() != "true") {
        return Error{Errc::invalid,
                     name + " takes no value, but was given " + text::quote(option->results().back())};
      }
      tokens.flags[name] = option->results();
    }
  }
  return Done{};
}

}  // namespace

Result<Tokens> tokenize(const Command& command, const std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  const std::vector<std::string> before(words.begin(), dashes);
  if (const std::string* word = empty_value(command, before)) {
    return Error{Errc::invalid, word->substr(0, word->size() - 1) + ": the value is empty"};
  }

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  if (command.runs_command) app.prefix_command();
  for (const auto& group : command.flags) {
    for (const Flag& flag : group) {
      CLI::Option* option = *flag.value != 0 ? app.add_option(flag.names) : app.add_flag(flag.names);
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
  try {
    app.parse(std::vector<std::string>(before.rbegin(), before.rend()));
  } catch (const CLI::ArgumentMismatch&) {
    return missing_value(command,
                         before.back());  // every valued flag takes one word, so only the last can lack it
  } catch (const CLI::Error& error) {
    return Error{Errc::invalid, error.what()};
  }

  Tokens tokens;
  Status collected = collect(command, app, tokens);
  if (!collected) return collected.error();
  tokens.operands = app.remaining();
  for (const std::string& word : tokens.operands) {
    if (word.size() > 1 && word[0] == '-') return unknown_flag(command, word);
    if (command.runs_command) break;  // from the first operand on, words belong to the command
  }
  if (dashes != words.end()) {
    // `run echo -- x`: a command has begun already, so the dashes are its own.
    if (command.runs_command && !tokens.operands.empty()) tokens.operands.push_back("--");
    tokens.dashes = tokens.operands.empty();
    tokens.operands.insert(tokens.operands.end(), dashes + 1, words.end());
  }
  return tokens;
}

std::optional<std::string> Tokens::value(const std::string& flag) const {
  const auto found = flags.find(flag);
  if (found == flags.end()) return std::nullopt;
  return found->second.back();
}

}  // namespace busbar::cli
