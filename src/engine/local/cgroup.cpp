// SPDX-License-Identifier: Apache-2.0
#include "engine/local/cgroup.hpp"

#include <dirent.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace busbar::engine {
namespace {

using shim::Fd;
using shim::read_text;
using shim::write_control;

constexpr std::int64_t period_us = 100'000;

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }
bool make(const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST; }

/// The kernel refuses quotas below one millisecond.
std::int64_t quota_us(std::int64_t cpu_milli) {
  return std::max<std::int64_t>(cpu_milli * period_us / 1000, 1000);
}

std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> names;
  DIR* dir = ::opendir(path.c_str());
  if (!dir) return names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

/// The number behind `key` in text of "key number" lines; 0 where there is none.
std::int64_t number_after(const std::string& text, const char* key) {
  const std::size_t size = std::strlen(key);
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, size, key) == 0 && text[at + size] == ' ')
      return std::atoll(text.c_str() + at + size);
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return 0;
}

int signal_members(const std::string& group, int signal) {
  const std::string members = read_text(group + "/cgroup.procs");
  int count = 0;
  for (const char* at = members.c_str(); *at != 0;) {
    char* end = nullptr;
    const long pid = std::strtol(at, &end, 10);
    if (end == at) break;
    if (pid > 0) ++count, ::kill(static_cast<pid_t>(pid), signal);
    at = *end == 0 ? end : end + 1;
  }
  return count;
}

/// A group can be removed only when its last member is quite gone, which takes a moment after a kill.
bool remove_when_empty(const std::string& path) {
  for (int tries = 0; tries < 200; ++tries) {
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
    if (errno != EBUSY) return false;
    ::usleep(1000);
  }
  return false;
}

class Version1 : public Cgroups {
 public:
  explicit Version1(std::string root) : root_(std::move(root)) {}

  CgroupMeans open(const std::string& folder) override {
    const auto usable = [&](const char* controller) {
      return is_there(root_ + "/" + controller) && make(path(controller, folder)) &&
             ::access(path(controller, folder).c_str(), W_OK) == 0;
    };
    return {1, usable("memory"), usable("cpu"), usable("pids")};
  }

  CgroupMeans create(const std::string& group, const CgroupLimits& limits) override {
    CgroupMeans means{1, false, false, false};
    if (limits.memory > 0 && make(path("memory", group))) {
      const std::string bytes = std::to_string(limits.memory);
      means.memory = write_control(path("memory", group) + "/memory.limit_in_bytes", bytes);
      // Memory and swap together, so that a job does not escape into swap; absent where swap is not
      // accounted.
      write_control(path("memory", group) + "/memory.memsw.limit_in_bytes", bytes);
    }
    if (limits.cpu_milli > 0 && make(path("cpu", group))) {
      write_control(path("cpu", group) + "/cpu.cfs_period_us", std::to_string(period_us));
      means.cpu =
          write_control(path("cpu", group) + "/cpu.cfs_quota_us", std::to_string(quota_us(limits.cpu_milli)));
    }
    if (limits.processes > 0 && make(path("pids", group)))
      means.processes = write_control(path("pids", group) + "/pids.max", std::to_string(limits.processes));
    return means;
  }

  bool attach(const std::string& group, std::int64_t pid) override {
    bool good = true;
    for (const char* controller : controllers)
      if (is_there(path(controller, group)))
        good = write_control(path(controller, group) + "/cgroup.procs", std::to_string(pid)) && good;
    return good;
  }

