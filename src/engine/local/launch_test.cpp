// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

using model::Cause;

class Launch : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Isolation, Launch, testing::Values("full", "plain"),
                         [](const auto& row) { return std::string(row.param); });

struct End {
  const char* says;
  const char* shell;
  int code, signal;
  const char* output;
};

constexpr End ends[] = {
    // clang-format off
    {"success is 0",                                 "true",                     0, 0, ""},
    {"a code is the command's own",                  "exit 7",                   7, 0, ""},
    {"the largest code",                             "exit 255",               255, 0, ""},
    {"a signal is not a code",                       "kill -USR1 $$",            0, 10, ""},
    {"so is the one that cannot be caught",          "kill -9 $$",               0, 9, ""},
    {"output and errors are both kept, in order",    "echo a; sleep .05; echo b >&2; sleep .05; echo c", 0, 0, "a\nb\nc\n"},
    {"a last line without an end is kept",           "printf x",                 0, 0, "x"},
    {"there is nothing to read at its input",        "wc -c",                    0, 0, "0\n"},
    {"no descriptor of ours leaks into it",          "ls /proc/self/fd | tr '\\n' ' '", 0, 0, "0 1 2 3 "},
    // clang-format on
};

TEST_P(Launch, EndsAsTheCommandEnds) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  for (const End& end : ends) {
    SCOPED_TRACE(end.says);
    const auto attempt = scene.launch(end.shell);
    const model::Ending ending = scene.ending(attempt);
    EXPECT_EQ(ending.cause, Cause::exited);
    EXPECT_EQ(ending.exit_code, end.code);
    EXPECT_EQ(ending.signal, end.signal);
    EXPECT_EQ(scene.output(attempt), end.output);
    EXPECT_GT(scene.started(attempt), 0);
  }
}

TEST_P(Launch, ACommandThatCannotBeRunSaysWhyInItsLog) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  auto order = scene.order("");
  scene.spec->command = {"no-such-program"};
  const auto missing = scene.launch(order);
  EXPECT_EQ(scene.ending(missing).exit_code, 127);
  EXPECT_EQ(scene.output(missing), "busbar: cannot run 'no-such-program': No such file or directory\n");
  order = scene.order("");
  scene.spec->command = {"/etc/passwd"};
  const auto forbidden = scene.launch(order);
  EXPECT_EQ(scene.ending(forbidden).exit_code, 126);
  EXPECT_EQ(scene.output(forbidden), "busbar: cannot run '/etc/passwd': Permission denied\n");
}

TEST_P(Launch, AMissingFolderIsNoFailureOfTheCommand) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  auto order = scene.order("true");
  scene.spec->workdir = "/no/such/folder";
  const model::Ending ending = scene.ending(scene.launch(order));
  EXPECT_EQ(ending.cause, Cause::not_started);
  EXPECT_EQ(ending.message, "cannot enter the working folder /no/such/folder: No such file or directory");
}

TEST_P(Launch, AShimIsSmall) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const model::AttemptId running = scene.launch("head -c 1000000 /dev/zero | tr '\\0' x; exec sleep 1000");
  ASSERT_GT(scene.started(running), 0);
  ASSERT_TRUE(eventually([&] { return scene.output(running).size() >= 1'000'000; }));
  const std::string status = slurp("/proc/" + std::to_string(scene.shim_of(running)) + "/status");
  const std::size_t peak = status.find("VmHWM:");  // the most it ever held
  ASSERT_NE(peak, std::string::npos);
  EXPECT_LT(std::stol(status.substr(peak + 6)), 2048) << "kB; a machine holds one for each of its tasks";
  scene.stop(running);
  scene.ending(running);
}

/// Each leaves something that would outlive a careless launcher. MARK names it.
constexpr const char* runaways[] = {
    "(sleep 1000MARK &) ; true",
    "nohup sleep 1000MARK >/dev/null 2>&1 & true",
    "setsid sleep 1000MARK >/dev/null 2>&1 & true",
    "setsid sh -c 'setsid sh -c \"sleep 1000MARK & sleep 1000MARK\" & ' ; true",
    "env -i setsid sleep 1000MARK & sleep .05; true",
    "sh -c 'trap \"\" TERM HUP; sleep 1000MARK' & true",
    "sleep 1000MARK & kill -STOP $!; true",
};

