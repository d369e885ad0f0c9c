// SPDX-License-Identifier: Apache-2.0
#include "engine/local/cpu_meter.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engine/local/task_order.hpp"

namespace busbar::engine {
namespace {

using shim::read_text;

/// The `n`th number of a line, the first is 0; 0 where there is none.
std::int64_t number_at(const std::string& line, int n) {
  const char* at = line.c_str();
  for (;; --n) {
    char* end = nullptr;
    const std::int64_t number = std::strtoll(at, &end, 10);
    if (end == at || n == 0) return end == at ? 0 : number;
    at = end;
  }
}

}  // namespace

/// How long the machine's CPUs were busy with what does not give way by itself: all but idle time, waiting
/// for disks, and what runs with a nice value. What a hypervisor took counts as busy.
std::int64_t CpuMeter::busy_us() const {
  const std::string stat = read_text(proc_ + "/stat");  // cpu user nice system idle iowait irq softirq steal
  const std::string line = stat.substr(std::min<std::size_t>(stat.find(' '), stat.size()));
  const std::int64_t tick_us = 1'000'000 / std::max<std::int64_t>(::sysconf(_SC_CLK_TCK), 1);
  std::int64_t ticks = 0;
  for (const int column : {0, 2, 5, 6, 7}) ticks += number_at(line, column);
  return ticks * tick_us;
}

std::map<std::int64_t, std::int64_t> CpuMeter::waits_of(const std::string& group) {
  std::map<std::int64_t, std::int64_t> waits;
  for (const std::int64_t thread : cgroups_.threads(group)) {
    // "ns that it ran, ns that it could have run and had no CPU, how often it ran"
    const std::string line = read_text(proc_ + "/" + std::to_string(thread) + "/schedstat");
    if (!line.empty()) waits.emplace(thread, number_at(line, 1));
  }
  return waits;
}

std::optional<CpuUse> CpuMeter::read(NodeId node, std::int64_t now_us) {
  CpuUse use{node, {}, {}};
  const std::int64_t span = now_us - at_us_, busy = busy_us();
  const bool first = at_us_ == 0 || span <= 0;
  const auto average = [&](std::int64_t us) {
    return Cpus{first ? 0 : std::max<std::int64_t>(us, 0) * 1000 / span};
  };
  std::map<std::string, Seen> seen;
  std::int64_t of_tasks = 0;
  for (const std::string& name : cgroups_.groups(folder_)) {
    const auto attempt = shim::parse_attempt(name.c_str());
    if (!attempt) continue;
    const std::string group = folder_ + "/" + name;
    const auto used = cgroups_.cpu_used(group);
    const auto before = seen_.find(name);
    if (!used) {
      use.tasks.push_back({attempt_of(*attempt), {}, {}});
      continue;
    }
    Seen now{*used, waits_of(group)};
    if (before != seen_.end()) {
      const CpuUsed& was = before->second.used;
      of_tasks += used->us - was.us;
      std::int64_t waited_ns = 0;
      for (const auto& [thread, ns] : now.waits) {
        const auto known = before->second.waits.find(thread);
        waited_ns +=
            std::max<std::int64_t>(ns - (known == before->second.waits.end() ? 0 : known->second), 0);
      }
      CpuUse::Task task{attempt_of(*attempt), average(used->us - was.us), average(waited_ns / 1000)};
      if ((used->throttled - was.throttled) * 10 > used->periods - was.periods) task.used.reset();
      use.tasks.push_back(task);
    }
    seen.emplace(name, std::move(now));
  }
  use.others = average(busy - busy_us_ - of_tasks);
  seen_ = std::move(seen);
  at_us_ = now_us;
  busy_us_ = busy;
  if (first) return std::nullopt;
  return use;
}

}  // namespace busbar::engine
