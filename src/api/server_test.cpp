// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include "api/stage_test.hpp"

namespace busbar::api {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

constexpr model::AttemptId first{JobId{1}, 0, 1};

struct Asked {
  const char *says, *method, *target;
  std::string body;
  int status;
  const char* part;  // stands in the answer
};

TEST(Api, EveryRouteAnswersAndEveryMistakeIsNamed) {
  Stage stage;
  model::JobSpec bad = job_spec();
  bad.tasks = 0;
  model::JobSpec large = job_spec();
  large.each.gpus = whole_device * 64;
  std::string misspelt = submit_body();
  misspelt.replace(misspelt.find("\"command\""), 9, "\"comand\"");
  const Asked rows[] = {
      {"version", "GET", "/v1/version", "", 200, "\"busbar\":\"1.2.3\""},
      {"its settings", "GET", "/v1/version", "", 200,
       "\"declared_gpus\":\"2:H100:80GiB\",\"isolation\":\"full\""},
      {"no job yet", "GET", "/v1/jobs", "", 200, "\"jobs\":[]"},
      {"submit", "POST", "/v1/jobs", submit_body(), 201,
       "{\"version\":1,\"id\":1,\"count\":1,\"existed\":false}"},
      {"with a key", "POST", "/v1/jobs", submit_body(job_spec(), "k"), 201, "\"id\":2"},
      {"the key again", "POST", "/v1/jobs", submit_body(job_spec(), "k"), 200,
       "\"id\":2,\"count\":1,\"existed\":true"},
      {"no body", "POST", "/v1/jobs", "", 400, "\"code\":\"invalid\""},
      {"no JSON", "POST", "/v1/jobs", "{{{", 400, "\"code\":\"invalid\""},
      {"an unknown field", "POST", "/v1/jobs", misspelt, 400, "spec.comand"},
      {"a value out of range", "POST", "/v1/jobs", submit_body(bad), 400, "spec.tasks"},
      {"what no node could hold", "POST", "/v1/jobs", submit_body(large), 400, "GPU"},
      {"jobs", "GET", "/v1/jobs", "", 200, "{\"version\":1,\"jobs\":[{\"id\":1,"},
      {"of a project", "GET", "/v1/jobs?project=default", "", 200, "\"id\":1"},
      {"of another", "GET", "/v1/jobs?project=none", "", 200, "\"jobs\":[]"},
      {"of a user", "GET", "/v1/jobs?user=ada", "", 200, "\"id\":1"},
      {"of another", "GET", "/v1/jobs?user=eve", "", 200, "\"jobs\":[]"},
      {"the newest", "GET", "/v1/jobs?limit=1", "", 200, "\"jobs\":[{\"id\":2,"},
      {"a limit that is none", "GET", "/v1/jobs?limit=many", "", 400, "limit=many"},
      {"one job", "GET", "/v1/jobs/1", "", 200, "\"name\":\"work\""},
      {"all of it to its owner", "GET", "/v1/jobs/1", "", 200, "hidden"},
      {"no such job", "GET", "/v1/jobs/99", "", 404, "no job 99"},
      {"why of none", "GET", "/v1/jobs/99/why", "", 404, "no job 99"},
      {"when of one that runs", "GET", "/v1/jobs/1/when", "", 200,
       "{\"version\":1,\"id\":1,\"state\":\"RUNNING\",\"futures\":64,\"started\":64,\"start\":{\"p10\":\""},
      {"when of none", "GET", "/v1/jobs/99/when", "", 404, "no job 99"},
      {"try", "POST", "/v1/try", submit_body(), 200,
       "{\"version\":1,\"at_once\":true,\"futures\":64,\"started\":64,"},
      {"try where it stands", "POST", "/v1/try", submit_body(), 200,
       "\"reason\":null,\"tasks\":[{\"task\":0,\"node\":\"box\",\"gpus\":[]}],\"preempts\":[],"
       "\"cost_micro\":null}"},
      {"nothing came of it", "GET", "/v1/jobs/3", "", 404, "no job 3"},
      {"try what no node could hold", "POST", "/v1/try", submit_body(large), 400, "GPU"},
      {"try a value out of range", "POST", "/v1/try", submit_body(bad), 400, "spec.tasks"},
      {"try an unknown field", "POST", "/v1/try", misspelt, 400, "spec.comand"},
      {"events of none", "GET", "/v1/jobs/99/events", "", 404, "no job 99"},
      {"output of none", "GET", "/v1/jobs/99/output", "", 404, "no job 99"},
      {"why of one that runs", "GET", "/v1/jobs/1/why", "", 200, "\"state\":\"RUNNING\",\"reason\":null"},
      {"output, none yet", "GET", "/v1/jobs/1/output", "", 200, "\"pieces\":[],\"next\":0,\"at_end\":true"},
      {"of a task that is none", "GET", "/v1/jobs/1/output?task=3", "", 404, "no task 3"},
      {"of an attempt that is none", "GET", "/v1/jobs/1/output?attempt=7", "", 404,
       "no attempt 7: it has had 1"},
      {"from nowhere", "GET", "/v1/jobs/1/output?from=-1", "", 400, "from=-1"},
      {"events of no task", "GET", "/v1/jobs/1/events?task=5", "", 404, "no task 5"},
      {"nodes", "GET", "/v1/nodes", "", 200, "\"name\":\"box\""},
      {"usage", "GET", "/v1/usage", "", 200,
       "\"project\":\"default\",\"guaranteed_milli\":0,\"limit_milli\":null"},
      {"balances", "GET", "/v1/balances", "", 200, "\"user\":\"ada\",\"device_milli_ms\":0"},
      {"a reason that is none", "POST", "/v1/jobs/1/stop", "{\"reason\":7}", 400, "reason: found"},
      {"a list", "POST", "/v1/jobs/1/stop", "[]", 400, "not a JSON object"},
      {"stop", "POST", "/v1/jobs/1/stop", "{\"reason\":\"enough\"}", 200, "{\"version\":1,\"stopped\":1}"},
      {"stop without a word", "POST", "/v1/jobs/2/stop", "", 200, "\"stopped\":1"},
      {"stop none", "POST", "/v1/jobs/99/stop", "{}", 404, "\"code\":\"not_found\""},
      {"no such route", "GET", "/v1/job", "", 404, "GET /v1/job"},
      {"not that way", "PUT", "/v1/jobs", "", 405, "POST or GET"},
      {"not an id", "GET", "/v1/jobs/x", "", 400, "x"},
      {"drain", "POST", "/v1/drain", "{\"node\":\"box\",\"reason\":\"new fan\"}", 200, "\"changed\":true"},
      {"it shows", "GET", "/v1/nodes", "", 200, "\"state\":\"draining\",\"drain_reason\":\"new fan\""},
      {"drain what?", "POST", "/v1/drain", "{}", 404, "there is no machine"},
      {"drain, but how?", "POST", "/v1/drain", "{\"node\":\"box\",\"now\":1}", 400, "now: found"},
      {"give it back", "POST", "/v1/drain", "{\"node\":\"box\",\"end\":true}", 200, "\"changed\":true"},
      {"down, but how?", "POST", "/v1/down", "{\"stop_jobs\":1}", 400, "stop_jobs: found"},
  };
  for (const Asked& row : rows) {
    SCOPED_TRACE(row.says);
    const net::Response answer = stage.ask(row.method, row.target, row.body);
    EXPECT_EQ(answer.status, row.status) << answer.body;
    EXPECT_TRUE(has(answer.body, row.part)) << answer.body;
    EXPECT_TRUE(answer.body.starts_with("{\"version\":1")) << answer.body;
  }
}

TEST(Api, AJobThatWaitsSaysWhyInNumbersAndWords) {
  Stage stage;
  model::JobSpec wide = job_spec();
  wide.each.gpus = whole_device * 2;
  stage.ask("POST", "/v1/jobs", submit_body(wide));
  stage.ask("POST", "/v1/jobs", submit_body(wide));
  const net::Response why = stage.ask("GET", "/v1/jobs/2/why");
  EXPECT_TRUE(has(why.body, "\"id\":2,\"state\":\"PENDING\",\"reason\":{\"kind\":")) << why.body;
  EXPECT_TRUE(has(why.body, "\"words\":\"")) << why.body;
}

TEST(Api, ListsWhatEndedWithinTheHourAndAllOnRequest) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  stage.engine->run(first, "", 3);
  while (!has(stage.ask("GET", "/v1/jobs").body, "FAILED")) std::this_thread::yield();
  stage.ask("POST", "/v1/jobs", submit_body());
  const std::string both = stage.ask("GET", "/v1/jobs").body;
  EXPECT_TRUE(has(both, "[{\"id\":1,") && has(both, "\"exit_code\":3") && has(both, "},{\"id\":2,")) << both;
  stage.clock.advance(std::chrono::hours(2));
  const std::string late = stage.ask("GET", "/v1/jobs").body;
  EXPECT_TRUE(!has(late, "{\"id\":1,") && has(late, "{\"id\":2,")) << late;
  const std::string all = stage.ask("GET", "/v1/jobs?all=1").body;
  EXPECT_TRUE(has(all, "{\"id\":1,") && has(all, "{\"id\":2,")) << all;
  const std::string newest = stage.ask("GET", "/v1/jobs?all=1&limit=1").body;
  EXPECT_TRUE(!has(newest, "{\"id\":1,") && has(newest, "{\"id\":2,")) << newest;
  EXPECT_TRUE(has(stage.ask("GET", "/v1/jobs/1").body, "\"state\":\"FAILED\""));
  EXPECT_TRUE(has(stage.ask("GET", "/v1/jobs/1/why").body, "\"reason\":null,\"words\":\"")) << "how it ended";
}