TEST_P(Launch, NothingOutlivesItsJob) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  int number = 0;
  for (const std::string runaway : runaways) {
    SCOPED_TRACE(runaway);
    const std::string mark = std::to_string(::getpid()) + "." + std::to_string(number++);
    std::string shell;
    for (std::size_t i = 0; i < runaway.size(); ++i)
      if (runaway.compare(i, 4, "MARK") == 0)
        shell += mark, i += 3;
      else
        shell += runaway[i];
    EXPECT_EQ(scene.ending(scene.launch(shell)).exit_code, 0);
    EXPECT_EQ(count_running("1000" + mark), 0);
  }
}

TEST_P(Launch, AJobThatIgnoresTheRequestIsKilledAfterItsGrace) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto deaf = scene.launch("trap '' TERM; echo ready; while :; do sleep .05; done");
  ASSERT_TRUE(eventually([&] { return scene.output(deaf) == "ready\n"; }));
  scene.stop(deaf, 150ms);
  const model::Ending ending = scene.ending(deaf);
  EXPECT_EQ(ending.cause, Cause::stopped);
  EXPECT_EQ(ending.signal, 9);
  EXPECT_GE(ending.ran, 150ms);
}

TEST_P(Launch, AStoppedJobFindsTheReasonAndEndsInItsOwnWay) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto polite = scene.launch(
      "exec 2>/dev/null; trap 'cat $BUSBAR_STOP_REASON; exit 3' TERM; echo ready; while :; do sleep .02; "
      "done");
  ASSERT_TRUE(eventually([&] { return scene.output(polite) == "ready\n"; }));
  scene.stop(polite, 20s, "preempted by 12");
  const model::Ending ending = scene.ending(polite);
  EXPECT_EQ(ending.cause, Cause::stopped);
  EXPECT_EQ(ending.exit_code, 3);
  EXPECT_EQ(scene.output(polite), "ready\npreempted by 12\n");
}

constexpr const char* saver =
    "exec 2>/dev/null; trap 'cat $BUSBAR_STOP_REASON; echo saved; exit 0' USR1; trap 'echo told; exit 0' "
    "TERM; "
    "echo ready; while :; do sleep .02; done";

TEST_P(Launch, APreemptedJobHearsItsOwnSignalFirstAndMaySave) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order(saver);
  scene.spec->warning = {SIGUSR1, 20s, true};
  const auto polite = scene.launch(order);
  ASSERT_TRUE(eventually([&] { return scene.output(polite) == "ready\n"; }));
  scene.stop(polite, 20s, "makes room", true);
  EXPECT_EQ(scene.ending(polite).cause, Cause::stopped);
  EXPECT_EQ(scene.output(polite), "ready\nmakes room\nsaved\n");
}

TEST_P(Launch, WhoDoesNotGoWhenItMaySaveIsAskedToAfterTheTimeAheadAndThenKilled) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order(
      "exec 2>/dev/null; trap '' USR1; trap 'echo told' TERM; echo ready; while :; do sleep .02; done");
  scene.spec->warning = {SIGUSR1, 300ms, true};
  const auto deaf = scene.launch(order);
  ASSERT_TRUE(eventually([&] { return scene.output(deaf) == "ready\n"; }));
  scene.stop(deaf, 200ms, "makes room", true);
  scene.stop(deaf, 200ms, "makes room", true);  // told again after a crash: no second start of the clock
  const model::Ending ending = scene.ending(deaf);
  EXPECT_EQ(ending.cause, Cause::stopped);
  EXPECT_EQ(ending.signal, 9);
  EXPECT_GE(ending.ran, 500ms);
  EXPECT_EQ(scene.output(deaf), "ready\ntold\n");
}

