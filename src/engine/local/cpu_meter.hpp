// SPDX-License-Identifier: Apache-2.0
// cpu_meter.hpp: what each task on this machine uses of its CPUs, and for how long its threads wait for one.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.hpp"
#include "engine/local/cgroup.hpp"

namespace busbar::engine {

class CpuMeter {
 public:
  /// Looks at the groups in our `folder`; `proc` is /proc, but for tests.
  CpuMeter(Cgroups& cgroups, std::string folder, std::string proc = "/proc")
      : cgroups_(cgroups), folder_(std::move(folder)), proc_(std::move(proc)) {}

  /// Since the last call; nothing the first time. Cost: three small files for each task and one for each of
  /// its threads. Of a task that was held at its own limit in more than a tenth of the time it is not known
  /// what it would have used; nor of one whose group does not tell. Threads that came and went in between did
  /// not wait.
  std::optional<CpuUse> read(NodeId node, std::int64_t now_us);

 private:
  struct Seen {
    CpuUsed used;
    std::map<std::int64_t, std::int64_t> waits;  // by thread: so long it ever waited for a CPU, ns
  };
  std::map<std::int64_t, std::int64_t> waits_of(const std::string& group);
  std::int64_t busy_us() const;

  Cgroups& cgroups_;
  std::string folder_, proc_;
  std::map<std::string, Seen> seen_;  // by group
  std::int64_t at_us_ = 0, busy_us_ = 0;
};

}  // namespace busbar::engine
