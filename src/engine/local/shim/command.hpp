// SPDX-License-Identifier: Apache-2.0
// command.hpp: the user's program as a child of the shim. It is started as vfork does: the child borrows our
// memory until it becomes the program, so nothing is copied, and we stand still meanwhile.
#pragma once
#include <sys/types.h>

#include <functional>
#include <string>

#include "engine/local/shim/protocol.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::shim {

/// Why a child could not become the command.
struct StartFailure {
  enum class Step { none, process, identity, folder, record, program } step = Step::none;
  int error = 0;
};

class Command {
 public:
  /// Both are called in the child.
  struct Steps {
    std::function<void()> enter;  // first of all, with our own rights
    std::function<bool(pid_t)>
        ready;  // last, with its pid as the machine counts: the program runs only when this succeeds
  };
  /// Returns when the program runs, or with the reason why not. After Step::program there was a process, and
  /// it ended.
  StartFailure start(const TaskOrder& order, int out, int err, const Steps& steps);
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

}  // namespace busbar::shim