TEST_P(Launch, AStopInTheMiddleOfSavingDoesNotWaitForIt) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order(
      "exec 2>/dev/null; trap '' USR1; trap 'echo told; exit 3' TERM; echo ready; while :; do sleep .02; "
      "done");
  scene.spec->warning = {SIGUSR1, 1h, true};
  const auto slow = scene.launch(order);
  ASSERT_TRUE(eventually([&] { return scene.output(slow) == "ready\n"; }));
  scene.stop(slow, 1h, "makes room", true);
  scene.stop(slow, 20s, "asked");
  EXPECT_EQ(scene.ending(slow).exit_code, 3);
  EXPECT_EQ(scene.output(slow), "ready\ntold\n");
}

TEST_P(Launch, AnImpatientSecondStopShortensTheGrace) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto deaf = scene.launch("trap '' TERM; echo ready; while :; do sleep .05; done");
  ASSERT_TRUE(eventually([&] { return scene.output(deaf) == "ready\n"; }));
  scene.stop(deaf, 1h);
  scene.stop(deaf, 0ms);
  EXPECT_EQ(scene.ending(deaf).signal, 9);
}

TEST_P(Launch, AJobThatWasPutToSleepIsStoppedToo) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto asleep = scene.launch("kill -STOP $$");
  ASSERT_TRUE(eventually([&] {
    return slurp("/proc/" + std::to_string(scene.started(asleep)) + "/stat").find(") T") != std::string::npos;
  }));
  scene.stop(asleep, 20s);
  EXPECT_EQ(scene.ending(asleep).signal, SIGTERM);
}

TEST_P(Launch, TheTimeLimitEndsAJobAndSaysSo) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  auto order = scene.order(
      "exec 2>/dev/null; trap 'cat $BUSBAR_STOP_REASON; exit 0' TERM; while :; do sleep .02; done");
  order.time_limit = 300ms;
  const auto attempt = scene.launch(order);
  const model::Ending ending = scene.ending(attempt);
  EXPECT_EQ(ending.cause, Cause::timeout);
  EXPECT_GE(ending.ran, 300ms);
  EXPECT_EQ(scene.output(attempt), "time limit\n");
}

struct Warned {
  const char* says;
  const char* shell;
  bool asked;
  const char* output;
};
constexpr Warned warned[] = {
    {"a handler hears it though nobody asked", "trap 'echo warned' USR2; while :; do sleep .02; done", false,
     "warned\n"},
    {"who has no handler is spared", "while :; do sleep .02; done", false, ""},
    {"asked for, it goes to everyone",
     "exec 2>/dev/null; sh -c 'trap \"echo heard; exit\" USR2; while :; do sleep .02; done' & trap '' USR2; "
     "wait; wait; "
     "while :; do sleep .02; done",
     true, "heard\n"},
};

TEST_P(Launch, TheWarningComesBeforeTheLimit) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  for (const Warned& row : warned) {
    SCOPED_TRACE(row.says);
    auto order = scene.order(row.shell);
    order.time_limit = 1200ms;
    scene.spec->grace = 0ms;
    scene.spec->warning = {SIGUSR2, 600ms, row.asked};
    const auto attempt = scene.launch(order);
    EXPECT_EQ(scene.ending(attempt).cause, Cause::timeout);
    EXPECT_EQ(scene.output(attempt), row.output);
  }
}

TEST_P(Launch, AScriptRunsInPlaceOfTheCommand) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order("");
  scene.spec->command = {"train.sh", "one", "two"};
  scene.spec->script =
      "#!/bin/sh\n# " + std::string(1 << 20, 'x') + "\necho $1 $2 $#\n";  // larger than a message
  const auto attempt = scene.launch(order);
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_EQ(scene.output(attempt), "one two 2\n");
}

TEST_P(Launch, ALargeEnvironmentArrives) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order("printf %s \"$A\" \"$B\" | wc -c");
  scene.spec->env = {{"A", std::string(100'000, 'a')}, {"B", std::string(100'000, 'b')}};
  const auto attempt = scene.launch(order);
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_EQ(scene.output(attempt), "200000\n");
}

