// SPDX-License-Identifier: Apache-2.0
// running_server.hpp: starting a server that outlives its starter, waiting for its end, comparing how it was
// set up.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/answer.hpp"
#include "cli/cli.hpp"

namespace busbar::cli {

/// What GET /v1/version says.
struct ServerAnswer {
  std::string version, state, degraded;
  pid_t pid = 0;
  std::uint32_t uid = 0;   // whom it runs as
  bool everybody = false;  // it serves others, too
  ServerFlags settings;
};
ServerAnswer read_server(const json::value& version);

/// "--isolation is full there, plain was asked for"; one line each; empty when all that was asked for is so.
std::vector<std::string> differences(const ServerFlags& asked, const ServerFlags& running);

/// The command line of a server with these flags.
std::vector<std::string> server_words(const ServerFlags& flags);

/// Starts this very program as a server in a session of its own: no descriptor of ours, / as its folder,
/// output at the end of `log`. Errors: the folder or the log cannot be made.
Result<pid_t> start_server(const ServerFlags& flags, const std::string& log);

/// Looks whether a child of ours has ended, without waiting.
bool has_ended(pid_t child);

/// What stands in a file from position `from` on, at most its last `lines` lines.
std::string last_lines(const std::string& path, std::int64_t from, std::size_t lines);
std::int64_t size_of(const std::string& path);

/// A process that is to end, held so that its number cannot be somebody else's.
class Ending {
 public:
  explicit Ending(pid_t pid);
  ~Ending();
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  /// True when it is gone; false when it is still there after `patience`.
  bool wait(Duration patience) const;

 private:
  int fd_;  // of the process; -1: it had gone already
};

}  // namespace busbar::cli
