// SPDX-License-Identifier: Apache-2.0
// local_socket.hpp: UNIX sockets by path: listening, connecting, and who is at the other end.
#pragma once
#include <string>
#include <utility>

#include "base/result.hpp"
#include "net/http.hpp"

namespace busbar::net {

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }
  void reset();
  int release() { return std::exchange(fd_, -1); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A listening socket, and the file by which others find it.
struct Listener {
  Descriptor socket;
  std::string path;
  std::uint64_t device = 0, inode = 0;  // of the file we made, lest we remove another's

  /// Removes the file, if it is still ours.
  void remove_file() const;
};

/// Errc::conflict when somebody answers on `path` or something else than a socket stands there; a socket file
/// that nobody answers on is replaced. Two that start in the same instant are kept apart by the caller's
/// lock, not here.
Result<Listener> listen_at(const std::string& path, unsigned mode);

/// A connected, non-blocking socket. Waits up to `patience` where the queue of the listener is full.
Result<Descriptor> connect_to(const std::string& path, Duration patience);

Peer peer_of(int socket);

}  // namespace busbar::net
