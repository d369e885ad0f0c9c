// SPDX-License-Identifier: Apache-2.0
// local.hpp: this machine as an engine: a launcher process, and for each task a shim that outlives us all.
#pragma once
#include <memory>
#include <string>

#include "engine/engine.hpp"

namespace busbar::engine {

struct LocalOptions {
  std::string folder;  // the state folder; tasks live in folder/tasks, output of ended ones in folder/ended
  std::string shim;    // path of the busbar-shim program
  model::Settings settings;  // declared devices, isolation, limits
  std::string socket;        // the server's, for BUSBAR_SOCKET
};
std::unique_ptr<Engine> local_engine(LocalOptions options);

/// Can this machine do what the settings ask for? Lending CPUs needs control groups that weigh them.
Status can_do(const model::Settings& settings);

}  // namespace busbar::engine
