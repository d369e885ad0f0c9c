// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/cli.hpp"

namespace busbar {

/// `busbar server`: runs until it is told to go (SIGTERM, SIGINT, `busbar down`). Running jobs go on without
/// it.
int run_server(const cli::ServerFlags& flags);

}  // namespace busbar
