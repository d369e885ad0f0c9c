// SPDX-License-Identifier: Apache-2.0
// The threads around Core: what leaves, when, and what happens when the disk says no.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "control/world_test.hpp"

namespace busbar::control {
namespace {

class CountingClock final : public Clock {
 public:
  Instant now() override { return Instant{std::chrono::hours(24 * 365 * 50) + Duration{++ticks_}}; }

 private:
  std::atomic<std::int64_t> ticks_{0};
};

/// A machine that does at once what it is told, on the caller's thread.
class ObedientEngine final : public engine::Engine {
 public:
  Status start(Epoch, std::function<void(engine::News)> sink) override {
    sink_ = std::move(sink);
    sink_(engine::Joined{box(), {}});
    return Done{};
  }
  void tell(std::vector<engine::Order> orders) override {
    for (const engine::Order& order : orders) {
      if (const auto* launch = std::get_if<engine::LaunchOrder>(&order)) {
        ++launched;
        sink_(model::Started{launch->attempt, 7});
        if (launch->spec->command[0] == "wait") continue;
        sink_(model::Finished{launch->attempt, {}, 0});
      }
      if (const auto* stop = std::get_if<engine::StopOrder>(&order)) {
        model::Finished finished{stop->attempt, {}, 0};
        finished.ending.cause = model::Cause::stopped;
        sink_(finished);
      }
    }
  }
  void survey() override { ++surveyed; }
  Result<engine::OutputPage> read(const model::AttemptId&, std::int64_t, std::size_t) override {
    return engine::OutputPage{};
  }

  std::atomic<int> launched{0}, surveyed{0};

 private:
  std::function<void(engine::News)> sink_;
};

/// A disk that can be stopped, and that can be full.
class MoodyJournal final : public store::Journal {
 public:
  Result<std::optional<store::Snapshot>> snapshot() override { return inner_->snapshot(); }
  Status read(Seq after, const std::function<Status(model::Record&&)>& sink) override {
    return inner_->read(after, sink);
  }
  Result<Seq> last() override { return inner_->last(); }
  Result<Epoch> raise_epoch() override { return inner_->raise_epoch(); }
  Status append(Seq expected, Epoch epoch, const store::Batch& batch) override {
    std::unique_lock lock(mutex_);
    ++waiting;
    changed_.wait(lock, [this] { return !stopped_; });
    --waiting;
    if (full) return Error{Errc::exhausted, "the disk is full"};
    if (usurped) return Error{Errc::conflict, "another server leads"};
    if (unknown) return Error{Errc::unavailable, "the sync failed; what is on the disk is not known"};
    largest = std::max(largest, int(batch.records.size()));
    return inner_->append(expected, epoch, batch);
  }
  Status keep_snapshot(const model::Cluster& cluster, const std::string& balances) override {
    return inner_->keep_snapshot(cluster, balances);
  }
  Result<std::vector<model::Job>> ended(const store::EndedQuery& query) override {
    return inner_->ended(query);
  }
  Result<std::optional<model::Job>> ended_job(JobId id) override { return inner_->ended_job(id); }
  Result<std::vector<model::Job>> ended_array(JobId array) override { return inner_->ended_array(array); }
  Result<std::optional<model::Job>> ended_by_key(std::uint32_t uid, const std::string& key) override {
    return inner_->ended_by_key(uid, key);
  }

  void stop(bool yes) {
    const std::lock_guard lock(mutex_);
    stopped_ = yes;
    changed_.notify_all();
  }

  std::atomic<bool> full{false}, usurped{false}, unknown{false};
  std::atomic<int> waiting{0};
  int largest = 0;

 private:
  std::unique_ptr<store::Journal> inner_ = store::memory_journal();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

class LoopTest : public testing::Test {
 protected:
  void start() {
    auto journal = std::make_unique<MoodyJournal>();
    auto engine = std::make_unique<ObedientEngine>();
    journal_ = journal.get();
    engine_ = engine.get();
    Options options;
    options.settings.preemption.min_run = std::chrono::milliseconds(20);
    options.on_stand_down = [this](const Error& error) { stood_down_.set_value(error); };
    auto controller = control(std::move(journal), Recovered{}, std::move(engine), clock_, std::move(options));
    ASSERT_TRUE(controller) << controller.error().message;
    controller_ = std::move(*controller);
    // The machine's Joined has gone through once a look has.
    std::promise<void> seen;
    controller_->look([](const View&) {}, [&] { seen.set_value(); });
    seen.get_future().get();
  }

