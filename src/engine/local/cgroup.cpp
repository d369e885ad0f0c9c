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

std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (const char* at = text.c_str(); *at != 0;) {
    char* end = nullptr;
    const std::int64_t number = std::strtoll(at, &end, 10);
    if (end == at) break;
    numbers.push_back(number);
    at = *end == 0 ? end : end + 1;
  }
  return numbers;
}

int signal_members(const std::string& group, int signal) {
  int count = 0;
  for (const std::int64_t pid : numbers_in(read_text(group + "/cgroup.procs")))
    if (pid > 0) ++count, ::kill(static_cast<pid_t>(pid), signal);
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
    return {1, usable("memory"), usable("cpu"), usable("pids"), usable("cpuacct")};
  }

  CgroupMeans create(const std::string& group, const CgroupLimits& limits) override {
    CgroupMeans means{1, false, false, false, false};
    if (limits.memory > 0 && make(path("memory", group))) {
      const std::string bytes = std::to_string(limits.memory);
      means.memory = write_control(path("memory", group) + "/memory.limit_in_bytes", bytes);
      // Memory and swap together, so that a job does not escape into swap; absent where swap is not
      // accounted.
      write_control(path("memory", group) + "/memory.memsw.limit_in_bytes", bytes);
    }
    const bool weighed = limits.cpu_weight > 0 || limits.yields;
    if ((limits.cpu_milli > 0 || weighed) && make(path("cpu", group))) means.cpu = set_cpu(group, limits);
    if (weighed) means.cpu_use = make(path("cpuacct", group));
    if (limits.processes > 0 && make(path("pids", group)))
      means.processes = write_control(path("pids", group) + "/pids.max", std::to_string(limits.processes));
    return means;
  }

  bool set_cpu(const std::string& group, const CgroupLimits& limits) override {
    const std::string at = path("cpu", group);
    write_control(at + "/cpu.cfs_period_us", std::to_string(period_us));
    const std::string quota = limits.cpu_milli > 0 ? std::to_string(quota_us(limits.cpu_milli)) : "-1";
    bool good = write_control(at + "/cpu.cfs_quota_us", quota);
    const bool idles = write_control(at + "/cpu.idle", limits.yields ? "1" : "0");  // since Linux 5.15
    const std::int64_t shares = limits.yields ? least_shares : limits.cpu_weight * shares_of_a_cpu / 1000;
    if (limits.yields ? !idles : limits.cpu_weight > 0)
      good = write_control(at + "/cpu.shares", std::to_string(std::max(shares, least_shares))) && good;
    return good;
  }

  std::optional<CpuUsed> cpu_used(const std::string& group) override {
    const std::string ns = read_text(path("cpuacct", group) + "/cpuacct.usage");
    if (ns.empty()) return std::nullopt;
    const std::string stat = read_text(path("cpu", group) + "/cpu.stat");
    return CpuUsed{std::atoll(ns.c_str()) / 1000, number_after(stat, "nr_periods"),
                   number_after(stat, "nr_throttled")};
  }

  std::vector<std::int64_t> threads(const std::string& group) override {
    return numbers_in(read_text(path("cpuacct", group) + "/tasks"));
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
  static constexpr const char* controllers[] = {"pids", "memory", "cpu", "cpuacct"};
  static constexpr std::int64_t least_shares = 2, shares_of_a_cpu = 1024;
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
    return {2, usable("+memory"), usable("+cpu"), usable("+pids"), true};
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
    if (limits.cpu_milli > 0 || limits.cpu_weight > 0 || limits.yields) means.cpu = set_cpu(group, limits);
    means.cpu_use = true;
    if (limits.processes > 0)
      means.processes = write_control(path(group) + "/pids.max", std::to_string(limits.processes));
    return means;
  }

  bool set_cpu(const std::string& group, const CgroupLimits& limits) override {
    const std::string quota = limits.cpu_milli > 0 ? std::to_string(quota_us(limits.cpu_milli)) : "max";
    bool good = write_control(path(group) + "/cpu.max", quota + " " + std::to_string(period_us));
    const bool idles =
        write_control(path(group) + "/cpu.idle", limits.yields ? "1" : "0");  // since Linux 5.15
    const std::int64_t weight = limits.yields ? 1 : limits.cpu_weight * weight_of_a_cpu / 1000;
    if (limits.yields ? !idles : limits.cpu_weight > 0)
      good =
          write_control(path(group) + "/cpu.weight", std::to_string(std::clamp(weight, least, most))) && good;
    return good;
  }

  std::optional<CpuUsed> cpu_used(const std::string& group) override {
    const std::string stat = read_text(path(group) + "/cpu.stat");
    if (stat.empty()) return std::nullopt;
    return CpuUsed{number_after(stat, "usage_usec"), number_after(stat, "nr_periods"),
                   number_after(stat, "nr_throttled")};
  }

  std::vector<std::int64_t> threads(const std::string& group) override {
    return numbers_in(read_text(path(group) + "/cgroup.threads"));
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
  static constexpr std::int64_t weight_of_a_cpu = 100, least = 1, most = 10'000;
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
