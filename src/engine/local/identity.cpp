// SPDX-License-Identifier: Apache-2.0
#include "engine/local/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace busbar::engine {

Result<Identity> identity_of(std::uint32_t uid, std::uint32_t gid) {
  const std::uint32_t own = ::geteuid();
  if (own != 0 && uid != own)
    return Error{Errc::denied, "this server runs as uid " + std::to_string(own) +
                                   " and cannot start tasks of uid " + std::to_string(uid) +
                                   "; a server started by root can"};
  Identity who;
  who.uid = uid;
  who.gid = gid;
  std::vector<char> room(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  while (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == ERANGE && room.size() < (1U << 24))
    room.resize(room.size() * 2);
  if (!found) {
    // A container may run us under a number without a name; that is no reason not to run as ourselves.
    if (uid != own) return Error{Errc::not_found, "this machine has no user with uid " + std::to_string(uid)};
    who.name = "uid:" + std::to_string(uid);
    who.home = "/";
    who.shell = "/bin/sh";
    who.groups = {gid};
    return who;
  }
  who.gid = entry.pw_gid;
  who.name = entry.pw_name;
  who.home = entry.pw_dir;
  who.shell = entry.pw_shell && *entry.pw_shell ? entry.pw_shell : "/bin/sh";
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  who.groups.assign(groups.begin(), groups.end());
  return who;
}

}  // namespace busbar::engine
