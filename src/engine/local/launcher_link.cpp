// SPDX-License-Identifier: Apache-2.0
#include "engine/local/launcher_link.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstring>

namespace busbar::engine {
namespace {

using shim::Fd;

Error failed(const std::string& what) { return {Errc::internal, what + ": " + std::strerror(errno)}; }

}  // namespace

LauncherLink::~LauncherLink() {
  listener_.reset();  // one that is only just dialling must see it, too
  hang_up();
  if (!launcher_) return;
  // It leaves as soon as it sees the line go; the next server's launcher waits for it in any case.
  pollfd gone{launcher_.get(), POLLIN, 0};
  if (::poll(&gone, 1, 2000) == 1) ::waitpid(pid_, nullptr, WNOHANG);
}

Status LauncherLink::listen() {
  const std::string path = folder_ + "/engine.sock";
  listener_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) return failed("cannot make a socket");
  // An address holds 108 bytes and a folder's name may be longer: its descriptor gives it a short one.
  Fd folder(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed("cannot open the state folder " + folder_);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/engine.sock", folder.get());
  ::unlink(path.c_str());
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("cannot bind " + path);
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(listener_.get(), 4) != 0)
    return failed("cannot listen at " + path);
  return Done{};
}

Status LauncherLink::spawn() {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&how);
  const std::string log = folder_ + "/launcher.log";
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string words[] = {program_, "launcher", folder_, node_, cgroup_};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  std::string path = "PATH=/usr/bin:/bin";
  char* variables[] = {path.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program_.c_str(), &files, &how, arguments, variables);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&how);
  errno = error;
  if (error != 0) return failed("cannot start the launcher " + program_);
  pid_ = pid;
  launcher_ = Fd(shim::pidfd_open(pid));
  return Done{};
}

bool LauncherLink::launcher_ended() {
  if (launcher_ && ::waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  launcher_.reset();
  return true;
}

void LauncherLink::accept() {
  Fd fresh(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!fresh || ::getsockopt(fresh.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.uid != ::geteuid())
    return;
  hang_up();
  connection_ = std::move(fresh);
}

void LauncherLink::hang_up() {
  connection_.reset();
  unsent_.clear();
}

void LauncherLink::send(shim::Frame kind, std::string body) {
  if (!connection_) return;
  if (body.size() > shim::most_in_message / 2) {
    Message message{shim::frame(kind, {}), Fd(::memfd_create("busbar-order", MFD_CLOEXEC))};
    if (message.large && shim::write_all(message.large.get(), body)) unsent_.push_back(std::move(message));
    return;
  }
  std::string bytes = shim::frame(kind, body);
  if (unsent_.empty() || unsent_.back().large ||
      unsent_.back().bytes.size() + bytes.size() > shim::most_in_message)
    unsent_.push_back({std::move(bytes), Fd()});
  else
    unsent_.back().bytes += bytes;
}

bool LauncherLink::send_one(const Message& message) {
  iovec body{const_cast<char*>(message.bytes.data()), message.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr head{};
  head.msg_iov = &body;
  head.msg_iovlen = 1;
  if (message.large) {
    head.msg_control = control;
    head.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&head);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = message.large.get();
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  return ::sendmsg(connection_.get(), &head, MSG_NOSIGNAL) >= 0;
}

void LauncherLink::flush() {
  while (connection_ && !unsent_.empty()) {
    if (send_one(unsent_.front())) {
      unsent_.pop_front();
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      hang_up();
    }
  }
}

std::string LauncherLink::receive() {
  std::string message(shim::most_in_message + 4096, '\0');
  const ssize_t got =
      connection_ ? ::recv(connection_.get(), message.data(), message.size(), MSG_DONTWAIT) : 0;
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got <= 0) {
    hang_up();
    return {};
  }
  message.resize(static_cast<std::size_t>(got));
  return message;
}

}  // namespace busbar::engine
