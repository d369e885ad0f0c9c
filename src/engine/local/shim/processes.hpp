// SPDX-License-Identifier: Apache-2.0
// processes.hpp: the tree of processes below one, as /proc tells it: to signal them, to weigh them, to be rid
// of them.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "engine/local/shim/system.hpp"

namespace busbar::shim {

class Processes {
 public:
  /// Opens the machine's /proc before a namespace may mount another over it.
  Processes();
  /// Living descendants of this process but `except`. One that is born meanwhile may be missed. About `most`
  /// at the most: a fork bomb grows faster than it can be walked.
  std::vector<pid_t> descendants(pid_t except = 0, std::size_t most = 10'000) const;
  /// Whether `pid` has a handler of its own for `signal`.
  bool catches(pid_t pid, int signal) const;
  /// Bytes of memory in use by all of them; shared pages are counted once when `limit` seems to be exceeded.
  std::int64_t memory(const std::vector<pid_t>& pids, std::int64_t limit) const;
  /// Kills all descendants, and theirs, until none is left, and reaps them.
  void kill_all() const;

 private:
  void add_children(pid_t pid, std::vector<pid_t>& found) const;
  Fd proc_;
  pid_t self_;
};

}  // namespace busbar::shim
