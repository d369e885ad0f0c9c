// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

using model::Cause;

bool is_present(const Joined& joined, const model::AttemptId& attempt) {
  return std::find(joined.present.begin(), joined.present.end(), attempt) != joined.present.end();
}

class Recovery : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Isolation, Recovery, testing::Values("full", "plain"),
                         [](const auto& row) { return std::string(row.param); });

/// Never kill(0): between two launchers there is none for a moment.
void kill_launcher(const Scene& scene) {
  pid_t launcher = 0;
  ASSERT_TRUE(eventually([&] { return (launcher = scene.launcher()) > 0; }));
  ASSERT_EQ(::kill(launcher, SIGKILL), 0);
}

/// Waits for a file, so that the test says when the task goes on.
std::string gate(const std::string& path) {
  return "echo before; until test -e " + path + "; do sleep .01; done; echo after; exit 7";
}

TEST_P(Recovery, AKilledLauncherIsReplacedAndTasksAreAdopted) {
  Scratch scratch;
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  scene.joined();
  const auto running = scene.launch(gate(scratch.path + "/go"));
  const std::int64_t pid = scene.started(running), shim = scene.shim_of(running);
  ASSERT_TRUE(alive(pid));
  scene.forget_news();
  kill_launcher(scene);

  const Joined again = scene.joined();
  EXPECT_TRUE(is_present(again, running));
  EXPECT_EQ(scene.started(running), pid);
  EXPECT_EQ(scene.shim_of(running), shim);
  EXPECT_TRUE(alive(pid));
  const auto other = scene.launch("exit 3");  // and it launches as before
  EXPECT_EQ(scene.ending(other).exit_code, 3);
  std::ofstream(scratch.path + "/go").put('x');
  const model::Ending ending = scene.ending(running);
  EXPECT_EQ(ending.cause, Cause::exited);
  EXPECT_EQ(ending.exit_code, 7);
  EXPECT_EQ(scene.output(running), "before\nafter\n");
}

TEST_P(Recovery, AnAdoptedTaskCanBeStopped) {
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto running = scene.launch("sleep 1000");
  ASSERT_GT(scene.started(running), 0);
  scene.forget_news();
  kill_launcher(scene);
  scene.joined();
  scene.stop(running, 20s);
  EXPECT_EQ(scene.ending(running).cause, Cause::stopped);
}

TEST_P(Recovery, OrdersToldWhileTheLauncherDiesAreDoneOnce) {
  Scratch scratch;
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  scene.joined();
  std::vector<model::AttemptId> attempts;
  for (int i = 0; i < 60; ++i) {
    if (i % 20 == 10) kill_launcher(scene);
    attempts.push_back(scene.launch("echo x >> " + scratch.path + "/" + std::to_string(i)));
  }
  for (const auto& attempt : attempts) {
    const model::Ending ending = scene.ending(attempt);
    EXPECT_EQ(ending.cause, Cause::exited) << ending.message;
    EXPECT_EQ(ending.exit_code, 0);
    EXPECT_EQ(ending.signal, 0);
  }
  for (int i = 0; i < 60; ++i) EXPECT_EQ(slurp(scratch.path + "/" + std::to_string(i)), "x\n") << i;
}

TEST_P(Recovery, ANewServerFindsWhatRunsAndWhatEndedMeanwhile) {
  Scratch scratch;
  const std::string folder = scratch.path + "/state";
  Scene first(GetParam(), 1, folder);
  ASSERT_TRUE(first.open());
  const auto stays = first.launch(gate(scratch.path + "/go"));
  const auto ends = first.launch("sleep .2; echo over; exit 5");
  const auto settled = first.launch("echo old; exit 1");
  const std::int64_t pid = first.started(stays);
  ASSERT_GT(first.started(ends), 0);
  first.ending(settled);
  first.tell(SettleOrder{settled, Epoch{1}, NodeId{}});
  ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(first.task_folder(settled)); }));
  const pid_t launcher = first.launcher();
  first.close();
  ASSERT_TRUE(eventually([&] { return !alive(launcher); }));  // it leaves with its engine
  ASSERT_TRUE(alive(pid));

  Scene second(GetParam(), 2, folder);
  ASSERT_TRUE(second.open());
  const Joined joined = second.joined();
  EXPECT_TRUE(is_present(joined, stays));
  EXPECT_TRUE(is_present(joined, ends));
  EXPECT_FALSE(is_present(joined, settled));
  EXPECT_EQ(second.output(settled), "old\n");  // its log stays readable
  EXPECT_EQ(second.started(stays), pid);
  EXPECT_EQ(second.ending(ends).exit_code, 5);
  EXPECT_EQ(second.output(ends), "over\n");
  std::ofstream(scratch.path + "/go").put('x');
  EXPECT_EQ(second.ending(stays).exit_code, 7);
}