TEST_P(Launch, ScratchIsThereAndGoesWithTheTask) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order(
      "test \"$BUSBAR_SCRATCH\" = \"$SLURM_TMPDIR\" && cd $BUSBAR_SCRATCH && mkdir -p a/b/c && echo x > "
      "a/b/c/d && ln -s /etc e && "
      "chmod 0 a/b && cat $BUSBAR_HOSTFILE && pwd");
  scene.spec->tasks = 2;
  const auto attempt = scene.launch(order);
  const model::Ending ending = scene.ending(attempt);
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(scene.output(attempt),
            "here slots=1\n" + scene.folder() + "/run/" + model::show(attempt) + "/scratch\n");
  EXPECT_FALSE(std::filesystem::exists(scene.folder() + "/run/" + model::show(attempt)));
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
}

/// However deep: neither descriptors nor stack bound what a job may leave.
TEST_P(Launch, AScratchDeeperThanThereAreDescriptorsGoesToo) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{128, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  {
    Scene scene(GetParam());
    ASSERT_TRUE(scene.open());
    const auto attempt = scene.launch(
        "cd $BUSBAR_SCRATCH; i=0; while [ $i -lt 300 ]; do mkdir d && cd d || exit 1; i=$((i+1)); done");
    EXPECT_EQ(scene.ending(attempt).exit_code, 0);
    const std::string run = scene.folder() + "/run/" + model::show(attempt);
    for (int tries = 0; tries < 500 && std::filesystem::exists(run); ++tries) ::usleep(10'000);
    EXPECT_FALSE(std::filesystem::exists(run));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_P(Launch, AnEmptiedFolderServesTheNextTaskUnlessItsRightsWereChanged) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto spares = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(scene.folder() + "/run"))
      count += entry.path().filename().string().starts_with("spare.");
    return count;
  };
  const auto run = [&](const char* script) {
    const auto attempt = scene.launch(script);
    EXPECT_EQ(scene.ending(attempt).exit_code, 0);
    return scene.output(attempt);
  };
  const std::string first = run("cd $BUSBAR_SCRATCH && stat -c %i . && mkdir a && touch a/b ../c");
  EXPECT_EQ(spares(), 1);
  EXPECT_EQ(run("cd $BUSBAR_SCRATCH && stat -c %i . && ls -A . && ls -A .. | grep -v scratch; true"), first);
  EXPECT_EQ(spares(), 1);
  run("chmod 755 $BUSBAR_SCRATCH");
  EXPECT_EQ(spares(), 0);
  run("cd $BUSBAR_SCRATCH && cd .. && rmdir scratch && ln -s /tmp scratch");
  EXPECT_EQ(spares(), 0);
  EXPECT_EQ(run("stat -c %F:%a $BUSBAR_SCRATCH"), "directory:700\n");
}

TEST_P(Launch, APortThatAStrangerHoldsIsReported) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  shim::Fd stranger(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(stranger.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(stranger.get(), 1), 0);
  ASSERT_EQ(::getsockname(stranger.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  auto order = scene.order("echo $MASTER_PORT");
  order.master_port = ntohs(address.sin_port);
  const model::Finished taken = scene.finished(scene.launch(order));
  EXPECT_EQ(taken.ending.cause, Cause::not_started);
  EXPECT_EQ(taken.foreign_port, order.master_port);
  stranger.reset();
  order.attempt.n = 2;
  const auto again = scene.launch(order);
  EXPECT_EQ(scene.ending(again).cause, Cause::exited);
  EXPECT_EQ(scene.output(again), std::to_string(order.master_port) + "\n");
}

TEST(Isolation, InANamespaceAJobSeesOnlyItself) {
  Scene scene;
  ASSERT_TRUE(scene.open());
  if (scene.joined().facts.isolation.rfind("PID namespace", 0) != 0)
    GTEST_SKIP() << "this machine allows no PID namespaces";
  const auto attempt = scene.launch("ls /proc | grep -c '^[0-9]'");
  EXPECT_EQ(scene.ending(attempt).exit_code, 0);
  EXPECT_LE(std::stoi(scene.output(attempt)), 4);  // init, sh, ls, grep
}

}  // namespace
}  // namespace busbar::engine
