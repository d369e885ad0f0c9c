// SPDX-License-Identifier: Apache-2.0
// identity.hpp: who a task runs as. Asked here, in the server, because a static program cannot load the
// machine's directory services.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace busbar::engine {

struct Identity {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::int64_t> groups;
  std::string name, home, shell;
};

/// Errors: not_found when this machine has no such user; denied when this process may not run as that one.
Result<Identity> identity_of(std::uint32_t uid, std::uint32_t gid);

}  // namespace busbar::engine
