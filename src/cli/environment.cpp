// SPDX-License-Identifier: Apache-2.0
#include "cli/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace busbar::cli {
namespace {

constexpr std::array<std::string_view, 9> families = {"BUSBAR_", "SLURM_", "SSH_",  "DBUS_",  "XDG_SESSION_",
                                                      "TMUX",    "VTE_",   "SUDO_", "LISTEN_"};
constexpr std::array<std::string_view, 22> single = {
    "DISPLAY",    "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
    "XDG_SEAT",   "XDG_VTNR",        "STY",        "WINDOW",
    "WINDOWID",   "GPG_TTY",         "TTY",        "COLUMNS",
    "LINES",      "OLDPWD",          "SHLVL",      "_",
    "PWD",        "INVOCATION_ID",   "MAINPID",    "JOURNAL_STREAM",
    "MANAGERPID", "NOTIFY_SOCKET"};

auto find(Variables& env, std::string_view name) {
  return std::find_if(env.begin(), env.end(), [&](const auto& variable) { return variable.first == name; });
}

void put(Variables& env, std::string name, std::string value) {
  const auto known = find(env, name);
  if (known != env.end()) {
    known->second = std::move(value);
  } else {
    env.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace

Variables own_variables() {
  Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

bool travels(std::string_view name) {
  const auto begins = [&](std::string_view family) { return name.substr(0, family.size()) == family; };
  return std::none_of(families.begin(), families.end(), begins) &&
         std::find(single.begin(), single.end(), name) == single.end();
}

Result<Variables> lay_over(Variables env, const Variables& from, const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.find('=');
    if (equals != std::string::npos) {
      put(env, flag.substr(0, equals), flag.substr(equals + 1));
      continue;
    }
    const auto mine =
        std::find_if(from.begin(), from.end(), [&](const auto& variable) { return variable.first == flag; });
    if (mine == from.end()) {
      return Error{Errc::invalid,
                   "--env " + flag + ": " + flag + " is not set here; write --env " + flag + "=value"};
    }
    put(env, flag, mine->second);
  }
  return env;
}

Result<Variables> environment_of_job(const Variables& from, const std::vector<std::string>& flags) {
  Variables env;
  env.reserve(from.size());
  std::copy_if(from.begin(), from.end(), std::back_inserter(env),
               [](const auto& variable) { return travels(variable.first); });
  return lay_over(std::move(env), from, flags);
}

}  // namespace busbar::cli
