// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace busbar::store::sqlite {
namespace {

Error system_fault(const std::string& path, const char* doing) {
  const Errc code = errno == ENOSPC || errno == EDQUOT ? Errc::exhausted : Errc::unavailable;
  return {code, path + ": cannot " + doing + ": " + std::strerror(errno)};
}

std::string holder_of(int descriptor) {
  char text[32] = {};
  const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && (pid.back() < '0' || pid.back() > '9')) pid.pop_back();
  return pid.empty() ? "a server that has just started" : "the server with pid " + pid;
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/lock";
  FolderLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.descriptor_ < 0) return system_fault(path, "open it");
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_fault(path, "lock it");
    return Error{Errc::conflict,
                 "the state folder " + folder + " is in use by " + holder_of(lock.descriptor_)};
  }
  // The pid is for people; on a full disk the lock holds without it.
  const std::string pid = std::to_string(getpid()) + "\n";
  const bool told =
      ftruncate(lock.descriptor_, 0) == 0 && pwrite(lock.descriptor_, pid.data(), pid.size(), 0) > 0;
  static_cast<void>(told);
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<std::string> real_folder(const std::string& folder) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(folder.c_str(), nullptr), &std::free);
  struct stat found{};
  if (!real) {
    if (errno == ENOENT) return Error{Errc::not_found, "there is no state folder " + folder};
    return system_fault(folder, "use it as the state folder");
  }
  if (stat(real.get(), &found) == 0 && !S_ISDIR(found.st_mode))
    return Error{Errc::invalid, folder + ": found a file, a state folder would be right"};
  return std::string(real.get());
}

Result<bool> has_journal(const std::string& folder) {
  const std::string path = folder + "/journal.db";
  constexpr const char* help = ". Nothing was changed; put back a backup, or move it away to begin anew";
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno != ENOENT) return system_fault(path, "look at it");
    if (lstat((path + "-wal").c_str(), &found) == 0)
      return Error{Errc::internal,
                   path + " is missing, but its write-ahead log " + path + "-wal is there" + help};
    return false;
  }
  if (!S_ISREG(found.st_mode)) return Error{Errc::internal, path + " is no ordinary file" + help};
  // It is put in place by a rename, complete; an empty one was emptied by somebody.
  if (found.st_size == 0) return Error{Errc::internal, path + " is damaged: it is empty" + help};
  return true;
}

Status sync_folder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_fault(folder, "open it");
  const bool synced = fsync(descriptor) == 0;
  const Status status = synced ? Status(Done{}) : Status(system_fault(folder, "sync it"));
  close(descriptor);
  return status;
}

}  // namespace busbar::store::sqlite