TEST_P(Recovery, TellingTwiceRunsOnce) {
  Scratch scratch;
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto order = scene.order("echo ran >> " + scratch.path + "/runs; sleep .1");
  for (int i = 0; i < 5; ++i) scene.launch(order);
  EXPECT_EQ(scene.ending(order.attempt).exit_code, 0);
  scene.launch(order);  // ended, not settled
  scene.tell(SettleOrder{order.attempt, Epoch{1}, NodeId{}});
  ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(scene.task_folder(order.attempt)); }));
  scene.launch(order);  // settled
  EXPECT_EQ(scene.ending(scene.launch("true")).exit_code, 0);
  EXPECT_EQ(slurp(scratch.path + "/runs"), "ran\n");
}

TEST_P(Recovery, AKilledShimLosesItsTaskAndLeavesNothing) {
  const std::string mark = "1000." + std::to_string(::getpid());
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto attempt = scene.launch("setsid sh -c 'setsid sleep " + mark + " & sleep " + mark +
                                    "' & nohup sleep " + mark + " & sleep " + mark);
  ASSERT_GT(scene.started(attempt), 0);
  ASSERT_TRUE(eventually([&] { return count_running(mark) >= 4; }));
  ASSERT_EQ(::kill(static_cast<pid_t>(scene.shim_of(attempt)), SIGKILL), 0);
  const model::Ending ending = scene.ending(attempt);
  EXPECT_EQ(ending.cause, Cause::lost);
  EXPECT_EQ(ending.message, "its shim was killed");
  EXPECT_EQ(count_running(mark), 0);
  EXPECT_FALSE(std::filesystem::exists(scene.folder() + "/run/" + model::show(attempt)));
}

TEST_P(Recovery, AnAdoptedShimThatIsKilledLeavesNothingEither) {
  const std::string mark = "1000.1." + std::to_string(::getpid());
  Scene scene(GetParam());
  ASSERT_TRUE(scene.open());
  const auto attempt = scene.launch("setsid sh -c 'sleep 1000 ; : " + mark + "' & sleep 1000 ; : " + mark);
  ASSERT_GT(scene.started(attempt), 0);
  ASSERT_TRUE(eventually([&] { return count_running(mark) >= 2; }));
  scene.forget_news();
  kill_launcher(scene);
  scene.joined();
  ASSERT_EQ(::kill(static_cast<pid_t>(scene.shim_of(attempt)), SIGKILL), 0);
  EXPECT_EQ(scene.ending(attempt).cause, Cause::lost);
  EXPECT_EQ(count_running(mark), 0);
}

TEST(Epochs, AServerWhoseLeadIsOverIsRefused) {
  Scratch scratch;
  const std::string folder = scratch.path + "/state";
  Scene newer("plain", 7, folder);
  ASSERT_TRUE(newer.open());
  newer.joined();
  newer.close();
  Scene older("plain", 6, folder);
  const Status refused = older.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().message.find("epoch 7"), std::string::npos);
}

TEST(Epochs, AnOrderOfAPastLeadIsNotDone) {
  Scratch scratch;
  Scene scene("plain", 5);
  ASSERT_TRUE(scene.open());
  auto stale = scene.order("touch " + scratch.path + "/ran");
  stale.epoch = Epoch{4};
  scene.launch(stale);
  const auto running = scene.launch("sleep 1000");
  ASSERT_GT(scene.started(running), 0);
  scene.tell(StopOrder{running, Epoch{4}, NodeId{}, "stale", Duration(0), false});
  EXPECT_EQ(scene.ending(scene.launch("true")).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch.path + "/ran"));
  EXPECT_EQ(scene.count<model::Finished>(running), 0);
  scene.stop(running);
  EXPECT_EQ(scene.ending(running).cause, Cause::stopped);
}

