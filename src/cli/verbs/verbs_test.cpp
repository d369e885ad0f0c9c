// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/verbs.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "cli/fake_server_test.hpp"
#include "wire/forms.hpp"

namespace busbar::cli {
namespace {

using testing::busbar;
using testing::detail_body;
using testing::FakeServer;
using testing::job_line;
using testing::out_line;
using testing::Outcome;
using testing::Replier;
using Lines = std::vector<std::string>;

class Verbs : public ::testing::Test {
 protected:
  Outcome run(std::vector<std::string> words) { return busbar(server.folder, std::move(words)); }
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::unsetenv("BUSBAR_PROJECT");
  }
  FakeServer server;
};

const std::string list =
    R"({"version":1,"jobs":[{"id":7,"name":"train","user":"ada","state":"PENDING","tasks":[]}]})";

TEST_F(Verbs, PsAsksForTheCallersProjectAndPassesJsonOn) {
  server.on("GET /v1/jobs", list);
  EXPECT_EQ(run({"ps"}).out,
            "ID  NAME   USER  STATE    GPUS  NODE  TIME  REASON\n 7  train  ada   PENDING\n");
  ::setenv("BUSBAR_PROJECT", "vision", 1);
  EXPECT_EQ(run({"ps", "--json"}).out, list + "\n");
  run({"ps", "-a"});
  run({"ps", "-a", "--project", "a b", "--user", "ada"});
  EXPECT_EQ(server.asked(), (Lines{"GET /v1/jobs project=default", "GET /v1/jobs project=vision",
                                   "GET /v1/jobs all=1", "GET /v1/jobs all=1 project=a b user=ada"}));
}

TEST_F(Verbs, AnErrorOfTheServerIsASentenceAndACode) {
  const auto missing = run({"show", "12"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.out, "");
  EXPECT_EQ(missing.err, "error: there is nothing at GET /v1/jobs/12\n");
}

TEST_F(Verbs, NoServerIsOneForPrograms) {
  const testing::Folder nobody;
  for (const char* verb : {"ps", "nodes", "show", "why", "logs", "stop"}) {
    Lines words = {verb};
    if (std::string(verb) != "ps" && std::string(verb) != "nodes") words.push_back("7");
    const auto outcome = busbar(nobody, words);
    EXPECT_EQ(outcome.code, 1) << verb;
    EXPECT_NE(outcome.err.find("busbar up"), std::string::npos) << verb;
  }
  EXPECT_EQ(busbar(nobody, {"wait", "7"}).code, 125);
  const auto down = busbar(nobody, {"down"});
  EXPECT_EQ(down.code, 0);
  EXPECT_EQ(down.err, "no server is running in " + nobody.path + "\n");
}

TEST_F(Verbs, WhyTellsReasonAndAdviceOrTheEnd) {
  server.on(
      "GET /v1/jobs/7",
      detail_body(R"({"id":7,"name":"train","state":"PENDING","submitted":"2026-11-21T09:00:00.000Z"})"));
  server.on(
      "GET /v1/jobs/7/why",
      R"({"version":1,"id":7,"state":"PENDING","reason":{"kind":"busy","words":"needs 2 GPUs","advice":"try: -g 1"}})");
  server.on(
      "GET /v1/jobs/8",
      detail_body(
          R"({"id":8,"name":"bad","state":"FAILED","exit_code":3,"ended":"2026-11-21T09:00:00.000Z"})"));
  server.on("GET /v1/jobs/8/why", R"({"version":1,"id":8,"state":"FAILED","reason":null})");
  server.on(
      "GET /v1/jobs/9",
      detail_body(
          R"({"id":9,"name":"go","state":"RUNNING","node":"n1","started":"2026-11-21T09:00:00.000Z"})"));
  server.on("GET /v1/jobs/9/why", R"({"version":1,"id":9,"state":"RUNNING","reason":null})");
  EXPECT_EQ(run({"why", "7", "8", "9"}).out,
            "job 7  train  PENDING since 2026-11-21 09:00:00\n  needs 2 GPUs\n  try: -g 1\n"
            "job 8  bad  FAILED at 2026-11-21 09:00:00\n  it ended with exit code 3\n"
            "job 9  go  RUNNING since 2026-11-21 09:00:00\n  on n1; its output: busbar logs -f 9\n");
  EXPECT_EQ(run({"why", "--json", "8"}).out,
            "{\"version\":1,\"id\":8,\"state\":\"FAILED\",\"reason\":null}\n");
}

TEST_F(Verbs, LogsReadsPageByPageEachStreamToItsOwn) {
  server.on("GET /v1/jobs/7/output", [](const net::Request& request, Replier reply) {
    const bool first = request.query.at("from") == "0";
    reply->send(
        {200,
         first
             ? R"({"pieces":[{"stream":"out","text":"one\ntw"},{"stream":"err","text":"bad\n"}],"next":9,"at_end":false})"
             : R"({"pieces":[{"stream":"out","text":"o\nthree\n"},{"stream":"note","text":"12 bytes lost\n"}],"next":20,"at_end":true})"});
  });
  auto outcome = run({"logs", "7"});
  EXPECT_EQ(outcome.out, "one\ntwo\nthree\n");
  EXPECT_EQ(outcome.err, "bad\n12 bytes lost\n");
  EXPECT_EQ(run({"logs", "7", "--stdout"}).err, "");
  EXPECT_EQ(run({"logs", "7", "--stderr"}).err, "bad\n");
  outcome = run({"logs", "7", "--tail", "2", "--stdout"});
  EXPECT_EQ(outcome.out, "two\nthree\n");
  run({"logs", "7", "--task", "1", "--attempt", "2"});
  EXPECT_EQ(server.asked().back(), "GET /v1/jobs/7/output attempt=2 from=9 most=1048576 task=1");
}

TEST_F(Verbs, LogsFollowsFromWhereTheTailEnded) {
  server.on("GET /v1/jobs/7/output",
            R"({"pieces":[{"stream":"out","text":"a\nb\n"}],"next":4,"at_end":true})");
  server.on_lines("GET /v1/jobs/7/events",
                  {job_line(7, "RUNNING"), out_line("c\\n", 6), job_line(7, "FAILED", R"(,"exit_code":3)")});
  const auto outcome = run({"logs", "-f", "--tail", "1", "7"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "b\nc\n");
  EXPECT_EQ(server.asked().back(), "GET /v1/jobs/7/events from=4 output=1 task=0");
}

TEST_F(Verbs, StopSaysHowManyAndGoesOnAfterAMistake) {
  server.on("POST /v1/jobs/7/stop", R"({"version":1,"stopped":1})");
  server.on("POST /v1/jobs/8/stop", R"({"version":1,"stopped":0})");
  server.on("POST /v1/jobs/12/stop", R"({"version":1,"stopped":3})");
  const auto outcome = run({"stop", "7", "99", "8", "12", "--reason", "en\"ough"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(
      outcome.err,
      "job 7 is being stopped\nerror: there is nothing at POST /v1/jobs/99/stop\njob 8 is over already\n"
      "array 12: 3 jobs are being stopped\n");
  EXPECT_EQ(server.bodies().front(), R"({"reason":"en\"ough","whole_array":true})");
}

TEST_F(Verbs, AnElementIsFoundByItsIndex) {
  server.on("GET /v1/jobs/12",
            detail_body(R"({"id":12,"array_id":12,"array_index":3})", R"("array":{"indices":[3,5,9]})"));
  server.on("GET /v1/jobs/7", detail_body(R"({"id":7,"array_id":null})"));
  server.on("POST /v1/jobs/14/stop", R"({"version":1,"stopped":1})");
  EXPECT_EQ(run({"stop", "12_9"}).err, "job 12_9 is being stopped\n");
  EXPECT_EQ(server.bodies().back(), R"({"reason":"","whole_array":false})");
  EXPECT_EQ(run({"stop", "12_4"}).err, "error: there is no job 12_4: array 12 has no index 4\n");
  EXPECT_EQ(run({"logs", "7_1"}).err, "error: there is no job 7_1: job 7 is not an array\n");
}

TEST_F(Verbs, WaitWaitsForAllAndEndsAsTheWorst) {
  for (const int id : {7, 12, 13, 14}) {
    const std::string element = id == 7 ? "" : R"(,"array_id":12,"array_index":)" + std::to_string(id - 12);
    const std::string last = job_line(id, id == 13 ? "TIMEOUT" : "COMPLETED", element);
    server.on_lines("GET /v1/jobs/" + std::to_string(id) + "/events",
                    {job_line(id, "PENDING", element), last});
    server.on("GET /v1/jobs/" + std::to_string(id),
              detail_body(last.substr(7, last.size() - 8),
                          R"("name":"x","array":{"indices":[0,1,2]},"time_limit":60000)"));
  }
  EXPECT_EQ(run({"wait", "7"}).code, 0);
  const auto outcome = run({"wait", "7", "12"});
  EXPECT_EQ(outcome.code, 124);
  EXPECT_EQ(outcome.err, "job 12_1: TIMEOUT: over its time limit of 1 min\n");
  EXPECT_EQ(run({"wait", "12_2"}).code, 0);
  EXPECT_EQ(run({"wait", "99"}).code, 1);
}

TEST_F(Verbs, SubmitPrintsTheIdAloneAndASentenceBeside) {
  server.on("POST /v1/jobs", R"({"version":1,"id":12,"count":3,"existed":false})", 201);
  auto outcome = run({"submit", "--array", "2-4", "--wrap", "echo $SLURM_ARRAY_TASK_ID"});
  EXPECT_EQ(outcome.out, "12\n");
  EXPECT_EQ(outcome.err, "array 12 (wrap) is queued: 3 jobs, 12_2 to 12_4; wait for it: busbar wait 12\n");
  EXPECT_EQ(wire::decode_submit(server.bodies().back())->spec.command,
            (Lines{"/bin/sh", "-c", "echo $SLURM_ARRAY_TASK_ID"}));
  server.on("POST /v1/jobs", R"({"version":1,"id":7,"count":1,"existed":true})");
  outcome = run({"submit", "--key", "k", "--", "x"});
  EXPECT_EQ(outcome.out, "7\n");
  EXPECT_EQ(outcome.err, "job 7 was submitted with this key before; nothing new was queued\n");
  EXPECT_EQ(run({"submit", "--key", "k", "--quiet", "--", "x"}).err, "");
  EXPECT_EQ(run({"submit", "--json", "--quiet", "--", "x"}).out,
            "{\"version\":1,\"id\":7,\"count\":1,\"existed\":true}\n");
}

TEST_F(Verbs, AJobFileIsReadAndFlagsBeatIt) {
  const std::string script = server.folder.path + "/train.sh";
  FILE* file = std::fopen(script.c_str(), "w");
  std::fputs("#!/bin/sh\n#SBATCH --time=10 --mem=1G\n#SBATCH --frobnicate\necho $1\n", file);
  std::fclose(file);
  server.on("POST /v1/jobs", R"({"version":1,"id":7,"count":1,"existed":false})", 201);
  const auto outcome = run({"submit", "--time", "20", script, "one"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "7\n");
  EXPECT_NE(outcome.err.find("warning: "), std::string::npos);
  EXPECT_NE(outcome.err.find("--frobnicate"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("job 7 (train.sh) is queued; follow it: busbar logs -f 7\n"), std::string::npos)
      << outcome.err;
  const auto form = wire::decode_submit(server.bodies().back());
  EXPECT_EQ(form->spec.time_limit, std::chrono::minutes(20));
  EXPECT_EQ(form->spec.each.memory, GiB);
}

TEST_F(Verbs, AMistakeInAFileQueuesNothing) {
  const std::string path = server.folder.path + "/job.yaml";
  FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("run: echo\ntime: soon\n", file);
  std::fclose(file);
  const auto wrong = run({"submit", path});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("soon"), std::string::npos) << wrong.err;
  const auto missing = run({"submit", "nowhere.yaml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.err,
            "error: nowhere.yaml: No such file or directory; to submit a command, write: busbar submit -- "
            "nowhere.yaml\n");
  EXPECT_EQ(run({"submit", server.folder.path}).code, 2);
  EXPECT_TRUE(server.asked().empty());
}

TEST_F(Verbs, VersionTellsOfTheServerToo) {
  EXPECT_EQ(run({"version"}).out, "busbar 0.1.0\n");
  server.on("GET /v1/version", R"({"version":1,"busbar":"0.1.0","pid":42})");
  EXPECT_EQ(run({"version"}).out, "busbar 0.1.0\n");
  EXPECT_EQ(
      run({"version", "--json"}).out,
      "{\"version\":1,\"busbar\":\"0.1.0\",\"server\":{\"version\":1,\"busbar\":\"0.1.0\",\"pid\":42}}\n");
  server.on("GET /v1/version", R"({"version":1,"busbar":"0.0.9","pid":42})");
  EXPECT_EQ(run({"version"}).out,
            "busbar 0.1.0\nserver 0.0.9, another version: busbar down, then busbar up, makes them one\n");
  const testing::Folder nobody;
  EXPECT_EQ(busbar(nobody, {"version", "--json"}).out,
            "{\"version\":1,\"busbar\":\"0.1.0\",\"server\":null}\n");
}

TEST_F(Verbs, HooksGetTheFolderThatWasMeant) {
  EXPECT_EQ(run({"server"}).code, 33);
  EXPECT_EQ(run({"check"}).code, 34);
  EXPECT_EQ(run({"check", "--json"}).code, 35);
}

TEST_F(Verbs, DownWaitsForTheProcessAndCountsWhatGoesOn) {
  int leash[2];
  ASSERT_EQ(::pipe(leash), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte;
    ::close(leash[1]);
    ::_exit(::read(leash[0], &byte, 1) >= 0 ? 0 : 1);
  }
  ::close(leash[0]);
  server.on("GET /v1/version", R"({"version":1,"busbar":"0.1.0","pid":)" + std::to_string(child) + "}");
  server.on("GET /v1/jobs",
            R"({"jobs":[{"id":1,"state":"RUNNING"},{"id":2,"state":"PENDING"},{"id":3,"state":"RUNNING"}]})");
  server.on("POST /v1/down", [&](const net::Request&, Replier reply) {
    reply->send({200, "{}"});
    ::close(leash[1]);
  });
  const auto outcome = run({"down"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "the server is down; 2 jobs go on running, and busbar up takes them over again\n");
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, WNOHANG), child) << "it had ended when `down` came back";
  EXPECT_EQ(server.bodies().back(), R"({"stop_jobs":false})");
}

TEST_F(Verbs, DownThatIsDeniedSaysSo) {
  server.on("GET /v1/version", R"({"version":1,"busbar":"0.1.0","pid":)" + std::to_string(::getpid()) + "}");
  server.on("GET /v1/jobs", R"({"jobs":[]})");
  server.on("POST /v1/down",
            R"({"version":1,"error":{"code":"denied","message":"only an administrator may"}})", 403);
  const auto outcome = run({"down", "--stop-jobs"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: only an administrator may\n");
}

TEST_F(Verbs, ASecondUpWithTheSameDeclarationsSucceedsWithOthersItIsRefused) {
  server.on(
      "GET /v1/version",
      R"({"version":1,"busbar":"0.1.0","pid":42,"degraded":"","settings":{"declared_gpus":"4:H100:80GiB","isolation":"full","policy":"busbar","placement":"busbar","half_life":604800000,"log_limit":67108864,"process_limit":4096}})");
  server.on("GET /v1/nodes", R"({"nodes":[{"cpus":{"total":2},"memory":{"total":1073741824},"gpus":[]}]})");
  for (const Lines& same :
       {Lines{"up"}, Lines{"up", "--declare-gpus", "4:h100:80GiB"},
        Lines{"up", "--half-life", "7d", "--log-limit", "64MiB"}, Lines{"up", "--policy", "busbar"}}) {
    const auto outcome = run(same);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "busbar 0.1.0 is running already: 2 CPUs, 1 GiB of memory, no GPUs\nstate: " +
                               server.folder.path + "\n");
  }
  const auto other = run({"up", "--declare-gpus", "none", "--policy", "easy", "--process-limit", "9"});
  EXPECT_EQ(other.code, 1);
  EXPECT_EQ(other.err,
            "error: a server with other settings is running: --declare-gpus is 4:H100:80GiB there, none was "
            "asked for; "
            "--policy is busbar there, easy was asked for; "
            "--process-limit is 4096 there, 9 was asked for; to change them: busbar down, then busbar up "
            "with the new ones "
            "(running jobs go on)\n");
}

}  // namespace
}  // namespace busbar::cli
