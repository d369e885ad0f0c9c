// SPDX-License-Identifier: Apache-2.0
// cgroup.hpp: limits by control groups, version 1 or 2 behind one interface. Every group is two levels down,
// "busbar-NAME/7.0.1". Used by the shim and the launcher; the root is handed in so that a recorded tree can
// stand for it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/local/shim/system.hpp"

namespace busbar::engine {

/// 0 means no limit.
struct CgroupLimits {
  std::int64_t memory = 0;     // bytes
  std::int64_t cpu_milli = 0;  // thousandths of a CPU
  std::int64_t processes = 0;
  std::int64_t cpu_weight =
      0;                // thousandths of a CPU that it counts on where others want them, too; 0: as others do
  bool yields = false;  // instead: it runs only where nobody else wants to
};
/// Which limits a hierarchy, or one group, really holds.
struct CgroupMeans {
  int version = 0;
  bool memory = false, cpu = false, processes = false;
  bool cpu_use = false;  // how much CPU a group used can be read
};
/// What a group has used since it was made. The times that its threads waited are in /proc/TID/schedstat.
struct CpuUsed {
  std::int64_t us = 0;
  std::int64_t periods = 0, throttled = 0;  // of 100 ms, and those in which its limit was all used up
};

class Cgroups {
 public:
  virtual ~Cgroups() = default;
  /// Makes our folder and says what can be limited in it.
  virtual CgroupMeans open(const std::string& folder) = 0;
  /// Makes the group with those limits; says which of them hold.
  virtual CgroupMeans create(const std::string& group, const CgroupLimits& limits) = 0;
  /// Changes what it was made with: the limit of CPUs (0: none), weight and whether it yields. Also of our
  /// folder.
  virtual bool set_cpu(const std::string& group, const CgroupLimits& limits) = 0;
  /// Nothing where nobody can tell.
  virtual std::optional<CpuUsed> cpu_used(const std::string& group) = 0;
  /// Its threads.
  virtual std::vector<std::int64_t> threads(const std::string& group) = 0;
  virtual bool attach(const std::string& group, std::int64_t pid) = 0;
  /// A descriptor that wakes poll() with `events` when the group runs out of memory; none where there is no
  /// such limit.
  struct OomWatch {
    shim::Fd fd, keep;
    short events = 0;
  };
  virtual OomWatch watch_memory(const std::string& group) = 0;
  virtual std::int64_t memory_kills(const std::string& group) = 0;
  /// Kills every member, however fast they fork. False where the group is not there.
  virtual bool kill_all(const std::string& group) = 0;
  virtual bool remove(const std::string& group) = 0;
  /// Names of the groups in our folder.
  virtual std::vector<std::string> groups(const std::string& folder) = 0;

  /// What this machine has; null where nothing is mounted at `root`.
  static std::unique_ptr<Cgroups> find(const std::string& root = "/sys/fs/cgroup");
  static std::unique_ptr<Cgroups> version_1(const std::string& root);
  static std::unique_ptr<Cgroups> version_2(const std::string& root);
};

}  // namespace busbar::engine
