// SPDX-License-Identifier: Apache-2.0
// interrupts.hpp: Ctrl-C, Ctrl-\ and a clock's tick while a command follows a job, as questions that can be
// asked.
#pragma once
#include <signal.h>

#include "base/units.hpp"

namespace busbar::cli {

/// Takes the signals while it lives; one at a time in a process. A blocking call is woken by them with EINTR
/// (a stream of net::Client sleeps through none). Closed pipes become errors of write().
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int presses() const;  // of Ctrl-C, since the beginning
  bool leave() const;   // Ctrl-\ was pressed
  /// True once after each tick_after().
  bool ticked();
  /// Ticks once after `delay`; zero: not at all.
  void tick_after(Duration delay);

 private:
  struct sigaction former_int_{}, former_quit_{}, former_alarm_{}, former_pipe_{};
};

}  // namespace busbar::cli