/// What an old launcher might still write after a new one has adopted the task.
TEST(Epochs, AShimRefusesAStopOfAPastLead) {
  Scene scene("plain", 5);
  ASSERT_TRUE(scene.open());
  const auto running = scene.launch("sleep 1000");
  const std::int64_t pid = scene.started(running);
  shim::Fd record(::open((scene.task_folder(running) + "/record").c_str(), O_RDWR | O_CLOEXEC));
  const shim::AttemptName name{running.job.value, running.task, running.n};
  ASSERT_TRUE(shim::write_area(record.get(), shim::Area::epoch, shim::EpochStamp{8}));
  ASSERT_TRUE(
      shim::write_area(record.get(), shim::Area::stop, shim::StopRequest{name, 7, 0, "stale", false}));
  ASSERT_EQ(::kill(static_cast<pid_t>(scene.shim_of(running)), SIGUSR1), 0);
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(alive(pid));
  ASSERT_TRUE(
      shim::write_area(record.get(), shim::Area::stop, shim::StopRequest{name, 8, 0, "valid", false}));
  ASSERT_EQ(::kill(static_cast<pid_t>(scene.shim_of(running)), SIGUSR1), 0);
  EXPECT_EQ(scene.ending(running).cause, Cause::stopped);
}

TEST(RecoveryOf, AnAttemptOfAnotherStartOfTheMachineIsLost) {
  Scratch scratch;
  const std::string folder = scratch.path + "/state";
  const std::string task = folder + "/tasks/7.0.1";
  std::filesystem::create_directories(task);
  shim::Fd record(::open((task + "/record").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(shim::preallocate(record.get()));
  shim::StartedRecord begun;
  begun.boot = "another";
  begun.shim_pid = begun.pid = ::getpid();
  ASSERT_TRUE(shim::write_area(record.get(), shim::Area::started, begun));
  Scene scene("plain", 1, folder);
  ASSERT_TRUE(scene.open());
  const model::AttemptId attempt{JobId{7}, 0, 1};
  EXPECT_TRUE(is_present(scene.joined(), attempt));
  const model::Ending ending = scene.ending(attempt);
  EXPECT_EQ(ending.cause, Cause::lost);
  EXPECT_EQ(ending.message, "the machine was restarted");
}

TEST(RecoveryOf, WhatNeverRanMayBeLaunchedAgainUnderTheSameName) {
  Scratch scratch;
  const std::string folder = scratch.path + "/state";
  for (const char* half : {"1.0.1", "2.0.1"}) std::filesystem::create_directories(folder + "/tasks/" + half);
  std::ofstream(folder + "/tasks/2.0.1/record") << "half a record";
  Scene scene("plain", 1, folder);
  ASSERT_TRUE(scene.open());
  EXPECT_TRUE(scene.joined().present.empty());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(scene.ending(scene.launch("exit 4")).exit_code, 4);
}

TEST(RecoveryOf, AStopOfSomethingUnknownIsAnswered) {
  Scene scene("plain");
  ASSERT_TRUE(scene.open());
  const model::AttemptId unknown{JobId{99}, 0, 1};
  scene.stop(unknown);
  EXPECT_EQ(scene.ending(unknown).cause, Cause::lost);
}

TEST(RecoveryOf, ALauncherThatCannotBeStartedIsAnError) {
  LocalOptions options;
  Scratch scratch;
  options.folder = scratch.path;
  options.shim = "/no/such/busbar-shim";
  const Status refused = local_engine(options)->start(Epoch{1}, [](News) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "cannot run the program busbar-shim at /no/such/busbar-shim: No such file or directory");
}

TEST(RecoveryOf, GarbageAtTheSocketChangesNothing) {
  Scene scene("plain");
  ASSERT_TRUE(scene.open());
  scene.joined();
  for (int i = 0; i < 20; ++i) {
    shim::Fd line(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s/engine.sock", scene.folder().c_str());
    ASSERT_EQ(::connect(line.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::string garbage(static_cast<std::size_t>(i * 997), static_cast<char>(i * 37));
    (void)!::send(line.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
  }
  EXPECT_EQ(scene.ending(scene.launch("exit 6")).exit_code, 6);
}

}  // namespace
}  // namespace busbar::engine