TEST(Api, AFullDiskRefusesNewWorkAndLetsReadingGoOn) {
  Stage stage;
  stage.full = true;
  const net::Response refused = stage.ask("POST", "/v1/jobs", submit_body());
  EXPECT_EQ(refused.status, 507);
  EXPECT_TRUE(has(refused.body, "no room for new work"));
  EXPECT_EQ(stage.ask("GET", "/v1/jobs").status, 200);
}

TEST(Api, TenMegabytesOfNoiseAsABodyAreRefused) {
  Stage stage;
  std::string noise(10 << 20, '\0');
  std::uint64_t seed = 7;
  for (char& c : noise)
    c = static_cast<char>((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
  EXPECT_EQ(stage.ask("POST", "/v1/jobs", noise).status, 400);
  EXPECT_EQ(stage.ask("POST", "/v1/jobs", std::string(10 << 20, '[')).status, 400);
  EXPECT_EQ(stage.ask("POST", "/v1/jobs/1/stop", std::string(10 << 20, '[')).status, 400);
  EXPECT_EQ(stage.ask("POST", "/v1/jobs/1/stop", "{\"reason\":\"" + std::string(501, 'x') + "\"}").status,
            400)
      << "every job that is stopped keeps it";
  EXPECT_EQ(stage.ask("GET", "/v1/version").status, 200);
}

TEST(Api, DownIsAnsweredBeforeItHappens) {
  Stage stage;
  const net::Response answer = stage.ask("POST", "/v1/down", "{\"stop_jobs\":true}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(stage.await_down(), "stopping");
}

TEST(Api, AnotherUserSeesButDoesNotTouch) {
  if (getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  Stranger bob;
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  stage.engine->await_launch(first);
  const Asked rows[] = {
      {"that it is there", "GET", "/v1/jobs", "", 200, "\"user\":\"ada\""},
      {"what it is", "GET", "/v1/jobs/1", "", 200, "\"command\":[\"true\"]"},
      {"why it waits", "GET", "/v1/jobs/1/why", "", 200, "RUNNING"},
      {"its news", "GET", "/v1/jobs/99/events", "", 404, "no job 99"},
      {"not its output", "GET", "/v1/jobs/1/output", "", 403, "belongs to ada"},
      {"nor as it comes", "GET", "/v1/jobs/1/events?output=1", "", 403, "belongs to ada"},
      {"not its end", "POST", "/v1/jobs/1/stop", "{}", 403, "\"code\":\"denied\""},
      {"not the server's", "POST", "/v1/down", "{}", 403, "administrator"},
      {"but may submit", "POST", "/v1/jobs", submit_body(), 201, "\"id\":2"},
      {"and stop what is theirs", "POST", "/v1/jobs/2/stop", "{}", 200, "\"stopped\":1"},
  };
  for (const Asked& row : rows) {
    SCOPED_TRACE(row.says);
    const net::Response answer = bob.ask(stage.socket(), row.method, row.target, row.body);
    EXPECT_EQ(answer.status, row.status) << answer.body;
    EXPECT_TRUE(has(answer.body, row.part)) << answer.body;
  }
  EXPECT_FALSE(has(bob.ask(stage.socket(), "GET", "/v1/jobs/1").body, "hidden"));
  EXPECT_TRUE(has(bob.ask(stage.socket(), "GET", "/v1/jobs/2").body, "hidden"));
  EXPECT_TRUE(has(stage.ask("GET", "/v1/jobs/2").body, "\"user\":\"bob\""));
  EXPECT_TRUE(stage.down.empty());
}

TEST(Api, WithoutRootOthersLearnWhatAnAdministratorWouldRun) {
  if (getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  Stranger bob;
  Stage stage(false);
  EXPECT_EQ(stage.ask("POST", "/v1/jobs", submit_body()).status, 201);
  for (const char* target :
       {"/v1/jobs", "/v1/jobs/1", "/v1/jobs/1/why", "/v1/jobs/1/events", "/v1/nodes", "/v1/balances"}) {
    const net::Response refused = bob.ask(stage.socket(), "GET", target);
    EXPECT_EQ(refused.status, 403) << target;
    EXPECT_TRUE(has(refused.body, "sudo busbar up")) << refused.body;
  }
  EXPECT_EQ(bob.ask(stage.socket(), "POST", "/v1/jobs", submit_body()).status, 403);
  EXPECT_TRUE(has(bob.ask(stage.socket(), "GET", "/v1/version").body, "\"everybody\":false"));
}

TEST(Api, ASecondServerOnTheSameSocketIsRefused) {
  Stage stage;
  Options options;
  options.socket = stage.socket();
  const auto second = serve(*stage.controller, *stage.engine, stage.clock, std::move(options));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
}

}  // namespace
}  // namespace busbar::api
