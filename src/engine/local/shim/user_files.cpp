// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/user_files.hpp"

#include <dirent.h>
#include <grp.h>

#include <cstring>

namespace busbar::shim {

AsUser::AsUser(std::int64_t uid, std::int64_t gid, const std::vector<std::int64_t>& groups) {
  if (::geteuid() != 0 || uid == 0) return;
  std::vector<gid_t> list;
  for (const std::int64_t group : groups) list.push_back(static_cast<gid_t>(group));
  changed_ = true;
  // A right that cannot be given up must not be used: then there is no going on.
  if (::setgroups(list.size(), list.data()) != 0 || ::setegid(static_cast<gid_t>(gid)) != 0 ||
      ::seteuid(static_cast<uid_t>(uid)) != 0)
    ::_exit(70);
}

AsUser::~AsUser() {
  if (!changed_) return;
  if (::seteuid(0) != 0 || ::setegid(0) != 0 || ::setgroups(0, nullptr) != 0) ::_exit(70);
}

namespace {

constexpr int deepest = 32, most_rounds = 100'000;

/// Empties a folder, whose descriptor it takes. What lies too deep is moved up into `top`: a job may nest
/// folders deeper than descriptors and stack reach.
void clear(int folder, int top, int depth, int& moved) {
  ::fchmod(folder, 0700);  // a job may have taken its own rights away
  DIR* dir = ::fdopendir(folder);
  if (!dir) {
    ::close(folder);
    return;
  }
  while (const dirent* entry = ::readdir(dir)) {
    const char* const name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    if (::unlinkat(folder, name, 0) == 0 || ::unlinkat(folder, name, AT_REMOVEDIR) == 0) continue;
    if (depth == deepest) {
      ::renameat(folder, name, top, ("busbar-deep." + std::to_string(moved++)).c_str());
      continue;
    }
    const int inner = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner >= 0) clear(inner, top, depth + 1, moved);
    ::unlinkat(folder, name, AT_REMOVEDIR);
  }
  ::closedir(dir);
}

}  // namespace

bool remove_tree(int parent, const char* name) {
  int moved = 0;
  for (int rounds = 0; rounds < most_rounds; ++rounds) {
    if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    const int folder = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return ::unlinkat(parent, name, 0) == 0;
    const int before = moved;
    clear(folder, folder, 0, moved);
    if (moved == before) break;
  }
  return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

void remove_run_folder(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return;
  Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return;
  {
    const AsUser user(about.st_uid, about.st_gid, {});
    for (const char* name : {"scratch", "script", "hosts", "stop_reason"}) remove_tree(folder.get(), name);
  }
  // What is left was put there by hand or with another's rights (by sudo, say); nothing runs in there any
  // more.
  if (::rmdir(path.c_str()) != 0) remove_tree(AT_FDCWD, path.c_str());
}

namespace {

constexpr int most_aside = 16;  // of one user

std::string aside(const std::string& path, std::int64_t uid, std::int64_t gid, int k) {
  return path.substr(0, path.rfind('/')) + "/spare." + std::to_string(uid) + "." + std::to_string(gid) + "." +
         std::to_string(k);
}

bool is_as_made(int folder, const struct stat& owner) {
  struct stat about{};
  return ::fstat(folder, &about) == 0 && about.st_mode == (S_IFDIR | 0700) && about.st_uid == owner.st_uid &&
         about.st_gid == owner.st_gid;
}

/// Deletes what is in a folder, save for `but`. True when all of it is gone and the folder is still as it was
/// made.
bool empty(int parent, const char* name, const struct stat& owner, const char* but) {
  const int folder = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return false;
  bool well = is_as_made(folder, owner);
  DIR* dir = ::fdopendir(folder);
  if (!dir) {
    ::close(folder);
    return false;
  }
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view found = entry->d_name;
    if (found != "." && found != ".." && found != but) well = remove_tree(folder, entry->d_name) && well;
  }
  ::closedir(dir);
  return well;
}

}  // namespace

void put_run_folder_aside(const std::string& path) {
  struct stat about{};
  bool well = ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  if (well) {
    const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const AsUser user(about.st_uid, about.st_gid, {});
    well = folder && empty(folder.get(), "scratch", about, "") && empty(folder.get(), ".", about, "scratch");
  }
  for (int k = 0; well && k < most_aside; ++k)
    if (::syscall(SYS_renameat2, AT_FDCWD, path.c_str(), AT_FDCWD,
                  aside(path, about.st_uid, about.st_gid, k).c_str(), 1u /* RENAME_NOREPLACE */) == 0)
      return;
  remove_run_folder(path);
}

bool take_run_folder(const std::string& path, std::int64_t uid, std::int64_t gid) {
  for (int k = 0; k < most_aside; ++k)
    if (::rename(aside(path, uid, gid, k).c_str(), path.c_str()) == 0) return true;
  return false;
}

bool write_new(int folder, const char* name, std::string_view text, mode_t mode) {
  ::unlinkat(folder, name, 0);
  Fd file(::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  return file && ::fchmod(file.get(), mode) == 0 && write_all(file.get(), text);
}

}  // namespace busbar::shim
