// SPDX-License-Identifier: Apache-2.0
#include "api/login.hpp"

namespace busbar::api {

model::Principal Logins::principal_of(const net::Peer& peer) {
  const Instant now = clock_.now();
  Known& known = known_[peer.uid];
  if (known.user.empty() || known.until <= now) {
    known.user = user_of_ ? user_of_(peer.uid) : "";
    if (known.user.empty()) known.user = "uid:" + std::to_string(peer.uid);
    known.until = now + std::chrono::minutes(1);
  }
  model::Principal principal;
  principal.user = known.user;
  principal.uid = peer.uid;
  principal.gid = peer.gid;
  principal.admin = peer.uid == 0 || peer.uid == own_uid_;
  return principal;
}

}  // namespace busbar::api
