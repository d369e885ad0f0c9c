// SPDX-License-Identifier: Apache-2.0
#include "cli/place.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>

namespace busbar::cli {
namespace {

const char* const shared_folder = "/var/lib/busbar";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string absolute(const std::string& path, const std::string& here) {
  std::string whole = path[0] == '/' ? path : here + "/" + path;
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  return whole;
}

Result<Place> checked(Place place) {
  constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
  if (place.socket().size() > most) {
    return Error{Errc::invalid, "the state folder's path is too long for a UNIX socket in it: " + place.folder + " has " +
                                    std::to_string(place.folder.size()) + " bytes, at most " +
                                    std::to_string(most - std::strlen("/busbar.sock")) + " fit; name a shorter one with --state"};
  }
  return place;
}

}  // namespace

Surroundings surroundings(const std::string& flag) {
  Surroundings around;
  around.root = ::geteuid() == 0;
  around.flag = flag;
  around.variable = variable("BUSBAR_STATE");
  around.state_home = variable("XDG_STATE_HOME");
  around.home = variable("HOME");
  if (around.home.empty() && !around.root) {
    const passwd* entry = ::getpwuid(::geteuid());
    if (entry != nullptr) around.home = entry->pw_dir;
  }
  char here[PATH_MAX];
  if (::getcwd(here, sizeof here) != nullptr) around.here = here;
  return around;
}

Result<Place> server_place(const Surroundings& around) {
  const std::string& chosen = around.flag.empty() ? around.variable : around.flag;
  if (!chosen.empty()) return checked({absolute(chosen, around.here), true});
  if (around.root) return checked({shared_folder, false});
  // The XDG specification has relative paths ignored.
  if (!around.state_home.empty() && around.state_home[0] == '/') return checked({absolute(around.state_home, "") + "/busbar", false});
  if (around.home.empty() || around.home[0] != '/') {
    return Error{Errc::invalid, "there is no home folder to keep state in; name a folder with --state or BUSBAR_STATE"};
  }
  return checked({absolute(around.home, "") + "/.local/state/busbar", false});
}

Result<Place> client_place(const Surroundings& around, const std::function<bool(const std::string&)>& answers,
                           const std::function<bool(const std::string&)>& exists) {
  auto own = server_place(around);
  const Place shared{shared_folder, false};
  if (around.root || !exists(shared.socket())) return own;
  if (own && (own->chosen || answers(own->socket()))) return own;
  return shared;
}

Result<Place> client_place(const std::string& state_flag) {
  return client_place(surroundings(state_flag), answers,
                      [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; });
}

bool answers(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool yes = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return yes;
}

}  // namespace busbar::cli
