// SPDX-License-Identifier: Apache-2.0
// Memory bombs, fork bombs, floods and full disks: real ones, small.
#include <sys/mount.h>

#include <csignal>

#include "engine/local/cgroup.hpp"
#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

using model::Cause;
using model::Enforcement;

class Limits : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Isolation, Limits, testing::Values("full", "plain"),
                         [](const auto& row) { return std::string(row.param); });

/// Doubles a variable until it is stopped.
constexpr const char* memory_bomb = "x=0123456789abcdef0123456789abcdef; while :; do x=$x$x; done";

TEST_P(Limits, AMemoryBombIsStoppedAndItsNeighbourLives) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const Enforcement promised = scene.joined().facts.memory_limit;
  EXPECT_EQ(promised == Enforcement::enforced,
            std::string(GetParam()) == "full" && Cgroups::find() && is_root());
  auto order = scene.order("sleep .6; echo fine");
  scene.spec->each.memory = MiB * 96;
  const auto neighbour = scene.launch(order);
  order = scene.order(memory_bomb);
  scene.spec->each.memory = MiB * 96;
  EXPECT_EQ(scene.ending(scene.launch(order)).cause, Cause::out_of_memory);
  EXPECT_EQ(scene.ending(neighbour).cause, Cause::exited);
  EXPECT_EQ(scene.output(neighbour), "fine\n");
}

/// The command itself stays small: one of its children is the culprit, and the whole job pays.
TEST_P(Limits, OneGreedyProcessEndsItsWholeJob) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order(std::string("sh -c '") + memory_bomb + "' & sleep 1000");
  scene.spec->each.memory = MiB * 64;
  const model::Ending ending = scene.ending(scene.launch(order));
  EXPECT_EQ(ending.cause, Cause::out_of_memory);
  EXPECT_EQ(ending.signal, 9);
}

TEST_P(Limits, AForkBombIsContained) {
  Scene scene(GetParam());
  scene.settings.process_limit = 60;
  ASSERT_TRUE(scene.open());
  const std::string mark = "1000." + std::to_string(::getpid());
  const auto bomb = scene.launch("i=0; while [ $i -lt 100 ]; do sleep " + mark + " & i=$((i+1)); done; wait");
  const auto neighbour =
      scene.launch("for i in 1 2 3 4 5 6 7 8 9 10; do sleep .05 || exit 1; done; echo fine");
  EXPECT_EQ(scene.ending(neighbour).exit_code, 0);
  if (std::string(GetParam()) == "full" && scene.joined().facts.process_limit == Enforcement::enforced) {
    EXPECT_NE(scene.ending(bomb).exit_code, 0);  // sh gives up at the refused fork
  } else {
    EXPECT_EQ(scene.ending(bomb).message, "stopped: more than 60 processes");
  }
  EXPECT_EQ(count_running(mark), 0);
}

/// One that forks as fast as it can until it is stopped from outside.
TEST_P(Limits, AWildForkBombCanBeStopped) {
  Scene scene(GetParam());
  scene.settings.process_limit = 100;
  ASSERT_TRUE(scene.open());
  const std::string mark = "bomb." + std::to_string(::getpid());
  const auto bomb =
      scene.launch("exec 2>/dev/null; trap '' TERM; b() { while :; do (b & b) ; done; }; b " + mark);
  ASSERT_GT(scene.started(bomb), 0);
  std::this_thread::sleep_for(100ms);
  scene.stop(bomb, 0ms);
  scene.finished(bomb);  // stopped, or given up by its shell when a fork was refused
  EXPECT_EQ(count_running(mark), 0);
}

TEST_P(Limits, AFloodOfOutputIsBoundedAndReadable) {
  Scene scene(GetParam());
  scene.settings.log_limit = Bytes{400 * 1024};
  ASSERT_TRUE(scene.open());
  const auto flood = scene.launch("echo first; seq 1 400000; echo last");
  EXPECT_EQ(scene.ending(flood).exit_code, 0);
  std::uintmax_t kept = 0;
  for (const auto& file : std::filesystem::directory_iterator(scene.task_folder(flood)))
    if (file.path().filename().string().rfind("log.", 0) == 0) kept += file.file_size();
  EXPECT_LE(kept, 400U * 1024);
  EXPECT_GE(kept, 200U * 1024);
  const std::string text = scene.output(flood);
  EXPECT_EQ(text.rfind("first\n1\n2\n", 0), 0U);
  EXPECT_EQ(text.substr(text.size() - 12), "400000\nlast\n");
  EXPECT_NE(text.find("of output were dropped here"), std::string::npos);
}

