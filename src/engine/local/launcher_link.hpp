// SPDX-License-Identifier: Apache-2.0
// launcher_link.hpp: the engine's end of the line to its launcher: starts the process, proves who dials in,
// carries frames.
#pragma once
#include <deque>
#include <string>

#include "base/result.hpp"
#include "engine/local/shim/protocol.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::engine {

class LauncherLink {
 public:
  LauncherLink(std::string folder, std::string program, std::string node, std::string cgroup)
      : folder_(std::move(folder)),
        program_(std::move(program)),
        node_(std::move(node)),
        cgroup_(std::move(cgroup)) {}
  ~LauncherLink();
  LauncherLink(const LauncherLink&) = delete;
  LauncherLink& operator=(const LauncherLink&) = delete;

  /// Opens FOLDER/engine.sock for launchers to dial.
  Status listen();
  /// Starts the launcher process; never forks this one.
  Status spawn();
  /// Whether it ended since; reaps it.
  bool launcher_ended();

  int listener() const { return listener_.get(); }
  int connection() const { return connection_.get(); }
  int launcher() const { return launcher_.get(); }  // pidfd; -1: none
  bool connected() const { return static_cast<bool>(connection_); }
  bool has_unsent() const { return !unsent_.empty(); }

  void accept();
  void hang_up();
  /// Queues a frame; frames share messages. One too large for a message travels in a memfd.
  void send(shim::Frame kind, std::string body);
  /// Sends what the socket takes now.
  void flush();
  /// The next message, "" when there is none at this moment. A launcher that is gone hangs up the line.
  std::string receive();

 private:
  struct Message {
    std::string bytes;
    shim::Fd large;
  };
  bool send_one(const Message& message);

  std::string folder_, program_, node_, cgroup_;
  shim::Fd listener_, connection_, launcher_;
  pid_t pid_ = 0;
  std::deque<Message> unsent_;
};

}  // namespace busbar::engine
