// SPDX-License-Identifier: Apache-2.0
// One server for everybody when it is root's; for its own uid alone when it is not.
#include <grp.h>
#include <sys/wait.h>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

using model::Cause;
constexpr std::uint32_t nobody = 65534;

class Users : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "only root can run tasks as somebody else";
    if (!::getpwuid(nobody)) GTEST_SKIP() << "this machine has no user nobody";
  }
  static LaunchOrder order_of_nobody(Scene& scene, const std::string& shell) {
    LaunchOrder order = scene.order(shell);
    order.owner.uid = order.owner.gid = nobody;
    return order;
  }
};
INSTANTIATE_TEST_SUITE_P(Isolation, Users, testing::Values("full", "plain"),
                         [](const auto& row) { return std::string(row.param); });

TEST_P(Users, ATaskRunsAsItsOwnerAndAsNobodyElse) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto attempt = scene.launch(order_of_nobody(
      scene, "id -u; id -ru; id -G; echo $USER; grep ^Cap[EPI] /proc/self/status | tr -d '\\n\\t'"));
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_EQ(
      scene.output(attempt),
      "65534\n65534\n65534\nnobody\nCapInh:0000000000000000CapPrm:0000000000000000CapEff:0000000000000000");
}

TEST_P(Users, ItsScriptAndScratchAreItsOwn) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = order_of_nobody(scene, "");
  scene.spec->command = {"job.sh"};
  scene.spec->tasks = 2;
  scene.spec->script =
      "#!/bin/sh\ncd $BUSBAR_SCRATCH && touch mine && stat -c %u . mine && cat $BUSBAR_HOSTFILE\n";
  const auto attempt = scene.launch(order);
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_EQ(scene.output(attempt), "65534\n65534\nhere slots=1\n");
  EXPECT_FALSE(std::filesystem::exists(scene.folder() + "/run/" + model::show(attempt)));
}

TEST_P(Users, CannotTouchRecordsLogsOrOthersFolders) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const std::string f = scene.folder();
  const auto others = scene.launch("sleep 1000");
  ASSERT_GT(scene.started(others), 0);
  const std::string victim = f + "/run/" + model::show(others);
  const auto attempt = scene.launch(order_of_nobody(
      scene, "exec 2>/dev/null; for f in " + f + "/tasks/* " + f + "/tasks " + f + "/ended " + f +
                 "/launcher.epoch " + f + "/engine.sock " + victim + "/scratch " + victim +
                 "; do cat $f && echo read $f; ls $f/ && echo listed $f; "
                 "echo x >> $f && echo wrote $f; touch $f/x && echo made $f; done; mv " +
                 victim + " /tmp/x && echo moved; kill -9 " + std::to_string(scene.shim_of(others)) +
                 " && echo killed; true"));
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_EQ(scene.output(attempt), "");
  scene.stop(others);
  EXPECT_EQ(scene.ending(others).cause, Cause::stopped);
}

