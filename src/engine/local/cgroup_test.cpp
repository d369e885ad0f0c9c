// SPDX-License-Identifier: Apache-2.0
// Version 1 is tried on the machine's own hierarchy. Of version 2 the killing and freezing are real where it
// is mounted; its limits are written into a recorded tree, because a machine whose controllers are bound to
// version 1 has no others.
#include "engine/local/cgroup.hpp"

#include <sys/wait.h>

#include <csignal>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

pid_t sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0)
    for (;;) ::pause();
  return pid;
}

/// The files that Linux 6.1 shows in a version 2 hierarchy with three controllers, and in one group of it.
void record_tree(const std::string& root, const std::string& folder, const std::string& group) {
  std::filesystem::create_directories(root + "/" + group);
  for (const char* file : {"/cgroup.controllers", "/cgroup.subtree_control"})
    std::ofstream(root + file) << "cpu memory pids\n";
  std::ofstream(root + "/" + folder + "/cgroup.subtree_control") << "\n";
  for (const char* file : {"memory.max", "memory.swap.max", "memory.oom.group", "cpu.max", "pids.max",
                           "cgroup.procs", "cgroup.kill", "cpu.weight", "cpu.idle"})
    std::ofstream(root + "/" + group + "/" + file) << "";
  std::ofstream(root + "/" + group + "/memory.events")
      << "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n";
  std::ofstream(root + "/" + group + "/cpu.stat")
      << "usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 50\nnr_throttled "
         "7\nthrottled_usec 90\n";
  std::ofstream(root + "/" + group + "/cgroup.threads") << "41\n42\n";
}

TEST(CgroupVersion2, WritesItsLimitsWhereTheKernelReadsThem) {
  Scratch tree;
  record_tree(tree.path, "busbar-x", "busbar-x/7.0.1");
  const auto cgroups = Cgroups::find(tree.path);
  ASSERT_TRUE(cgroups);
  const CgroupMeans can = cgroups->open("busbar-x");
  EXPECT_EQ(can.version, 2);
  EXPECT_TRUE(can.memory && can.cpu && can.processes);
  const CgroupMeans held = cgroups->create("busbar-x/7.0.1", {64 << 20, 1500, 100});
  EXPECT_TRUE(held.memory && held.cpu && held.processes);
  EXPECT_TRUE(cgroups->attach("busbar-x/7.0.1", 4321));
  EXPECT_TRUE(cgroups->kill_all("busbar-x/7.0.1"));
  const std::string group = tree.path + "/busbar-x/7.0.1/";
  EXPECT_EQ(slurp(group + "memory.max"), "67108864");
  EXPECT_EQ(slurp(group + "memory.swap.max"), "0");
  EXPECT_EQ(slurp(group + "memory.oom.group"), "1");
  EXPECT_EQ(slurp(group + "cpu.max"), "150000 100000");
  EXPECT_EQ(slurp(group + "pids.max"), "100");
  EXPECT_EQ(slurp(group + "cgroup.procs"), "4321");
  EXPECT_EQ(slurp(group + "cgroup.kill"), "1");
  EXPECT_EQ(cgroups->memory_kills("busbar-x/7.0.1"), 2);
  EXPECT_EQ(cgroups->groups("busbar-x"), std::vector<std::string>{"7.0.1"});
}

TEST(CgroupVersion2, WeighsCpusAndTellsTheirUse) {
  Scratch tree;
  record_tree(tree.path, "busbar-x", "busbar-x/7.0.1");
  const auto cgroups = Cgroups::version_2(tree.path);
  const std::string group = tree.path + "/busbar-x/7.0.1/";
  CgroupLimits limits;
  limits.cpu_weight = 1500;
  EXPECT_TRUE(cgroups->create("busbar-x/7.0.1", limits).cpu);
  EXPECT_EQ(slurp(group + "cpu.weight"), "150");
  EXPECT_EQ(slurp(group + "cpu.idle"), "0");
  EXPECT_EQ(slurp(group + "cpu.max"), "max 100000");
  limits.yields = true;
  EXPECT_TRUE(cgroups->set_cpu("busbar-x/7.0.1", limits));
  EXPECT_EQ(slurp(group + "cpu.idle"), "1");
  EXPECT_EQ(slurp(group + "cpu.weight"), "150") << "of one that idles it is not looked at";
  std::filesystem::remove(group + "cpu.idle");  // before Linux 5.15
  EXPECT_TRUE(cgroups->set_cpu("busbar-x/7.0.1", limits));
  EXPECT_EQ(slurp(group + "cpu.weight").substr(0, 1), "1");
  EXPECT_FALSE(cgroups->set_cpu("busbar-x/8.0.1", limits)) << "no such group";
  const auto used = cgroups->cpu_used("busbar-x/7.0.1");
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(used->us, 5'000'000);
  EXPECT_EQ(used->periods, 50);
  EXPECT_EQ(used->throttled, 7);
  EXPECT_FALSE(cgroups->cpu_used("busbar-x/8.0.1").has_value());
  EXPECT_EQ(cgroups->threads("busbar-x/7.0.1"), (std::vector<std::int64_t>{41, 42}));
}

