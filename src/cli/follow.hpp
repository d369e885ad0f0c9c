// SPDX-License-Identifier: Apache-2.0
// follow.hpp: staying with a job until it is over: its output, what it waits for, a server that comes and
// goes.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/interrupts.hpp"
#include "cli/remote.hpp"

namespace busbar::cli {

enum class Stream { out, err, note };
/// "out", "err"; everything else is a note.
Stream stream_of(std::string_view word);

/// The bytes of one output line of the API: "text", or "base64" where they are no UTF-8.
std::string bytes_of(const json::value& piece);

struct FollowOptions {
  /// Takes the job's output; false when nobody reads it any more. Absent: output is not asked for.
  std::function<bool(Stream, std::string_view)> output;
  /// Takes remarks for a person; absent: none are made.
  std::function<void(const std::string&)> remark;
  /// Takes the answers to keys, which whoever pressed them is owed.
  std::function<void(const std::string&)> answer;
  Duration first_remark = std::chrono::seconds(1);  // how long a job may wait before that is told
  bool tell_waits = true;                           // remark on why a job waits
  bool every_task = true;                           // output of all tasks, not of `task` alone
  int task = 0;
  std::optional<int> attempt;  // this one only
  std::int64_t from = 0;       // position in the output of `task`
  Patience patience;
  JobId stop_as;  // what a second Ctrl-C stops (an array, for its element); 0: Ctrl-C only leaves
};

/// How following came to its end, beside errors.
struct Followed {
  enum class By {
    job_over,
    reader_gone,  // nobody reads the output
    left,         // Ctrl-\, or Ctrl-C where there is nothing to stop
    stopped,      // a second Ctrl-C stopped the job
  } by = By::job_over;
  JobAnswer job;
};

/// Errors: Errc::unavailable when the server stayed away for longer than `patience`; else what the server
/// said. Output is handed over exactly once, in order of each task, also across servers.
Result<Followed> follow(Remote& remote, JobId id, const FollowOptions& options, Interrupts& interrupts);

}  // namespace busbar::cli
