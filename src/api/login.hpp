// SPDX-License-Identifier: Apache-2.0
// login.hpp: who is at the other end of the socket, in Busbar's words.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "base/chance.hpp"
#include "model/principal.hpp"
#include "net/http.hpp"

namespace busbar::api {

/// Remembers names for a minute: asking the system for one may cost more than a whole submit.
class Logins {
 public:
  Logins(Clock& clock, std::function<std::string(std::uint32_t)> user_of, std::uint32_t own_uid)
      : clock_(clock), user_of_(std::move(user_of)), own_uid_(own_uid) {}
  model::Principal principal_of(const net::Peer& peer);

 private:
  struct Known {
    std::string user;
    Instant until;
  };
  Clock& clock_;
  const std::function<std::string(std::uint32_t)> user_of_;
  const std::uint32_t own_uid_;
  std::map<std::uint32_t, Known> known_;  // as many as the machine has users
};

}  // namespace busbar::api