TEST(CgroupVersion2, WithoutAControllerSaysSo) {
  Scratch tree;
  std::filesystem::create_directories(tree.path + "/busbar-x/7.0.1");
  std::ofstream(tree.path + "/cgroup.controllers") << "hugetlb\n";
  const auto cgroups = Cgroups::find(tree.path);
  ASSERT_TRUE(cgroups);
  const CgroupMeans can = cgroups->open("busbar-x");
  EXPECT_FALSE(can.memory || can.cpu || can.processes);
  const CgroupMeans held = cgroups->create("busbar-x/7.0.1", {64 << 20, 1500, 100});
  EXPECT_FALSE(held.memory || held.cpu || held.processes);
}

TEST(Cgroups, AreNotFoundWhereThereAreNone) {
  Scratch empty;
  EXPECT_FALSE(Cgroups::find(empty.path));
}

/// The mount point of version 2 on this machine, pure or hybrid.
std::string version_2_here() {
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
    if (std::filesystem::exists(std::string(root) + "/cgroup.controllers")) return root;
  return {};
}

/// `without_kill` hides cgroup.kill, as on a kernel before 5.14, so that freezing has to do.
void kills_a_real_group(bool without_kill) {
  const std::string root = version_2_here();
  if (root.empty() || !is_root()) GTEST_SKIP() << "needs root and a version 2 hierarchy";
  Scratch links;
  const std::string name = "busbar-test-" + std::to_string(::getpid()), group = name + "/1.0.1";
  const auto real = Cgroups::version_2(root);
  real->open(name);
  ASSERT_EQ(real->create(group, {}).version, 2);
  auto cgroups = Cgroups::version_2(root);
  if (without_kill) {  // the same group through links, but for that one file
    std::filesystem::create_directories(links.path + "/" + group);
    for (const char* file : {"cgroup.procs", "cgroup.freeze", "cgroup.events"})
      std::filesystem::create_symlink(root + "/" + group + "/" + file, links.path + "/" + group + "/" + file);
    cgroups = Cgroups::version_2(links.path);
  }
  std::vector<pid_t> members = {sleeper(), sleeper(), sleeper()};
  const pid_t stranger = sleeper();
  for (const pid_t pid : members) EXPECT_TRUE(cgroups->attach(group, pid));
  EXPECT_TRUE(cgroups->kill_all(group));
  for (const pid_t pid : members) {
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
  EXPECT_TRUE(alive(stranger));
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
  EXPECT_TRUE(real->remove(group));
  EXPECT_TRUE(real->remove(name));
}

TEST(CgroupVersion2, KillsARealGroupAtOnce) { kills_a_real_group(false); }
TEST(CgroupVersion2, KillsARealGroupByFreezingWhereItMust) { kills_a_real_group(true); }

TEST(CgroupVersion1, LimitsAndKillsARealGroup) {
  if (!is_root() || !std::filesystem::exists("/sys/fs/cgroup/memory/cgroup.procs"))
    GTEST_SKIP() << "needs root and version 1";
  const auto cgroups = Cgroups::version_1("/sys/fs/cgroup");
  const std::string name = "busbar-test-" + std::to_string(::getpid()), group = name + "/1.0.1";
  const CgroupMeans can = cgroups->open(name);
  EXPECT_TRUE(can.memory && can.cpu && can.processes);
  const CgroupMeans held = cgroups->create(group, {64 << 20, 1500, 100});
  EXPECT_TRUE(held.memory && held.cpu && held.processes);
  EXPECT_EQ(slurp("/sys/fs/cgroup/memory/" + group + "/memory.limit_in_bytes"), "67108864\n");
  EXPECT_EQ(slurp("/sys/fs/cgroup/cpu/" + group + "/cpu.cfs_quota_us"), "150000\n");
  EXPECT_EQ(slurp("/sys/fs/cgroup/pids/" + group + "/pids.max"), "100\n");
  EXPECT_TRUE(cgroups->watch_memory(group).fd);
  EXPECT_EQ(cgroups->memory_kills(group), 0);
  const pid_t member = sleeper();
  EXPECT_TRUE(cgroups->attach(group, member));
  // As if init: reaped while kill_all waits for the group to empty.
  std::thread reaper([member] { ::waitpid(member, nullptr, 0); });
  EXPECT_TRUE(cgroups->kill_all(group));
  reaper.join();
  EXPECT_EQ(cgroups->groups(name), std::vector<std::string>{"1.0.1"});
  EXPECT_TRUE(cgroups->remove(group));
  EXPECT_TRUE(cgroups->remove(name));
}

}  // namespace
}  // namespace busbar::engine
