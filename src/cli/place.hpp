// SPDX-License-Identifier: Apache-2.0
// place.hpp: which state folder a command means, and so which server.
#pragma once
#include <functional>
#include <string>

#include "base/result.hpp"

namespace busbar::cli {

/// What the choice depends on, as values.
struct Surroundings {
  bool root = false;
  std::string flag;         // --state, "" when not given
  std::string variable;     // BUSBAR_STATE
  std::string state_home;   // XDG_STATE_HOME
  std::string config_home;  // XDG_CONFIG_HOME
  std::string home;         // HOME, else that of the password file
  std::string here;         // absolute current folder, for relative paths
};
Surroundings surroundings(const std::string& flag);

struct Place {
  std::string folder;   // absolute
  bool chosen = false;  // by --state or BUSBAR_STATE
  std::string socket() const { return folder + "/busbar.sock"; }
};

/// Where a server of ours keeps its state. Errors: no home folder.
Result<Place> server_place(const Surroundings& around);

/// Where a user's own settings and tables are kept; "" where there is no home folder.
std::string config_folder(const Surroundings& around);

/// Where a client looks: our own server if it answers, else root's shared one when it is there. `answers`
/// tells of a socket's path whether somebody listens, `exists` whether there is such a file.
Result<Place> client_place(const Surroundings& around, const std::function<bool(const std::string&)>& answers,
                           const std::function<bool(const std::string&)>& exists);
Result<Place> client_place(const std::string& state_flag);

/// Somebody listens on this UNIX socket.
bool answers(const std::string& socket);

}  // namespace busbar::cli
