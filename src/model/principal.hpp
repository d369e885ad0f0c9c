// SPDX-License-Identifier: Apache-2.0
// principal.hpp: who asks, and what they may do.
#pragma once
#include <cstdint>
#include <string>

#include "base/units.hpp"

namespace busbar::model {

/// Who gave a command. The UNIX uid is an attribute by which tasks run, not the identity.
struct Principal {
  std::string tenant = "default";
  std::string user;            // login name, or "uid:1234" where the uid has none
  std::string via = "socket";  // how the identity was proved: "socket" is SO_PEERCRED
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool admin = false;  // root, or the uid that the server itself runs as
  bool operator==(const Principal&) const = default;
};

enum class Verb { see, read_output, stop, administer };

/// The one rule of access. Everybody of a tenant may see that a job exists and why it waits (an honest queue
/// needs it); output and stopping belong to the owner; an administrator may do anything. Pure. `owner` is
/// whoever submitted the object; for Verb::administer it is not looked at.
bool may(const Principal& who, Verb verb, const Principal& owner);

}  // namespace busbar::model
