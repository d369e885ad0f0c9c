// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupts.hpp"

#include <sys/time.h>

namespace busbar::cli {
namespace {

volatile sig_atomic_t g_presses = 0, g_leave = 0, g_ticked = 0;

void on_key(int signal) {
  if (signal == SIGINT) g_presses = g_presses + 1;
  if (signal == SIGQUIT) g_leave = 1;
}
void on_tick(int) { g_ticked = 1; }

void take(int signal, void (*handler)(int), struct sigaction& former) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a blocking read is to be woken
  ::sigaction(signal, &action, &former);
}

}  // namespace

Interrupts::Interrupts() {
  g_presses = 0;
  g_leave = 0;
  g_ticked = 0;
  take(SIGINT, on_key, former_int_);
  take(SIGQUIT, on_key, former_quit_);
  take(SIGALRM, on_tick, former_alarm_);
  take(SIGPIPE, SIG_IGN, former_pipe_);
  // Whoever started us deaf to Ctrl-C (nohup, a background job of a script) meant it.
  if (former_int_.sa_handler == SIG_IGN) ::sigaction(SIGINT, &former_int_, nullptr);
  if (former_quit_.sa_handler == SIG_IGN) ::sigaction(SIGQUIT, &former_quit_, nullptr);
}

Interrupts::~Interrupts() {
  tick_after(Duration(0));
  ::sigaction(SIGINT, &former_int_, nullptr);
  ::sigaction(SIGQUIT, &former_quit_, nullptr);
  ::sigaction(SIGALRM, &former_alarm_, nullptr);
  ::sigaction(SIGPIPE, &former_pipe_, nullptr);
}

int Interrupts::presses() const { return g_presses; }
bool Interrupts::leave() const { return g_leave != 0; }

bool Interrupts::ticked() {
  const bool yes = g_ticked != 0;
  g_ticked = 0;
  return yes;
}

void Interrupts::tick_after(Duration delay) {
  const itimerval once{
      {0, 0},
      {static_cast<time_t>(delay.count() / 1000), static_cast<suseconds_t>(delay.count() % 1000 * 1000)}};
  ::setitimer(ITIMER_REAL, &once, nullptr);
}

}  // namespace busbar::cli