TEST_P(Users, AnOutputFileIsOpenedWithTheirRights) {
  Scratch scratch;
  ::chmod(scratch.path.c_str(), 01777);
  std::ofstream(scratch.path + "/roots") << "precious\n";
  ::chmod((scratch.path + "/roots").c_str(), 0600);
  ASSERT_EQ(::symlink((scratch.path + "/roots").c_str(), (scratch.path + "/link").c_str()), 0);
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  auto order = order_of_nobody(scene, "echo overwritten");
  scene.spec->output = scratch.path + "/link";
  model::Ending ending = scene.ending(scene.launch(order));
  EXPECT_EQ(ending.cause, Cause::not_started);
  EXPECT_EQ(ending.message, "cannot open the output file " + scratch.path + "/link: Permission denied");
  EXPECT_EQ(slurp(scratch.path + "/roots"), "precious\n");

  order = order_of_nobody(scene, "echo to out; echo to err >&2");
  scene.spec->workdir = scratch.path;
  scene.spec->output = "%j.out";
  scene.spec->error = "%j.err";
  const auto attempt = scene.launch(order);
  ending = scene.ending(attempt);
  EXPECT_EQ(ending.exit_code, 0) << ending.message;
  const std::string file = scratch.path + "/" + std::to_string(attempt.job.value);
  EXPECT_EQ(slurp(file + ".out"), "to out\n");
  EXPECT_EQ(slurp(file + ".err"), "to err\n");
  struct stat about{};
  ASSERT_EQ(::stat((file + ".out").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, nobody);
  EXPECT_EQ(scene.output(attempt).size(), 14U);  // the server's log has both

  order.attempt.n = 2;  // after a restart the file goes on
  order.restarts = 1;
  EXPECT_EQ(scene.ending(scene.launch(order)).exit_code, 0);
  EXPECT_EQ(slurp(file + ".out"), "to out\nto out\n");
}

TEST_P(Users, AFifoThatNobodyReadsHoldsNothingUp) {
  Scratch scratch;
  ::chmod(scratch.path.c_str(), 01777);
  ASSERT_EQ(::mkfifo((scratch.path + "/fifo").c_str(), 0666), 0);
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = order_of_nobody(scene, "echo x");
  scene.spec->output = scratch.path + "/fifo";
  EXPECT_EQ(scene.ending(scene.launch(order)).cause, Cause::not_started);
}

TEST_P(Users, WhoIsUnknownHereIsNotStarted) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  auto order = scene.order("true");
  order.owner.uid = 3'999'999'999;
  const model::Ending ending = scene.ending(scene.launch(order));
  EXPECT_EQ(ending.cause, Cause::not_started);
  EXPECT_EQ(ending.message, "this machine has no user with uid 3999999999");
}

/// Runs in a process of its own that has given root's rights up. Gives 0 or the number of what went wrong.
int as_nobody(const char* isolation, const std::string& folder, const std::string& shim) {
  if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 1;
  Scene scene(isolation, 1, folder + "/state");
  scene.shim = shim;
  if (!scene.open()) return 2;
  const Joined joined = scene.joined();
  if (joined.facts.memory_limit != model::Enforcement::watched) return 3;
  const std::string mark = "1000.2." + std::to_string(::getpid());
  const auto own = scene.launch("id -u; nohup setsid sleep " + mark + " & exit 5");
  if (scene.ending(own).exit_code != 5 || scene.output(own) != "65534\n") return 4;
  if (count_running(mark) != 0) return 5;
  auto order = scene.order("true");
  order.owner.uid = 0;
  if (scene.ending(scene.launch(order)).cause != Cause::not_started) return 6;
  order = scene.order("x=0123456789abcdef; while :; do x=$x$x; done");
  scene.spec->each.memory = MiB * 64;
  if (scene.ending(scene.launch(order)).cause != Cause::out_of_memory) return 7;
  const auto stopped = scene.launch("sleep 1000");
  scene.started(stopped);
  scene.stop(stopped, 20s);
  if (scene.ending(stopped).cause != Cause::stopped) return 8;
  const auto seen = scene.launch("ls /proc | grep -c '^[0-9]'");
  if (scene.ending(seen).exit_code != 0) return 9;
  const bool alone = std::stoi(scene.output(seen)) <= 4;
  if (alone != (joined.facts.isolation.rfind("PID namespace", 0) == 0)) return 10;
  return testing::Test::HasFailure() ? 11 : 0;
}

TEST_P(Users, AServerWithoutRootRunsItsOwnUidAlone) {
  Scratch scratch;
  ::chmod(scratch.path.c_str(), 01777);
  const std::string shim = scratch.path + "/busbar-shim";  // the build folder may be closed to others
  std::filesystem::copy_file(std::string(BUSBAR_BINARY_DIR) + "/busbar-shim", shim);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(as_nobody(GetParam(), scratch.path, shim));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace busbar::engine
