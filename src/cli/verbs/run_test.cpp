// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "cli/fake_server_test.hpp"
#include "wire/forms.hpp"

namespace busbar::cli {
namespace {

using testing::busbar;
using testing::detail_body;
using testing::FakeServer;
using testing::job_line;
using testing::out_line;
using testing::Replier;

const std::string accepted = R"({"version":1,"id":7,"count":1,"existed":false})";

TEST(Run, PassesOutputOnAndEndsAsItsJob) {
  FakeServer server;
  server.on("POST /v1/jobs", accepted, 201);
  server.on_lines("GET /v1/jobs/7/events",
                  {job_line(7, "PENDING"), job_line(7, "RUNNING"), out_line("hello\\n", 6),
                   out_line("oops\\n", 11, "err"), R"({"stream":"out","base64":"/wD+","next":14})",
                   job_line(7, "COMPLETED")});
  const auto outcome = busbar(server.folder, {"run", "--", "echo", "hello"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, std::string("hello\n\xff\0\xfe", 9));
  EXPECT_EQ(outcome.err, "oops\n");
  EXPECT_EQ(server.asked(),
            (std::vector<std::string>{"POST /v1/jobs", "GET /v1/jobs/7/events from=0 output=1"}));
}

TEST(Run, SendsWhatWasTyped) {
  FakeServer server;
  server.on("POST /v1/jobs", accepted, 201);
  ::setenv("SSH_CONNECTION", "from afar", 1);
  ::setenv("BUSBAR_JOB_ID", "3", 1);
  ::setenv("CLI_TEST_KEPT", "1", 1);
  const auto outcome = busbar(server.folder, {"run", "-g", "1:H100", "--env", "A=b=c", "--project", "vision",
                                              "--detach", "--", "/usr/bin/python3", "train.py"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "7\n");
  EXPECT_EQ(outcome.err, "job 7 (python3) is queued; follow it: busbar logs -f 7\n");
  const auto form = wire::decode_submit(server.bodies().back());
  ASSERT_TRUE(form) << form.error().message;
  EXPECT_EQ(form->key.size(), 32u);
  EXPECT_EQ(form->spec.name, "python3");
  EXPECT_EQ(form->spec.project, "vision");
  EXPECT_EQ(form->spec.command, (std::vector<std::string>{"/usr/bin/python3", "train.py"}));
  EXPECT_EQ(form->spec.each.gpus, Share{1000});
  EXPECT_EQ(form->spec.each.gpu_model, "H100");
  EXPECT_EQ(form->spec.workdir, std::string(::get_current_dir_name()));
  std::map<std::string, std::string> env(form->spec.env.begin(), form->spec.env.end());
  EXPECT_EQ(env["A"], "b=c");
  EXPECT_EQ(env["CLI_TEST_KEPT"], "1");
  EXPECT_EQ(env.count("SSH_CONNECTION") + env.count("BUSBAR_JOB_ID"), 0u);
}

TEST(Run, TellsWhereItWasSubmittedWhereverItRuns) {
  FakeServer server;
  server.on("POST /v1/jobs", accepted, 201);
  const std::string here = ::get_current_dir_name();
  const auto submit_dir = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), "run");
    flags.insert(flags.end(), {"--detach", "--", "true"});
    EXPECT_EQ(busbar(server.folder, flags).code, 0);
    const auto form = wire::decode_submit(server.bodies().back());
    std::map<std::string, std::string> env;
    for (const auto& [name, value] : form->spec.env) env[name] = value;  // the last counts
    return env["SLURM_SUBMIT_DIR"];
  };
  EXPECT_EQ(submit_dir({}), here);
  EXPECT_EQ(submit_dir({"-D", "/elsewhere"}), here);
  EXPECT_EQ(submit_dir({"--env", "SLURM_SUBMIT_DIR=/chosen"}), "/chosen");
}

TEST(Run, TheSameJobIsSentUnderAFreshKeyEachTime) {
  FakeServer server;
  server.on("POST /v1/jobs", accepted, 201);
  busbar(server.folder, {"run", "--detach", "--", "true"});
  busbar(server.folder, {"run", "--detach", "--", "true"});
  const auto bodies = server.bodies();
  EXPECT_NE(wire::decode_submit(bodies[0])->key, wire::decode_submit(bodies[1])->key);
}

struct Ending {
  const char* state;
  const char* more;
  int code;
  const char* says;
};
constexpr Ending endings[] = {
    // clang-format off
    {"COMPLETED",     R"(,"exit_code":0,"signal":0)",  0,   ""},
    {"FAILED",        R"(,"exit_code":3,"signal":0)",  3,   "job 7: FAILED: it ended with exit code 3\n"},
    {"FAILED",        R"(,"exit_code":0,"signal":11)", 139, "job 7: FAILED: killed by SIGSEGV (signal 11)\n"},
    {"TIMEOUT",       R"(,"exit_code":0,"signal":15)", 124, "job 7: TIMEOUT: over its time limit of 1 min\n"},
    {"OUT_OF_MEMORY", R"(,"exit_code":0,"signal":9)",  137, "job 7: OUT_OF_MEMORY: over its memory limit of 64 MiB\n"},
    {"CANCELLED",     R"(,"reason":"by root: enough")", 130, "job 7: CANCELLED: by root: enough\n"},
    {"NODE_FAIL",     "",                              125, "job 7: NODE_FAIL: its machine or its supervisor went away; how it ended is not known\n"},
    {"BOOT_FAIL",     R"(,"reason":"no such folder")", 125, "job 7: BOOT_FAIL: it could not be started: no such folder\n"},
    // clang-format on
};

TEST(Run, ExitCodes) {
  for (const Ending& ending : endings) {
    SCOPED_TRACE(ending.state);
    FakeServer server;
    const std::string last = job_line(7, ending.state, ending.more);
    server.on("POST /v1/jobs", accepted, 201);
    server.on_lines("GET /v1/jobs/7/events", {last});
    server.on(
        "GET /v1/jobs/7",
        detail_body(
            last.substr(7, last.size() - 8),
            R"("name":"x","workdir":"/w","command":["x"],"time_limit":60000,"each":{"memory":67108864})"));
    const auto outcome = busbar(server.folder, {"run", "--", "x"});
    EXPECT_EQ(outcome.code, ending.code);
    EXPECT_EQ(outcome.err, ending.says);
    EXPECT_EQ(busbar(server.folder, {"run", "--quiet", "--", "x"}).err, "");
  }
}

TEST(Run, WhatTheServerRefusesIsAUsageErrorAndNothingElse) {
  FakeServer server;
  server.on("POST /v1/jobs",
            R"({"version":1,"error":{"code":"invalid","message":"needs 9 GPUs; try: -g 2"}})", 400);
  auto outcome = busbar(server.folder, {"run", "-g", "9", "--", "x"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: needs 9 GPUs; try: -g 2\n");
  server.on("POST /v1/jobs", R"({"version":1,"error":{"code":"exhausted","message":"the disk is full"}})",
            507);
  outcome = busbar(server.folder, {"run", "--", "x"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_EQ(outcome.err, "error: the disk is full\n");
}

TEST(Run, WithoutAServerItSaysWhatToType) {
  const testing::Folder nobody;
  const auto outcome = busbar(nobody, {"run", "--", "x"});
  EXPECT_EQ(outcome.code, 125);
  EXPECT_EQ(outcome.err, "error: no server answers at " + nobody.path +
                             "/busbar.sock; start one: busbar up --state " + nobody.path + "\n");
}

/// Two threads meet here: the server says when, the test acts.
class Moment {
 public:
  void come() {
    const std::lock_guard lock(mutex_);
    come_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return come_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool come_ = false;
};

/// When `moment` has come and all of `last` is on its way, the server dies, and another one takes its place.
std::thread successor(FakeServer& server, Moment& moment, Replier& last, std::function<void()> before_start) {
  return std::thread([&, before_start = std::move(before_start)] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    moment.wait();
    while (last->waiting() > 0) std::this_thread::yield();
    server.stop();
    before_start();
    server.start();
  });
}

TEST(Run, AServerThatDiesInTheMiddleCostsNotOneByteOfOutput) {
  FakeServer server;
  Moment moment;
  Replier stream;
  server.on("POST /v1/jobs", accepted, 201);
  server.on("GET /v1/jobs/7/events", [&](const net::Request&, Replier reply) {
    stream = reply;
    reply->begin(200, "application/x-ndjson");
    reply->write(job_line(7, "RUNNING") + "\n" + out_line("one\\n", 4) + "\n" +
                 R"({"stream":"out","text":"tw)");
    moment.come();
  });
  std::thread other = successor(server, moment, stream, [&] {
    server.on_lines("GET /v1/jobs/7/events",
                    {job_line(7, "RUNNING"), out_line("two\\n", 8), job_line(7, "COMPLETED")});
  });
  const auto outcome = busbar(server.folder, {"run", "--", "x"});
  other.join();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "one\ntwo\n");
  EXPECT_EQ(outcome.err,
            "job 7: the server went away; trying to reach it for 1 min (running jobs go on without it)\n");
  EXPECT_EQ(server.asked().back(), "GET /v1/jobs/7/events attempt=1 from=4 output=1");
}

TEST(Run, ASubmissionCutOffIsSentAgainUnderItsKey) {
  FakeServer server;
  Moment moment;
  Replier unanswered;
  server.on("POST /v1/jobs", [&](const net::Request&, Replier reply) {
    unanswered = std::move(reply);
    moment.come();
  });
  std::thread other =
      successor(server, moment, unanswered, [&] { server.on("POST /v1/jobs", accepted, 201); });
  const auto outcome = busbar(server.folder, {"run", "--detach", "--", "x"});
  other.join();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "7\n");
  const auto bodies = server.bodies();
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0], bodies[1]);
}

/// Presses Ctrl-C again and again until it is told that this was enough.
class Impatient {
 public:
  explicit Impatient(pthread_t command)
      : thread_([this, command] {
          sigset_t all;
          sigfillset(&all);
          pthread_sigmask(SIG_BLOCK, &all, nullptr);
          for (;;) {
            {
              const std::lock_guard lock(mutex_);
              if (enough_) return;
              pthread_kill(command, SIGINT);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  ~Impatient() { thread_.join(); }
  void enough() {
    const std::lock_guard lock(mutex_);
    enough_ = true;
  }

 private:
  std::mutex mutex_;
  bool enough_ = false;
  std::thread thread_;
};

/// Whoever started the tests may have told them to ignore Ctrl-C, as a shell does with what it puts into the
/// background; `busbar run` keeps to that.
class Foreground {
 public:
  Foreground() : former_int_(::signal(SIGINT, SIG_DFL)), former_quit_(::signal(SIGQUIT, SIG_DFL)) {}
  ~Foreground() {
    ::signal(SIGINT, former_int_);
    ::signal(SIGQUIT, former_quit_);
  }

 private:
  void (*former_int_)(int);
  void (*former_quit_)(int);
};

TEST(Run, CtrlCWarnsOnceAndStopsTheSecondTime) {
  const Foreground foreground;
  FakeServer server;
  const pthread_t command = pthread_self();
  Replier stream;
  std::unique_ptr<Impatient> user;
  server.on("POST /v1/jobs", accepted, 201);
  server.on("GET /v1/jobs/7/events", [&](const net::Request&, Replier reply) {
    stream = reply;
    reply->begin(200, "application/x-ndjson");
    reply->write(job_line(7, "RUNNING") + "\n");
    user = std::make_unique<Impatient>(command);
  });
  server.on("POST /v1/jobs/7/stop", [&](const net::Request&, Replier reply) {
    user->enough();
    reply->send({200, R"({"version":1,"stopped":1})"});
    stream->write(job_line(7, "CANCELLED") + "\n");
    stream->end();
  });
  const auto outcome = busbar(server.folder, {"run", "--quiet", "--", "x"});
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.err,
            "job 7 goes on; Ctrl-C again stops it, Ctrl-\\ leaves it running\n"
            "job 7 is being stopped; Ctrl-C again does not wait for its end\n");
  EXPECT_EQ(server.bodies().back(), R"({"reason":"Ctrl-C in busbar run","whole_array":true})");
}

TEST(Run, CtrlBackslashLeavesTheJobRunning) {
  const Foreground foreground;
  FakeServer server;
  const pthread_t command = pthread_self();
  Replier stream;
  server.on("POST /v1/jobs", accepted, 201);
  server.on("GET /v1/jobs/7/events", [&](const net::Request&, Replier reply) {
    stream = reply;
    reply->begin(200, "application/x-ndjson");
    reply->write(job_line(7, "RUNNING") + "\n");
    pthread_kill(command, SIGQUIT);
  });
  const auto outcome = busbar(server.folder, {"run", "--", "x"});
  EXPECT_EQ(outcome.code, 131);
  EXPECT_NE(outcome.err.find(" goes on; see it again: busbar logs -f "), std::string::npos);
}

TEST(Run, TellsWhyAJobWaitsAndWhenItRuns) {
  FakeServer server;
  Replier stream;
  server.on("POST /v1/jobs", accepted, 201);
  server.on("GET /v1/jobs/7/events", [&](const net::Request&, Replier reply) {
    stream = reply;
    reply->begin(200, "application/x-ndjson");
    reply->write(job_line(7, "PENDING") + "\n");
  });
  server.on("GET /v1/jobs/7/why", [&](const net::Request&, Replier reply) {
    reply->send(
        {200,
         R"({"version":1,"id":7,"state":"PENDING","reason":{"kind":"busy","words":"needs 2 GPUs; 1 is free","advice":""}})"});
    stream->write(job_line(7, "RUNNING") + "\n" + job_line(7, "COMPLETED") + "\n");
    stream->end();
  });
  const auto outcome = busbar(server.folder, {"run", "--", "x"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "job 7 waits: needs 2 GPUs; 1 is free\njob 7 runs on n1\n");
}

TEST(Run, AnArrayIsFollowedElementByElementAndEndsAsItsWorst) {
  FakeServer server;
  server.on("POST /v1/jobs", R"({"version":1,"id":7,"count":3,"existed":false})", 201);
  const int codes[] = {0, 4, 2};
  for (int i = 0; i < 3; ++i) {
    const std::string path = "GET /v1/jobs/" + std::to_string(7 + i) + "/events";
    server.on_lines(path, {out_line("element " + std::to_string(i) + "\\n", 10),
                           job_line(7 + i, codes[i] == 0 ? "COMPLETED" : "FAILED",
                                    R"(,"array_id":7,"array_index":)" + std::to_string(i) +
                                        R"(,"exit_code":)" + std::to_string(codes[i]))});
  }
  const auto outcome = busbar(server.folder, {"run", "--quiet", "--array", "0-2", "--", "x"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.out, "element 0\nelement 1\nelement 2\n");
}

const std::string two_tasks =
    R"(,"tasks":[{"index":0,"attempt":1,"node":"n1"},{"index":1,"attempt":1,"node":"n2"}])";

std::string task_line(int task, const std::string& text, const std::string& next) {
  return R"({"stream":"out","task":)" + std::to_string(task) + R"(,"attempt":1,"text":")" + text + "\"" +
         next + "}";
}

TEST(Run, AGangIsHeardWhole) {
  FakeServer server;
  server.on("POST /v1/jobs", accepted, 201);
  server.on_lines(
      "GET /v1/jobs/7/events",
      {job_line(7, "RUNNING", two_tasks), task_line(0, "zero\\n", R"(,"next":5)"), task_line(1, "one, ", ""),
       task_line(1, "and more\\n", R"(,"next":14)"), job_line(7, "COMPLETED", two_tasks)});
  const auto outcome = busbar(server.folder, {"run", "--tasks", "2", "--", "x"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "zero\none, and more\n");
  EXPECT_EQ(server.asked().back(), "GET /v1/jobs/7/events from=0 output=1");
}

TEST(Run, AGangWhoseServerDiesIsReadOnTaskByTaskFromWhereEachWas) {
  FakeServer server;
  Moment moment;
  Replier stream;
  server.on("POST /v1/jobs", accepted, 201);
  server.on("GET /v1/jobs/7/events", [&](const net::Request&, Replier reply) {
    stream = reply;
    reply->begin(200, "application/x-ndjson");
    reply->write(job_line(7, "RUNNING", two_tasks) + "\n" + task_line(1, "one\\n", R"(,"next":4)") + "\n" +
                 task_line(1, "a page that breaks off", "") + "\n");
    moment.come();
  });
  server.on("GET /v1/jobs/7/output", [](const net::Request& request, Replier reply) {
    const bool first = request.query.at("from") == "4";
    reply->send(
        {200,
         first ? R"({"version":1,"pieces":[{"stream":"out","text":"two, "}],"next":9,"at_end":false})"
               : R"({"version":1,"pieces":[{"stream":"out","text":"and more\n"}],"next":18,"at_end":true})"});
  });
  std::thread other = successor(server, moment, stream, [&] {
    server.on_lines("GET /v1/jobs/7/events",
                    {job_line(7, "RUNNING", two_tasks), task_line(0, "zero\\n", R"(,"next":5)"),
                     job_line(7, "COMPLETED", two_tasks)});
  });
  const auto outcome = busbar(server.folder, {"run", "--quiet", "--tasks", "2", "--", "x"});
  other.join();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "one\nzero\ntwo, and more\n");
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 5u);
  EXPECT_EQ(asked[2], "GET /v1/jobs/7/events from=0 output=1 task=0");
  EXPECT_EQ(asked[4], "GET /v1/jobs/7/output attempt=1 from=9 most=1048576 task=1");
}

}  // namespace
}  // namespace busbar::cli