TEST_P(Limits, PagesJoinToTheWholeAndCanBeFollowed) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto talker =
      scene.launch("i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; sleep .05; seq 1 50000");
  std::string expected, followed;
  for (int i = 0; i < 200; ++i) expected += "line " + std::to_string(i) + "\n";
  for (int i = 1; i <= 50'000; ++i) expected += std::to_string(i) + "\n";
  std::int64_t from = 0;
  const bool complete = eventually([&] {
    const Result<OutputPage> page = scene.engine().read(talker, from, 100);
    if (!page) return false;
    EXPECT_GE(page->next, from);
    from = page->next;
    for (const Output& piece : page->pieces) followed += piece.bytes;
    return followed.size() >= expected.size();
  });
  EXPECT_TRUE(complete);
  EXPECT_TRUE(followed == expected) << followed.size() << " of " << expected.size() << ": "
                                    << followed.substr(followed.size() -
                                                       std::min<std::size_t>(80, followed.size()));
  EXPECT_EQ(scene.ending(talker).exit_code, 0);
}

TEST_P(Limits, AFullDiskCostsOutputAndNeverAnExitCode) {
  if (!is_root()) GTEST_SKIP() << "only root can mount the small file system this needs";
  Scratch scratch;
  if (::mount("tmpfs", scratch.path.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "cannot mount a tmpfs here";
  {
    Scene scene(GetParam(), 1, scratch.path + "/state");
    ASSERT_TRUE(scene.open());
    const auto attempt = scene.launch("echo first; sleep .2; head -c 4000000 /dev/zero; exit 9");
    ASSERT_GT(scene.started(attempt), 0);
    ASSERT_TRUE(eventually([&] { return scene.output(attempt) == "first\n"; }));
    {
      std::ofstream(scratch.path + "/filler") << std::string(4 << 20, 'x');
    }
    const model::Ending ending = scene.ending(attempt);
    EXPECT_EQ(ending.cause, Cause::exited);
    EXPECT_EQ(ending.exit_code, 9);
    const auto refused = scene.launch("true");  // and what cannot even begin says so
    const model::Ending none = scene.ending(refused);
    EXPECT_EQ(none.cause, Cause::not_started);
    EXPECT_NE(none.message.find("No space left on device"), std::string::npos) << none.message;
    std::filesystem::remove(scratch.path + "/filler");
    EXPECT_EQ(scene.ending(scene.launch("exit 2")).exit_code, 2);
  }
  EXPECT_EQ(::umount2(scratch.path.c_str(), MNT_DETACH), 0);
}

TEST(Cpu, AQuotaHoldsATaskBack) {
  Scene scene;
  ASSERT_TRUE(scene.open());
  if (scene.joined().facts.cpu_limit != Enforcement::enforced)
    GTEST_SKIP() << "no cpu cgroup can be used here";
  const auto order = scene.order(
      "cat /sys/fs/cgroup/cpu$(sed -n 's/.*:cpu://p' /proc/self/cgroup)/cpu.cfs_quota_us; "
      "cat /sys/fs/cgroup/pids$(sed -n 's/.*:pids://p' /proc/self/cgroup)/pids.max");
  scene.spec->each.cpus = Cpus{250};
  const auto attempt = scene.launch(order);
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  if (scene.joined().facts.isolation == "PID namespace, cgroup v1") {
    EXPECT_EQ(scene.output(attempt), "25000\n4096\n");
  }
}

TEST(Groups, NoneIsLeftBehind) {
  Scene scene;
  ASSERT_TRUE(scene.open());
  scene.joined();
  const auto order = scene.order("sleep .01");
  scene.spec->each.memory = MiB * 64;
  for (int i = 0; i < 3; ++i) {
    auto one = order;
    one.attempt.n = i + 1;
    scene.ending(scene.launch(one));
  }
  const auto killed = scene.launch("sleep 1000");
  scene.started(killed);
  ::kill(static_cast<pid_t>(scene.shim_of(killed)), SIGKILL);
  scene.ending(killed);
  struct stat about{};
  ::stat(scene.folder().c_str(), &about);
  const auto cgroups = Cgroups::find();
  if (!cgroups) GTEST_SKIP() << "this machine has no cgroups";
  EXPECT_TRUE(
      cgroups->groups("busbar-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino)).empty());
}

}  // namespace
}  // namespace busbar::engine
