// SPDX-License-Identifier: Apache-2.0
// What a launcher finds that it did not start itself: tasks of a former one, and what a dead shim has left.
#include <dirent.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "engine/local/shim/launcher.hpp"
#include "engine/local/shim/user_files.hpp"

namespace busbar::shim {
namespace {

constexpr const char* mark = "BUSBAR_SCRATCH=";  // in the environment of everything a task starts

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

void Launcher::survey() {
  std::vector<AttemptName> present;
  if (DIR* dir = ::opendir((folder_ + "/tasks").c_str())) {
    std::vector<AttemptName> names;
    while (const dirent* entry = ::readdir(dir))
      if (const auto name = parse_attempt(entry->d_name)) names.push_back(*name);
    ::closedir(dir);
    for (const AttemptName& name : names) {
      Fd record(::open((task_path(name) + "/" + record_file).c_str(), O_RDWR | O_CLOEXEC));
      const auto begun = read_area<StartedRecord>(record.get(), Area::started);
      const bool ran = (begun && begun->pid != 0) || read_area<ExitRecord>(record.get(), Area::exit);
      if (watched_.count(name) != 0 || ran || (record && is_locked(record.get()))) {
        present.push_back(name);
      } else {  // claimed, and the machine or launcher died before it ran: as if it had never been told
        remove_tree(AT_FDCWD, task_path(name).c_str());
        remove_run_folder(folder_ + "/run/" + name.text());
      }
    }
  }
  for (std::size_t at = 0; at < present.size(); at += 1000) {
    const auto first = present.begin() + static_cast<std::ptrdiff_t>(at);
    tell(Frame::present,
         pack(std::vector<AttemptName>(
             first, first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(1000, present.size() - at)))));
  }
  tell(Frame::surveyed, {});
  for (const AttemptName& name : present) look_at(name);
  sweep_groups();
}

/// Takes up an attempt that has a folder: tells what is known of it, and adopts it when it lives. False: no
/// such one.
bool Launcher::look_at(const AttemptName& name) {
  if (const auto at = watched_.find(name); at != watched_.end()) {
    write_area(at->second.record.get(), Area::epoch, EpochStamp{epoch_});
    if (const auto begun = read_area<StartedRecord>(at->second.record.get(), Area::started);
        begun && begun->pid != 0)
      tell(Frame::started, pack(StartedNews{name, begun->pid}));
    return true;
  }
  Watched shim;
  shim.name = name;
  shim.record = Fd(::open((task_path(name) + "/" + record_file).c_str(), O_RDWR | O_CLOEXEC));
  if (!shim.record) return false;
  const auto begun = read_area<StartedRecord>(shim.record.get(), Area::started);
  const bool same_boot = begun && begun->boot == boot_;
  // The pid is the shim's for sure when the lock is still held after the descriptor for it was opened.
  if (same_boot && is_locked(shim.record.get())) {
    shim.pid = static_cast<pid_t>(begun->shim_pid);
    shim.pidfd = Fd(pidfd_open(shim.pid));
    if (shim.pidfd && is_locked(shim.record.get())) {
      write_area(shim.record.get(), Area::epoch, EpochStamp{epoch_});
      shim.started = begun->pid != 0;
      if (shim.started) tell(Frame::started, pack(StartedNews{name, begun->pid}));
      return watch(std::move(shim));
    }
  }
  if (begun && begun->pid != 0) tell(Frame::started, pack(StartedNews{name, begun->pid}));
  if (const auto ending = read_area<ExitRecord>(shim.record.get(), Area::exit)) {
    tell_finished(name, *ending);
    return true;
  }
  ExitRecord lost;
  lost.cause = static_cast<std::int64_t>(Cause::lost);
  lost.message = same_boot ? "its shim was killed" : "the machine was restarted";
  if (same_boot) sweep_lost(name);
  remove_run_folder(folder_ + "/run/" + name.text());
  write_area(shim.record.get(), Area::exit, lost);
  tell_finished(name, lost);
  return true;
}

/// A shim was killed. In a namespace its command and all others died with it; elsewhere they are found by
/// what they cannot easily shed: the control group, their parent (which is us now), the environment they were
/// started with.
void Launcher::sweep_lost(const AttemptName& name) {
  if (cgroups_) {
    cgroups_->kill_all(cgroup_ + "/" + name.text());
    cgroups_->remove(cgroup_ + "/" + name.text());
  }
  kill_orphans();
  const std::string marked = mark + folder_ + "/run/" + name.text() + "/scratch";
  for (bool found = true; found;) {
    found = false;
    DIR* dir = ::opendir("/proc");
    while (const dirent* entry = dir ? ::readdir(dir) : nullptr) {
      const int pid = std::atoi(entry->d_name);
      if (pid <= 1 ||
          !contains(read_text("/proc/" + std::to_string(pid) + "/environ"), marked + std::string(1, '\0')))
        continue;
      found = ::kill(pid, SIGKILL) == 0 || found;
    }
    if (dir) ::closedir(dir);
    if (found) ::usleep(2000);
    kill_orphans();
  }
}

void Launcher::kill_orphans() {
  for (int round = 0; round < 500; ++round) {
    const std::string children = read_text("/proc/thread-self/children");
    bool orphans = false;
    for (const char* at = children.c_str();;) {
      char* end = nullptr;
      const auto pid = static_cast<pid_t>(std::strtol(at, &end, 10));
      if (end == at) break;
      at = end;
      bool shim = false;
      for (const auto& [name, one] : watched_) shim = shim || one.pid == pid;
      if (shim) continue;
      orphans = true;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, WNOHANG);
    }
    if (!orphans) return;
    ::usleep(1000);
  }
}

/// Groups whose task is not here any more.
void Launcher::sweep_groups() {
  if (!cgroups_) return;
  for (const std::string& group : cgroups_->groups(cgroup_)) {
    const auto name = parse_attempt(group.c_str());
    if (!name || watched_.count(*name) != 0) continue;
    cgroups_->kill_all(cgroup_ + "/" + group);
    cgroups_->remove(cgroup_ + "/" + group);
  }
}

}  // namespace busbar::shim
