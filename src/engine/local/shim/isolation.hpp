// SPDX-License-Identifier: Apache-2.0
// isolation.hpp: a PID namespace for one task, so that nothing can outlive it (ADR 7).
#pragma once
#include <sys/types.h>

#include "engine/local/shim/system.hpp"

namespace busbar::shim {

/// A small process 1 of a new PID namespace. When it is killed the kernel kills everything in there.
class Namespace {
 public:
  /// Puts this process's future children into a new PID namespace with a /proc of its own. A process without
  /// root's rights does so in a user namespace. False where the kernel refuses: nothing has changed then.
  bool enter();
  pid_t init() const { return init_; }
  /// Kills and reaps all that is inside.
  void end();

 private:
  pid_t init_ = 0;
};

/// Whether this machine allows it; tried in a child.
bool namespaces_work();

}  // namespace busbar::shim
