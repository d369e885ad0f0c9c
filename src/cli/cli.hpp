// SPDX-License-Identifier: Apache-2.0
// cli.hpp: the command line's door. Everything a person types comes in here; what only the program itself can
// supply (the server, the check of a journal) is handed in.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/units.hpp"
#include "model/quota.hpp"
#include "model/rules.hpp"

namespace busbar::cli {

/// What `up` and `server` were told. An absent setting means "as it is": the journal's, or the default in a
/// new one.
struct ServerFlags {
  std::string state;                               // absolute path of the state folder
  std::optional<std::vector<std::string>> labels;  // empty takes them back
  std::optional<std::string> declared_gpus;        // "" takes a declaration back
  std::optional<std::string> isolation;            // "full" or "plain"
  std::optional<Duration> half_life;
  std::optional<Bytes> log_limit;
  std::optional<int> process_limit;
  std::optional<Duration> preempt_after;       // negative: never
  std::optional<std::string> policy;           // of model::policies()
  std::optional<model::Rules::Fit> placement;  // none beside a policy: that policy's own
  std::optional<int> moves;                    // thousandths of the running tasks in an hour
  std::optional<int> lend_cpus;  // thousandths of samples in which a task may go short; 0: none are lent
  std::optional<int> spare;      // machines that may fail
  std::optional<std::optional<int>> priority_limit;  // within: none, everybody may ask for anything
  std::optional<model::Quotas> shares;               // of projects; empty takes them all back
  bool operator==(const ServerFlags&) const = default;
};

struct Hooks {
  std::function<int(const ServerFlags&)> run_server;  // in the foreground, until it is told to go
  std::function<int(const std::string& state_folder, bool json)> check;  // prints its findings
  std::string version;                                                   // "0.1.0"
};

/// Runs one command and gives the exit code. Throws nothing; every mistake becomes a sentence on stderr.
int main(int argc, char** argv, const Hooks& hooks);

}  // namespace busbar::cli
