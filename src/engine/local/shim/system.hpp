// SPDX-License-Identifier: Apache-2.0
// system.hpp: the few pieces of Linux that engine, launcher and shim share: descriptors, whole files, the two
// clocks. Nothing here throws, so that the shim can be built without exceptions.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace busbar::shim {

/// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

/// The whole of a small file; "" where it cannot be read.
inline std::string read_text(int dir, const char* path) {
  Fd file(::openat(dir, path, O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file) return text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}
inline std::string read_text(const std::string& path) { return read_text(AT_FDCWD, path.c_str()); }

inline bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// One write to a file that exists already, as the kernel's control files want it.
inline bool write_control(const std::string& path, std::string_view bytes) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

/// Replaces a file so that a reader sees the old text or the new one, never a part.
inline bool replace_file(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + ".new";
  Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return file && write_all(file.get(), bytes) && ::rename(fresh.c_str(), path.c_str()) == 0;
}

inline std::int64_t clock_ms(clockid_t which) {
  timespec at{};
  ::clock_gettime(which, &at);
  return static_cast<std::int64_t>(at.tv_sec) * 1000 + at.tv_nsec / 1'000'000;
}
inline std::int64_t monotonic_ms() { return clock_ms(CLOCK_MONOTONIC); }
inline std::int64_t unix_ms() { return clock_ms(CLOCK_REALTIME); }

/// Names this start of the machine; pids and monotonic times mean nothing in another one.
inline std::string boot_id() {
  std::string id = read_text("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

// glibc 2.36 has wrappers only on some distributions of its age; the numbers are the same everywhere.
inline int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
inline int pidfd_send_signal(int pidfd, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

}  // namespace busbar::shim
