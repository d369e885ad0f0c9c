// SPDX-License-Identifier: Apache-2.0
#include <boost/json/parse.hpp>
#include <thread>

#include "api/stage_test.hpp"

namespace busbar::api {
namespace {

namespace json = boost::json;

constexpr model::AttemptId attempt(int task, int n) { return {JobId{1}, task, n}; }

/// Somebody who follows job 1 with a connection of their own.
class Listener {
 public:
  Listener(const Stage& stage, std::string target) {
    thread_ = std::thread([this, socket = stage.socket(), target = std::move(target)] {
      std::string rest;
      const auto answer = net::client(socket)->stream("GET", target, {}, [&](std::string_view piece) {
        rest += piece;
        const std::lock_guard lock(mutex_);
        for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
          lines_.push_back(json::parse(rest.substr(0, end)).as_object());
          rest.erase(0, end + 1);
        }
        changed_.notify_all();
        return !left_;
      });
      complete = answer && answer->status == 200 && rest.empty();
    });
  }
  ~Listener() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void leave() { left_ = true; }
  /// Waits until `enough` of what was heard.
  template <class Enough>
  void await(const Enough& enough) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return enough(*this); }));
  }
  /// What tasks wrote, in the order of its coming; all of it, or of one task.
  std::string text(int task = -1) const {
    std::string all;
    for (const json::object& line : lines_) {
      if (line.contains("text") && (task < 0 || line.at("task").as_int64() == task))
        all += line.at("text").as_string();
    }
    return all;
  }
  /// The states of the job, in the order of their telling; "out" where there was output in between.
  std::string story() const {
    std::string all;
    for (const json::object& line : lines_) {
      const std::string word = line.contains("job") ? line.at("job").at("state").as_string().c_str() : "out";
      if (!all.ends_with(word)) all += (all.empty() ? "" : " ") + word;
    }
    return all;
  }
  const std::vector<json::object>& lines() const { return lines_; }
  bool complete = false;

 private:
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<json::object> lines_;
  std::atomic<bool> left_ = false;
};

TEST(Follow, OutputComesWhileTheJobRunsAndIsCompleteBeforeItsEndIsTold) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  Listener listener(stage, "/v1/jobs/1/events?output=1");
  stage.engine->await_launch(attempt(0, 1));
  stage.engine->started(attempt(0, 1));
  stage.engine->write(attempt(0, 1), "first\n");
  listener.await([](const Listener& heard) { return heard.text() == "first\n"; });
  std::string more;
  for (int n = 0; n < 2000; ++n) more += std::to_string(n) + "\n";
  stage.engine->write(attempt(0, 1), more);
  stage.engine->finished(attempt(0, 1));
  listener.join();
  EXPECT_TRUE(listener.complete);
  EXPECT_EQ(listener.text(), "first\n" + more);
  EXPECT_TRUE(listener.story().ends_with("RUNNING out COMPLETED")) << listener.story();
  const json::object& last_output = listener.lines()[listener.lines().size() - 2];
  EXPECT_EQ(last_output.at("next").as_int64(), static_cast<std::int64_t>(6 + more.size()));
  EXPECT_EQ(last_output.at("attempt").as_int64(), 1);
}

TEST(Follow, WithoutOutputOnlyTheNewsOfTheJob) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  Listener listener(stage, "/v1/jobs/1/events");
  stage.engine->run(attempt(0, 1), "not asked for", 7);
  listener.join();
  EXPECT_TRUE(listener.complete);
  EXPECT_TRUE(listener.story().ends_with("FAILED") && listener.text().empty()) << listener.story();
  EXPECT_EQ(listener.lines().back().at("job").at("exit_code").as_int64(), 7);
}

TEST(Follow, AJobThatIsOverIsToldAtOnceWithAllItWrote) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  const std::string long_text(5000, 'x');
  stage.engine->run(attempt(0, 1), long_text);
  Listener before(stage, "/v1/jobs/1/events");
  before.join();
  Listener after(stage, "/v1/jobs/1/events?output=1");
  after.join();
  EXPECT_TRUE(after.complete);
  EXPECT_EQ(after.text(), long_text);
  EXPECT_EQ(after.story(), "out COMPLETED");
  Listener rest(stage, "/v1/jobs/1/events?output=1&from=4990&attempt=1");
  rest.join();
  EXPECT_EQ(rest.text(), std::string(10, 'x'));
}

TEST(Follow, EveryTaskOfAGangIsHeardUnlessOneIsAskedFor) {
  Stage stage;
  model::JobSpec gang = job_spec();
  gang.tasks = 2;
  stage.ask("POST", "/v1/jobs", submit_body(gang));
  Listener all(stage, "/v1/jobs/1/events?output=1"), one(stage, "/v1/jobs/1/events?output=1&task=1");
  for (const int task : {0, 1}) {
    stage.engine->await_launch(attempt(task, 1));
    stage.engine->started(attempt(task, 1));
    stage.engine->write(attempt(task, 1), "of " + std::to_string(task));
  }
  all.await([](const Listener& heard) { return heard.text(0) == "of 0" && heard.text(1) == "of 1"; });
  for (const int task : {0, 1}) stage.engine->finished(attempt(task, 1));
  all.join();
  one.join();
  EXPECT_TRUE(all.complete && one.complete);
  EXPECT_EQ(one.text(), "of 1");
  EXPECT_EQ(one.text(0), "");
}

