// SPDX-License-Identifier: Apache-2.0
#include "net/local_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace busbar::net {
namespace {

std::string reason_of(int error) {
  return std::strerror(error);
}  // NOLINT(concurrency-mt-unsafe): glibc's is safe

/// A path as the kernel takes it. One that is too long for sun_path goes by way of its folder's descriptor.
struct Address {
  sockaddr_un name{};
  Descriptor folder;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Result<Address> address_of(const std::string& path) {
  Address address;
  std::string short_path = path;
  if (path.size() >= sizeof address.name.sun_path) {
    const auto slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    address.folder = Descriptor(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.folder) return Error{Errc::unavailable, folder + ": " + reason_of(errno)};
    short_path = "/proc/self/fd/" + std::to_string(address.folder.get()) + "/" +
                 path.substr(slash == path.npos ? 0 : slash + 1);
  }
  if (short_path.empty() || short_path.size() >= sizeof address.name.sun_path)
    return Error{Errc::invalid,
                 path + ": not usable as the path of a socket: its name is empty or longer than 80 letters"};
  address.name.sun_family = AF_UNIX;
  std::memcpy(address.name.sun_path, short_path.data(), short_path.size());
  return address;
}

Descriptor new_socket() { return Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

/// Makes room at `path`: nothing there, or a socket file that nobody answers on.
Status clear_way(const std::string& path, const Address& address) {
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) return Done{};
  if (!S_ISSOCK(found.st_mode))
    return Error{Errc::conflict,
                 path + " is in the way: it is not a socket; remove it or choose another place"};
  const Descriptor probe = new_socket();
  if (!probe) return Error{Errc::exhausted, "cannot make a socket: " + reason_of(errno)};
  if (connect(probe.get(), address.get(), sizeof address.name) == 0 || errno != ECONNREFUSED)
    return Error{Errc::conflict, "another server answers on " + path};
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return Error{Errc::denied, "cannot remove the left-over socket " + path + ": " + reason_of(errno)};
  return Done{};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Descriptor::reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void Listener::remove_file() const {
  struct stat found{};
  if (lstat(path.c_str(), &found) == 0 && found.st_dev == device && found.st_ino == inode)
    unlink(path.c_str());
}

Result<Listener> listen_at(const std::string& path, unsigned mode) {
  const auto address = address_of(path);
  if (!address) return address.error();
  if (const auto cleared = clear_way(path, *address); !cleared) return cleared.error();
  Listener listener{new_socket(), path};
  const auto failed = [&](const char* what) {
    return Error{errno == EACCES || errno == EPERM ? Errc::denied : Errc::unavailable,
                 std::string("cannot ") + what + " " + path + ": " + reason_of(errno)};
  };
  if (!listener.socket) return failed("make the socket");
  // Until listen() nobody can connect, so the file never stands open to more people than it should.
  if (bind(listener.socket.get(), address->get(), sizeof address->name) != 0)
    return failed("make the socket");
  if (chmod(path.c_str(), mode) != 0) return failed("set the mode of");
  struct stat made{};
  if (lstat(path.c_str(), &made) != 0) return failed("look at");
  listener.device = made.st_dev;
  listener.inode = made.st_ino;
  if (listen(listener.socket.get(), SOMAXCONN) != 0) return failed("listen on");
  return listener;
}

Result<Descriptor> connect_to(const std::string& path, Duration patience) {
  const auto address = address_of(path);
  if (!address) return address.error();
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Descriptor socket = new_socket();
    if (!socket) return Error{Errc::unavailable, "cannot make a socket: " + reason_of(errno)};
    if (connect(socket.get(), address->get(), sizeof address->name) == 0) return socket;
    if (errno == EACCES || errno == EPERM) return Error{Errc::denied, "not allowed to open " + path};
    // A full queue is the one state that passes by itself. There is nothing to poll for; a short sleep must
    // do.
    if ((errno != EAGAIN && errno != EINTR) || std::chrono::steady_clock::now() >= until)
      return Error{Errc::unavailable, "no server answers on " + path + ": " + reason_of(errno)};
    if (errno == EAGAIN) poll(nullptr, 0, 5);
  }
}

Peer peer_of(int socket) {
  ucred found{};
  socklen_t size = sizeof found;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return {UINT32_MAX, UINT32_MAX, 0};
  return {found.uid, found.gid, found.pid};
}

}  // namespace busbar::net
