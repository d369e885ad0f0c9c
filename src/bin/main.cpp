// SPDX-License-Identifier: Apache-2.0
// main.cpp: the busbar program, client and server alike.
#include "bin/check.hpp"
#include "bin/server.hpp"
#include "cli/cli.hpp"

int main(int argc, char** argv) {
  busbar::cli::Hooks hooks;
  hooks.run_server = busbar::run_server;
  hooks.check = busbar::run_check;
  hooks.version = BUSBAR_VERSION;
  return busbar::cli::main(argc, argv, hooks);
}
