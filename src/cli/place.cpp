// SPDX-License-Identifier: Apache-2.0
#include "cli/place.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
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

}  // namespace

Surroundings surroundings(const std::string& flag) {
  Surroundings around;
  around.root = ::geteuid() == 0;
  around.flag = flag;
  around.variable = variable("BUSBAR_STATE");
  around.state_home = variable("XDG_STATE_HOME");
  around.config_home = variable("XDG_CONFIG_HOME");
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
  if (!chosen.empty()) return Place{absolute(chosen, around.here), true};
  if (around.root) return Place{shared_folder, false};
  // The XDG specification has relative paths ignored.
  if (!around.state_home.empty() && around.state_home[0] == '/')
    return Place{absolute(around.state_home, "") + "/busbar", false};
  if (around.home.empty() || around.home[0] != '/') {
    return Error{Errc::invalid,
                 "there is no home folder to keep state in; name a folder with --state or BUSBAR_STATE"};
  }
  return Place{absolute(around.home, "") + "/.local/state/busbar", false};
}

std::string config_folder(const Surroundings& around) {
  if (!around.config_home.empty() && around.config_home[0] == '/')
    return absolute(around.config_home, "") + "/busbar";
  if (around.home.empty() || around.home[0] != '/') return "";
  return absolute(around.home, "") + "/.config/busbar";
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
  std::string name = socket;
  int folder = -1;
  if (socket.size() >=
      sizeof address.sun_path) {  // too long for the kernel: by way of its folder's descriptor
    folder = ::open(socket.substr(0, socket.rfind('/')).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    name = "/proc/self/fd/" + std::to_string(folder) + socket.substr(socket.rfind('/'));
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::memcpy(address.sun_path, name.c_str(), std::min(name.size(), sizeof address.sun_path - 1));
  const bool yes = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  if (folder >= 0) ::close(folder);
  return yes;
}

}  // namespace busbar::cli
