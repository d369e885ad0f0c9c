// SPDX-License-Identifier: Apache-2.0
// command.hpp: the user's program as a child of the shim: forked, made its owner's, held at a gate, let go.
#pragma once
#include <sys/types.h>

#include <string>

#include "engine/local/shim/protocol.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::shim {

/// What a child that could not become the command tells through the gate.
struct StartFailure {
  enum class Step : int { none, identity, folder, program } step = Step::none;
  int error = 0;
};

class Command {
 public:
  /// Forks a child that takes on the owner's identity and folder and waits at the gate. `out` and `err`
  /// become its output. Gives what went wrong on the way, with Step::none when it stands ready.
  StartFailure prepare(const TaskOrder& order, int out, int err);
  /// Lets it become the program.
  void let_go();
  /// Why the program could not be run, when it could not; known once the child has ended.
  StartFailure program_failure();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  Fd gate_;
};

}  // namespace busbar::shim
