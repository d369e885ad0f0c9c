// SPDX-License-Identifier: Apache-2.0
// What tasks are told to have used and waited for, against recorded files of a machine with two of them.
#include "engine/local/cpu_meter.hpp"

#include <unistd.h>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

/// A version 2 hierarchy and a /proc, as text.
struct Recorded {
  Scratch tree;
  std::unique_ptr<Cgroups> cgroups = Cgroups::version_2(tree.path);
  CpuMeter meter{*cgroups, "busbar-x", tree.path + "/proc"};
  std::int64_t now = 0;

  void write(const std::string& path, const std::string& text) {
    const std::string whole = tree.path + "/" + path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole) << text;
  }
  void task(const std::string& name, std::int64_t used_us, std::int64_t periods, std::int64_t throttled,
            int thread, std::int64_t waited_ns) {
    write("busbar-x/" + name + "/cpu.stat", "usage_usec " + std::to_string(used_us) + "\nnr_periods " +
                                                std::to_string(periods) + "\nnr_throttled " +
                                                std::to_string(throttled) + "\n");
    write("busbar-x/" + name + "/cgroup.threads", std::to_string(thread) + "\n");
    write("proc/" + std::to_string(thread) + "/schedstat", "1 " + std::to_string(waited_ns) + " 1\n");
  }
  /// Milliseconds of user, nice, idle and stolen time since the machine started.
  void machine(std::int64_t user, std::int64_t nice, std::int64_t idle, std::int64_t stolen) {
    const std::int64_t tick = 1000 / ::sysconf(_SC_CLK_TCK);
    const auto ticks = [&](std::int64_t ms) { return std::to_string(ms / tick); };
    write("proc/stat", "cpu  " + ticks(user) + " " + ticks(nice) + " 0 " + ticks(idle) + " 0 0 0 " +
                           ticks(stolen) + " 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  }
  std::optional<CpuUse> read() { return meter.read(NodeId{1}, now += 2'000'000); }
};

TEST(CpuMeter, TellsWhatEachDidSinceItLookedLast) {
  Recorded lab;
  lab.machine(0, 0, 0, 0);
  lab.task("7.0.1", 0, 0, 0, 41, 0);
  lab.task("8.0.1", 0, 0, 0, 51, 0);
  EXPECT_FALSE(lab.read().has_value()) << "it has nothing to compare with";

  lab.machine(5000, 1000, 1500, 500);
  lab.task("7.0.1", 2'000'000, 20, 1, 41, 500'000'000);  // 1 CPU, and a quarter more wanted
  lab.task("8.0.1", 1'000'000, 20, 3, 51, 800'000'000);  // at its own limit in 3 of 20 periods
  const auto use = lab.read();
  ASSERT_TRUE(use.has_value());
  ASSERT_EQ(use->tasks.size(), 2u);
  const auto& first = use->tasks[use->tasks[0].attempt.job == JobId{7} ? 0 : 1];
  const auto& other = use->tasks[use->tasks[0].attempt.job == JobId{7} ? 1 : 0];
  EXPECT_EQ(first.used, Cpus{1000});
  EXPECT_EQ(first.waited, Cpus{250});
  EXPECT_FALSE(other.used.has_value()) << "nobody can tell what it would have used";
  EXPECT_EQ(use->others, Cpus{1250}) << "5.5 s in 2 s, without 3 s of the tasks; what is nice gives way";
}

TEST(CpuMeter, WhoHasJustComeIsToldTheNextTime) {
  Recorded lab;
  lab.machine(0, 0, 0, 0);
  lab.task("7.0.1", 0, 0, 0, 41, 0);
  lab.read();
  lab.task("9.0.1", 7'000'000, 0, 0, 61, 0);
  std::filesystem::create_directories(lab.tree.path + "/busbar-x/10.0.1");  // its group tells nothing
  auto use = lab.read();
  ASSERT_EQ(use->tasks.size(), 2u);
  lab.task("9.0.1", 7'400'000, 0, 0, 62, 600'000'000);  // a thread that is new has waited since it came
  use = lab.read();
  ASSERT_EQ(use->tasks.size(), 3u);
  for (const CpuUse::Task& task : use->tasks) {
    if (task.attempt.job == JobId{9}) {
      EXPECT_EQ(task.used, Cpus{200});
      EXPECT_EQ(task.waited, Cpus{300});
    }
    if (task.attempt.job == JobId{10}) {
      EXPECT_FALSE(task.used.has_value());
    }
  }
}

}  // namespace
}  // namespace busbar::engine