TEST(Follow, AFloodOfOneTaskDoesNotSilenceTheOthersAndNothingIsLost) {
  Stage stage;
  model::JobSpec gang = job_spec();
  gang.tasks = 12;
  gang.each.cpus = Cpus{100};
  stage.ask("POST", "/v1/jobs", submit_body(gang));
  const std::string flood(100'000, 'x');
  for (int task = 0; task < 12; ++task) {
    stage.engine->await_launch(attempt(task, 1));
    stage.engine->started(attempt(task, 1));
    stage.engine->write(attempt(task, 1), task == 0 ? flood : "of " + std::to_string(task));
  }
  Listener listener(stage, "/v1/jobs/1/events?output=1");
  listener.await([](const Listener& heard) { return heard.text(11) == "of 11"; });
  for (int task = 0; task < 12; ++task) stage.engine->finished(attempt(task, 1));
  listener.join();
  EXPECT_TRUE(listener.complete);
  EXPECT_EQ(listener.text(0), flood);
  for (int task = 1; task < 12; ++task) EXPECT_EQ(listener.text(task), "of " + std::to_string(task));
}

TEST(Follow, ARestartIsFollowedIntoItsNextAttempt) {
  Stage stage;
  model::JobSpec stubborn = job_spec();
  stubborn.retries = 1;
  stage.ask("POST", "/v1/jobs", submit_body(stubborn));
  Listener listener(stage, "/v1/jobs/1/events?output=1&attempt=1");
  stage.engine->run(attempt(0, 1), "one ", 1);
  stage.engine->run(attempt(0, 2), "two", 0);
  listener.join();
  EXPECT_TRUE(listener.complete);
  EXPECT_EQ(listener.text(), "one two");
  EXPECT_EQ(listener.lines().back().at("job").at("state").as_string(), "COMPLETED");
  Listener late(stage, "/v1/jobs/1/events?output=1");
  late.join();
  EXPECT_EQ(late.text(), "two");
}

TEST(Follow, BytesThatAreNoTextComeAsBase64) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  stage.engine->run(attempt(0, 1), std::string("\xff\x00\x01", 3));
  Listener listener(stage, "/v1/jobs/1/events?output=1");
  listener.join();
  bool found = false;
  for (const json::object& line : listener.lines()) {
    if (line.contains("base64")) found = line.at("base64").as_string() == "/wAB";
  }
  EXPECT_TRUE(found);
  const std::string page = stage.ask("GET", "/v1/jobs/1/output").body;
  EXPECT_NE(page.find("\"base64\":\"/wAB\""), page.npos) << page;
}

TEST(Follow, PagesOfOutputContinueWhereTheLastEnded) {
  Stage stage;
  stage.ask("POST", "/v1/jobs", submit_body());
  stage.engine->run(attempt(0, 1), "a \"quoted\"\tline\n\x01\\");
  const json::object page = json::parse(stage.ask("GET", "/v1/jobs/1/output?from=2&most=8").body).as_object();
  EXPECT_EQ(page.at("pieces").at(0).at("text").as_string(), "\"quoted\"");
  EXPECT_EQ(page.at("next").as_int64(), 10);
  EXPECT_FALSE(page.at("at_end").as_bool());
  const json::object rest = json::parse(stage.ask("GET", "/v1/jobs/1/output?from=10").body).as_object();
  EXPECT_EQ(rest.at("pieces").at(0).at("text").as_string(), "\tline\n\x01\\");
  EXPECT_TRUE(rest.at("at_end").as_bool());
}

TEST(Follow, ManyListenersOneWhoLeavesAndAServerThatEndsBeforeTheJob) {
  auto stage = std::make_unique<Stage>();
  stage->ask("POST", "/v1/jobs", submit_body());
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int n = 0; n < 8; ++n)
    listeners.push_back(std::make_unique<Listener>(*stage, "/v1/jobs/1/events?output=1"));
  listeners.front()->leave();
  stage->engine->await_launch(attempt(0, 1));
  stage->engine->started(attempt(0, 1));
  stage->engine->write(attempt(0, 1), "x");
  for (const auto& listener : listeners)
    listener->await([](const Listener& heard) { return !heard.lines().empty(); });
  stage->api.reset();
  stage->engine->write(attempt(0, 1), "y");
  stage->engine->finished(attempt(0, 1));
  stage.reset();
  for (const auto& listener : listeners) {
    listener->join();
    EXPECT_FALSE(listener->complete && listener != listeners.front());
  }
}

}  // namespace
}  // namespace busbar::api