  OomWatch watch_memory(const std::string& group) override {
    OomWatch watch;
    Fd control(::open((path("memory", group) + "/memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC));
    Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::string order = std::to_string(event.get()) + " " + std::to_string(control.get());
    if (!control || !event || !write_control(path("memory", group) + "/cgroup.event_control", order))
      return watch;
    watch.fd = std::move(event);
    watch.keep = std::move(control);
    watch.events = POLLIN;
    return watch;
  }

  std::int64_t memory_kills(const std::string& group) override {
    return number_after(read_text(path("memory", group) + "/memory.oom_control"), "oom_kill");
  }

  bool kill_all(const std::string& group) override {
    bool found = false;
    for (const char* controller : controllers) {
      if (!is_there(path(controller, group))) continue;
      found = true;
      write_control(path("pids", group) + "/pids.max",
                    "0");  // nothing new is born while the living are killed
      for (int round = 0; round < 1000 && signal_members(path(controller, group), SIGKILL) > 0; ++round)
        ::usleep(1000);
    }
    return found;
  }

  bool remove(const std::string& group) override {
    bool good = true;
    for (const char* controller : controllers)
      if (is_there(path(controller, group))) good = remove_when_empty(path(controller, group)) && good;
    return good;
  }

  std::vector<std::string> groups(const std::string& folder) override {
    std::vector<std::string> names;
    for (const char* controller : controllers)
      for (std::string& name : folders_in(path(controller, folder)))
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    return names;
  }

 private:
  static constexpr const char* controllers[] = {"pids", "memory", "cpu"};
  std::string path(const char* controller, const std::string& group) const {
    return root_ + "/" + controller + "/" + group;
  }
  std::string root_;
};

class Version2 : public Cgroups {
 public:
  explicit Version2(std::string root) : root_(std::move(root)) {}

  CgroupMeans open(const std::string& folder) override {
    if (!make(path(folder)) || ::access(path(folder).c_str(), W_OK) != 0) return {};
    const auto usable = [&](const char* enable) {
      return write_control(root_ + "/cgroup.subtree_control", enable) &&
             write_control(path(folder) + "/cgroup.subtree_control", enable);
    };
    return {2, usable("+memory"), usable("+cpu"), usable("+pids")};
  }

  CgroupMeans create(const std::string& group, const CgroupLimits& limits) override {
    CgroupMeans means;
    if (!make(path(group))) return means;
    means.version = 2;
    if (limits.memory > 0) {
      means.memory = write_control(path(group) + "/memory.max", std::to_string(limits.memory));
      write_control(path(group) + "/memory.swap.max", "0");
      write_control(path(group) + "/memory.oom.group", "1");
    }
    if (limits.cpu_milli > 0)
      means.cpu = write_control(path(group) + "/cpu.max",
                                std::to_string(quota_us(limits.cpu_milli)) + " " + std::to_string(period_us));
    if (limits.processes > 0)
      means.processes = write_control(path(group) + "/pids.max", std::to_string(limits.processes));
    return means;
  }

  bool attach(const std::string& group, std::int64_t pid) override {
    return write_control(path(group) + "/cgroup.procs", std::to_string(pid));
  }

  OomWatch watch_memory(const std::string& group) override {
    OomWatch watch;
    watch.fd = Fd(::open((path(group) + "/memory.events").c_str(), O_RDONLY | O_CLOEXEC));
    char start[256];  // poll() reports changes since the last read
    if (watch.fd && ::read(watch.fd.get(), start, sizeof start) >= 0) watch.events = POLLPRI;
    return watch;
  }

  std::int64_t memory_kills(const std::string& group) override {
    return number_after(read_text(path(group) + "/memory.events"), "oom_kill");
  }

  bool kill_all(const std::string& group) override {
    if (!is_there(path(group))) return false;
    if (write_control(path(group) + "/cgroup.kill", "1")) return true;
    // Before Linux 5.14: stop them all, so that none forks, and kill what stands still.
    write_control(path(group) + "/cgroup.freeze", "1");
    for (int tries = 0; tries < 200 && number_after(read_text(path(group) + "/cgroup.events"), "frozen") != 1;
         ++tries)
      ::usleep(1000);
    signal_members(path(group), SIGKILL);
    write_control(path(group) + "/cgroup.freeze", "0");
    return true;
  }

  bool remove(const std::string& group) override { return remove_when_empty(path(group)); }
  std::vector<std::string> groups(const std::string& folder) override { return folders_in(path(folder)); }

 private:
  std::string path(const std::string& group) const { return root_ + "/" + group; }
  std::string root_;
};

}  // namespace

std::unique_ptr<Cgroups> Cgroups::version_1(const std::string& root) {
  return std::make_unique<Version1>(root);
}
std::unique_ptr<Cgroups> Cgroups::version_2(const std::string& root) {
  return std::make_unique<Version2>(root);
}

std::unique_ptr<Cgroups> Cgroups::find(const std::string& root) {
  for (const char* controller : {"/memory", "/pids", "/cpu"})
    if (is_there(root + controller + "/cgroup.procs")) return version_1(root);
  if (is_there(root + "/cgroup.controllers")) return version_2(root);
  return nullptr;
}

}  // namespace busbar::engine
