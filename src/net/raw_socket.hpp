// SPDX-License-Identifier: Apache-2.0
// raw_socket.hpp: for tests: a folder of one's own, and a client that says exactly the bytes it is told.
#pragma once
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "net/local_socket.hpp"

namespace busbar::net {

struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "busbar-net-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string socket() const { return path + "/s"; }
};

class RawSocket {
 public:
  explicit RawSocket(const std::string& path) {
    auto connected = connect_to(path, std::chrono::seconds(10));
    if (connected) socket_ = std::move(*connected);
  }
  int fd() const { return socket_.get(); }
  bool connected() const { return static_cast<bool>(socket_); }
  void close() { socket_.reset(); }
  void end_sending() const { shutdown(fd(), SHUT_WR); }

  /// False once the other side takes no more.
  bool say(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count > 0) {
        text.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        wait(POLLOUT);
      } else {
        return false;
      }
    }
    return true;
  }
  /// Reads until `stop` has come or the other side has closed.
  std::string hear(std::string_view stop) const {
    std::string heard;
    while (stop.empty() || heard.find(stop) == heard.npos) {
      char buffer[4096];
      const ssize_t count = recv(fd(), buffer, sizeof buffer, 0);
      if (count > 0) {
        heard.append(buffer, static_cast<std::size_t>(count));
      } else if (count < 0 && errno == EAGAIN) {
        if (!wait(POLLIN)) return heard + "[silence]";
      } else {
        return heard + "[closed]";
      }
    }
    return heard;
  }
  std::string hear_all() const { return hear(""); }

 private:
  bool wait(short events) const {
    pollfd state{fd(), events, 0};
    return poll(&state, 1, 20'000) > 0;
  }
  Descriptor socket_;
};

}  // namespace busbar::net
