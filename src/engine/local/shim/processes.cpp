// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/processes.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>

namespace busbar::shim {

Processes::Processes() : proc_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), self_(::getpid()) {}

void Processes::add_children(pid_t pid, std::vector<pid_t>& found) const {
  const std::string tasks = std::to_string(pid) + "/task";
  const int folder = ::openat(proc_.get(), tasks.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  DIR* dir = ::fdopendir(folder);
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] == '.') continue;
    const std::string children = read_text(folder, (std::string(entry->d_name) + "/children").c_str());
    for (const char* at = children.c_str();;) {
      char* end = nullptr;
      const long child = std::strtol(at, &end, 10);
      if (end == at) break;
      found.push_back(static_cast<pid_t>(child));
      at = end;
    }
  }
  ::closedir(dir);
}

std::vector<pid_t> Processes::descendants(pid_t except, std::size_t most) const {
  std::vector<pid_t> found;
  add_children(self_, found);
  for (std::size_t i = 0; i < found.size() && found.size() < most; ++i) add_children(found[i], found);
  found.erase(std::remove(found.begin(), found.end(), except), found.end());
  return found;
}

bool Processes::catches(pid_t pid, int signal) const {
  const std::string status = read_text(proc_.get(), (std::to_string(pid) + "/status").c_str());
  const std::size_t at = status.find("SigCgt:");
  if (at == std::string::npos) return false;
  return (std::strtoull(status.c_str() + at + 7, nullptr, 16) >> (signal - 1) & 1) != 0;
}

std::int64_t Processes::memory(const std::vector<pid_t>& pids, std::int64_t limit) const {
  static const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  const auto resident = [&](pid_t pid) -> std::int64_t {
    const std::string statm = read_text(proc_.get(), (std::to_string(pid) + "/statm").c_str());
    const std::size_t blank = statm.find(' ');
    return blank == std::string::npos ? 0 : std::atoll(statm.c_str() + blank) * page;
  };
  std::int64_t sum = 0;
  for (const pid_t pid : pids) sum += resident(pid);
  if (sum <= limit) return sum;
  // Forked workers share most of what they hold; the exact sum costs a walk of their page tables, so only
  // now.
  sum = 0;
  for (const pid_t pid : pids) {
    const std::string rollup = read_text(proc_.get(), (std::to_string(pid) + "/smaps_rollup").c_str());
    const std::size_t at = rollup.find("\nPss:");
    sum += at == std::string::npos ? resident(pid) : std::atoll(rollup.c_str() + at + 5) * 1024;
  }
  return sum;
}

void Processes::kill_all() const {
  const auto reap = [] {
    pid_t reaped = 0;
    do reaped = ::waitpid(-1, nullptr, WNOHANG);
    while (reaped > 0);
    return reaped == 0;  // false: no child is left, living or dead
  };
  if (!reap()) return;
  ::setpriority(PRIO_PROCESS, 0, -20);  // faster than those who fork, where we may
  // A signal to a process group reaches all its members at once, so that none of them forks past it. Our own
  // group is no command's: each has a session of its own.
  const auto signal_with_group = [](pid_t pid, int signal) {
    const pid_t group = ::getpgid(pid);
    if (group > 1 && group != ::getpgrp()) ::kill(-group, signal);
    ::kill(pid, signal);
  };
  // First all stand still, so that none forks or restarts another while the rest are killed.
  std::set<pid_t> stopped;
  for (bool fresh = true; fresh;) {
    fresh = false;
    for (const pid_t pid : descendants())
      if (stopped.insert(pid).second) signal_with_group(pid, SIGSTOP), fresh = true;
  }
  while (reap()) {
    for (const pid_t pid : descendants()) signal_with_group(pid, SIGKILL);
    ::usleep(500);
  }
}

}  // namespace busbar::shim
