// SPDX-License-Identifier: Apache-2.0
// The program busbar-shim: launcher and shim in one small static file (ADR 6). Not for people.
#include <cstdio>
#include <cstring>

#include "engine/local/shim/launcher.hpp"
#include "engine/local/shim/task.hpp"

int main(int count, char** arguments) {
  if (count == 4 && std::strcmp(arguments[1], "task") == 0)
    return busbar::shim::run_task(arguments[2], arguments[3]);
  if (count == 5 && std::strcmp(arguments[1], "launcher") == 0)
    return busbar::shim::Launcher(arguments[2], arguments[3], arguments[4], arguments[0]).run();
  std::fputs("busbar-shim is started by busbar; see docs/adr/0006-launcher-and-shim.md\n", stderr);
  return 2;
}