  std::future<Result<Accepted>> submit(const char* command = "true") {
    model::JobSpec spec = *spec_of();
    spec.command = {command};
    spec.each.cpus = Cpus{1};
    return submit(std::move(spec));
  }

  std::future<Result<Accepted>> submit(model::JobSpec spec) {
    auto promise = std::make_shared<std::promise<Result<Accepted>>>();
    controller_->submit(user("ada", 1), std::move(spec), "",
                        [promise](Result<Accepted> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  static bool ready(std::future<Result<Accepted>>& answer) {
    return answer.wait_for(std::chrono::milliseconds(30)) == std::future_status::ready;
  }
  template <class Condition>
  static bool until(const Condition& condition) {
    for (int k = 0; k < 2000 && !condition(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return condition();
  }

  std::future<model::Job> end_of(JobId id) {
    auto promise = std::make_shared<std::promise<model::Job>>();
    auto told = std::make_shared<bool>(false);
    tokens_.push_back(controller_->watch(id, [promise, told](const JobNews& news) {
      if (model::is_over(news.job.state) && !*told) *told = true, promise->set_value(news.job);
    }));
    return promise->get_future();
  }

  CountingClock clock_;
  MoodyJournal* journal_ = nullptr;
  ObedientEngine* engine_ = nullptr;
  std::promise<Error> stood_down_;
  std::vector<std::shared_ptr<void>> tokens_;
  std::unique_ptr<Controller> controller_;
};

TEST_F(LoopTest, NothingLeavesBeforeItIsDurable) {
  start();
  journal_->stop(true);
  auto answer = submit();
  ASSERT_TRUE(until([&] { return journal_->waiting == 1; }));
  EXPECT_FALSE(ready(answer)) << "told before it was on the disk";
  EXPECT_EQ(engine_->launched, 0) << "started before it was on the disk";
  journal_->stop(false);
  EXPECT_TRUE(answer.get());
  EXPECT_EQ(end_of(JobId{1}).get().state, model::JobState::completed);
  EXPECT_EQ(engine_->launched, 1);
}

TEST_F(LoopTest, WhatComesWhileTheDiskIsBusySharesOneSync) {
  start();
  journal_->stop(true);
  std::vector<std::future<Result<Accepted>>> answers;
  answers.push_back(submit("wait"));
  ASSERT_TRUE(until([&] { return journal_->waiting == 1; }));
  for (int k = 0; k < 50; ++k) answers.push_back(submit("wait"));
  journal_->stop(false);
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  EXPECT_GE(journal_->largest, 51);
}

TEST_F(LoopTest, AFullDiskRefusesNewWorkAndForgetsNothingItAcknowledged) {
  start();
  EXPECT_TRUE(submit("wait").get());
  journal_->full = true;
  const Result<Accepted> refused = submit().get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  EXPECT_EQ(engine_->launched, 1) << "what was not written down is not started";
  bool degraded = false;
  std::size_t jobs = 0;
  std::promise<void> seen;
  controller_->look([&](const View& view) { degraded = view.degraded, jobs = view.cluster.jobs.size(); },
                    [&] { seen.set_value(); });
  seen.get_future().get();
  EXPECT_TRUE(degraded) << "reading works";
  EXPECT_EQ(jobs, 1u);
  EXPECT_TRUE(until([&] { return engine_->surveyed > 0; })) << "what was missed is asked for again";
  journal_->full = false;
  EXPECT_TRUE(until([&] { return bool(submit("wait").get()); }));
  EXPECT_TRUE(until([&] { return engine_->launched >= 2; })) << "and what was accepted is started";
}

/// Not only when nobody asks anything for a second, and also when the disk had room again at once.
TEST_F(LoopTest, WhatAFailedAppendForgotIsAskedForAgainHoweverBusyItIs) {
  start();
  const JobId id = submit("wait").get()->first;
  journal_->full = true;
  EXPECT_FALSE(submit().get());
  journal_->full = false;
  controller_->stop(user("ada", 1), id, true, "",
                    [](const Result<int>&) {});  // is written: no longer degraded
  EXPECT_TRUE(until([&] {
    std::promise<void> seen;
    controller_->look([](const View&) {}, [&] { seen.set_value(); });
    seen.get_future().get();
    return engine_->surveyed > 0;
  }));
}

TEST_F(LoopTest, AnEndIsToldOnceAndOnlyWhenItIsDurable) {
  start();
  EXPECT_TRUE(submit("wait").get());
  model::JobSpec waits = *spec_of();
  waits.after = {{JobId{1}, model::Dependency::When::any}};
  std::promise<void> accepted;
  controller_->submit(user("ada", 1), waits, "", [&](const Result<Accepted>&) { accepted.set_value(); });
  accepted.get_future().get();
  std::atomic<int> ends{0};
  const auto stop_and_watch = [&] {  // both in one step, behind a batch that is on its way
    journal_->stop(true);
    auto busy = submit("wait");
    EXPECT_TRUE(until([&] { return journal_->waiting == 1; }));
    auto stopped = std::make_shared<std::promise<void>>();
    controller_->stop(user("ada", 1), JobId{2}, true, "",
                      [stopped](const Result<int>&) { stopped->set_value(); });
    tokens_.push_back(
        controller_->watch(JobId{2}, [&](const JobNews& news) { ends += model::is_over(news.job.state); }));
    journal_->stop(false);
    busy.wait();
    stopped->get_future().get();
    std::promise<void> seen;
    controller_->look([](const View&) {}, [&] { seen.set_value(); });
    seen.get_future().get();
  };
  journal_->full = true;
  stop_and_watch();
  EXPECT_EQ(ends, 0) << "nothing of it was written";
  tokens_.clear();
  journal_->full = false;
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // until a submit is let through again
  stop_and_watch();
  EXPECT_EQ(ends, 1);
  tokens_.clear();
  controller_.reset();
}

TEST_F(LoopTest, WhatBecomesDueIsDoneAlthoughNothingComesIn) {
  start();
  model::JobSpec low = *spec_of(2);
  low.command = {"wait"};
  low.preemptible = true;
  EXPECT_TRUE(submit(low).get());
  model::JobSpec urgent = *spec_of(2);
  urgent.priority = 1;
  EXPECT_TRUE(submit(urgent).get());
  EXPECT_TRUE(until([&] { return engine_->launched >= 3; }))
      << "the low one, the urgent one, the low one again";
}

TEST_F(LoopTest, WhoeverLeadsNoLongerStandsDown) {
  start();
  journal_->usurped = true;
  const Result<Accepted> refused = submit().get();
  EXPECT_FALSE(refused);
  EXPECT_EQ(stood_down_.get_future().get().code, Errc::conflict);
}

TEST_F(LoopTest, WhoeverDoesNotKnowWhatIsOnTheDiskStandsDown) {
  start();
  journal_->unknown = true;
  EXPECT_FALSE(submit().get());
  EXPECT_EQ(stood_down_.get_future().get().code, Errc::unavailable);
}

TEST_F(LoopTest, WatchersHearHowAJobStandsAndHowItEnds) {
  start();
  const JobId id = submit().get()->first;
  EXPECT_EQ(end_of(id).get().id, id) << "also when it is over long since";
  const JobId other = submit("wait").get()->first;
  auto end = end_of(other);
  controller_->stop(user("ada", 1), other, true, "", [](const Result<int>&) {});
  EXPECT_EQ(end.get().state, model::JobState::cancelled);
}

TEST_F(LoopTest, StopAllEndsWhatLives) {
  start();
  for (int k = 0; k < 3; ++k) EXPECT_TRUE(submit("wait").get());
  std::promise<void> again;
  model::Principal root = user("root", 0);
  root.admin = true;
  controller_->stop_all(root, [&] { again.set_value(); });
  EXPECT_EQ(again.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(LoopTest, StopAllOutlastsAFullDiskAndTakesNoNewWork) {
  start();
  EXPECT_TRUE(submit("wait").get());
  journal_->full = true;
  std::promise<void> over;
  model::Principal root = user("root", 0);
  root.admin = true;
  controller_->stop_all(root, [&] { over.set_value(); });
  auto all_over = over.get_future();
  EXPECT_EQ(all_over.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_FALSE(submit("wait").get());
  journal_->full = false;
  EXPECT_TRUE(until([&] {
    controller_->look([](const View&) {}, {});
    return all_over.wait_for(std::chrono::milliseconds(2)) == std::future_status::ready;
  }));
  const Result<Accepted> late = submit("wait").get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace busbar::control
