// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/chance.hpp"
#include "control/world_test.hpp"

namespace busbar::control {
namespace {

constexpr model::AttemptId attempt(std::int64_t job, int task = 0, int n = 1) {
  return {JobId{job}, task, n};
}

TEST(Core, AnIdleMachineStartsAJobInTheBatchThatAcceptsIt) {
  World world;
  const Answer answer = world.submit(spec_of(1));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->first, JobId{1});
  ASSERT_EQ(world.last.batch.records.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<model::Submitted>(world.last.batch.records[0].event));
  EXPECT_TRUE(std::holds_alternative<model::Decided>(world.last.batch.records[1].event));
  const auto launches = world.orders<engine::LaunchOrder>(world.last);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].devices.size(), 1u);
  EXPECT_GT(launches[0].master_port, 0);
}

TEST(Core, AGangIsToldItsRanks) {
  World world;
  ASSERT_TRUE(world.submit(spec_of(1, 2)));
  const auto launches = world.orders<engine::LaunchOrder>(world.last);
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(launches[0].local_rank, 0);
  EXPECT_EQ(launches[1].local_rank, 1);
  EXPECT_EQ(launches[1].local_tasks, 2);
  EXPECT_EQ(launches[0].master_port, launches[1].master_port);
  EXPECT_NE(launches[0].devices[0].device.id, launches[1].devices[0].device.id);
  EXPECT_EQ(launches[0].gpus_here, (std::vector<int>{0, 1})) << "those of both tasks";
}

TEST(Core, TheSameKeyGivesTheSameJobAliveOrOver) {
  World world;
  EXPECT_EQ(world.submit(spec_of(), "k")->first, JobId{1});
  const Answer again = world.submit(spec_of(), "k");
  EXPECT_EQ(again->first, JobId{1});
  EXPECT_TRUE(again->existed);
  EXPECT_EQ(world.submit(spec_of(), "k", user("ben", 2))->first, JobId{2})
      << "another person's key is another key";
  world.finish(attempt(1));
  EXPECT_EQ(world.submit(spec_of(), "k")->first, JobId{1});
  world.open();
  EXPECT_EQ(world.submit(spec_of(), "k")->first, JobId{1}) << "also after a restart";
}

TEST(Core, ANewLeaderStartsNothingByWhatAMachineHadBefore) {
  World world;
  world.open();
  EXPECT_FALSE(world.core->heard());
  ASSERT_TRUE(world.submit(spec_of(1)));
  EXPECT_TRUE(world.orders<engine::LaunchOrder>(world.last).empty());
  const Step joined = world.step({}, {engine::Joined{box(1), {}}});
  EXPECT_TRUE(world.core->heard());
  const auto launches = world.orders<engine::LaunchOrder>(joined);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].devices.at(0).device.index, 0);
}

/// The news of an end and a command about that job may wait for the same step; the journal knows neither yet.
TEST(Core, AJobThatEndsInThisVeryStepIsNotForgotten) {
  World world;
  ASSERT_TRUE(world.submit(spec_of(), "k"));
  auto next = std::make_shared<model::JobSpec>(*spec_of());
  next->after = {{JobId{1}, model::Dependency::When::ok}};
  const Step step =
      world.step({SubmitCommand{user("ada", 1), spec_of(), "k"}, StopCommand{user("ada", 1), JobId{1}},
                  SubmitCommand{user("ada", 1), next, ""}},
                 {model::Finished{attempt(1), {}, 0}});
  ASSERT_TRUE(step.answers[0]);
  EXPECT_TRUE(step.answers[0]->existed);
  EXPECT_EQ(step.answers[0]->first, JobId{1}) << "I9: the same key gives the same job";
  EXPECT_TRUE(step.answers[1]) << step.answers[1].error().message;
  EXPECT_TRUE(step.answers[2]) << step.answers[2].error().message;
}

/// Whichever of its elements is found, the answer is the array.
TEST(Core, TheKeyOfAnArrayThatEndsInThisVeryStepGivesAllOfIt) {
  World world;
  auto array = std::make_shared<model::JobSpec>(*spec_of());
  array->array.indices = {4, 7};
  ASSERT_TRUE(world.submit(array, "k"));
  const Step step = world.step({SubmitCommand{user("ada", 1), array, "k"}},
                               {model::Finished{attempt(2), {}, 0}, model::Finished{attempt(1), {}, 0}});
  ASSERT_TRUE(step.answers[0]);
  EXPECT_EQ(step.answers[0]->first, JobId{1});
  EXPECT_EQ(step.answers[0]->count, 2);
}

/// One task of a gang has failed and the other is being stopped; then its owner stops the job.
TEST(Core, AStopIsNotForgottenByARetry) {
  World world;
  auto gang = std::make_shared<model::JobSpec>(*spec_of(0, 2));
  gang->retries = 3;
  ASSERT_TRUE(world.submit(gang));
  const auto stops = world.orders<engine::StopOrder>(world.finish(attempt(1, 0), 1));
  ASSERT_EQ(stops.size(), 1u) << "the second task is stopped";
  const Step stopped = world.step({StopCommand{user("ada", 1), JobId{1}, true, "enough"}});
  ASSERT_TRUE(stopped.answers[0]);
  EXPECT_EQ(stopped.answers[0]->count, 1);
  const Step over = world.finish(attempt(1, 1), 1);
  EXPECT_TRUE(world.orders<engine::LaunchOrder>(over).empty()) << "it was acknowledged that it stops";
  ASSERT_EQ(over.batch.ended.size(), 1u);
  EXPECT_EQ(over.batch.ended[0].state, model::JobState::cancelled);
  EXPECT_EQ(over.batch.ended[0].reason, "enough");
}

/// Otherwise one request of anybody's takes all memory: arrays of 100,000 that wait for arrays of 100,000.
TEST(Core, HowMuchOneRequestMayWaitForIsBounded) {
  World world;
  const auto array = [&](int elements, std::vector<model::Dependency> after) {
    auto spec = std::make_shared<model::JobSpec>(*spec_of());
    for (int k = 0; k < elements; ++k) spec->array.indices.push_back(k);
    spec->after = std::move(after);
    return world.submit(spec);
  };
  const model::Dependency first{JobId{1}, model::Dependency::When::any};
  ASSERT_TRUE(array(2000, {}));
  const Answer pairs = array(2000, {first});
  ASSERT_FALSE(pairs);
  EXPECT_EQ(pairs.error().code, Errc::invalid);
  EXPECT_FALSE(array(1, std::vector(1000, first))) << "named again and again";
  EXPECT_TRUE(array(1, {first}));
  EXPECT_EQ(world.core->cluster().jobs.size(), 2001u);
}

TEST(Core, WhatNoMachineCouldEverHoldIsRefusedUnlessAskedToBeHeld) {
  World world;
  const Answer refused = world.submit(spec_of(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_TRUE(world.last.batch.records.empty());
  auto held = std::make_shared<model::JobSpec>(*spec_of(3));
  held->hold_for_nodes = true;
  EXPECT_TRUE(world.submit(held));
}

TEST(Core, DependenciesOnJobsThatAreOver) {
  World world;
  ASSERT_TRUE(world.submit(spec_of()));
  world.finish(attempt(1), 3);
  const auto after = [&](std::int64_t job, model::Dependency::When when) {
    auto spec = std::make_shared<model::JobSpec>(*spec_of());
    spec->after = {{JobId{job}, when}};
    return world.submit(spec);
  };
  EXPECT_TRUE(after(1, model::Dependency::When::any));
  EXPECT_FALSE(world.orders<engine::LaunchOrder>(world.last).empty()) << "nothing to wait for";
  EXPECT_TRUE(after(1, model::Dependency::When::not_ok));
  const Answer never = after(1, model::Dependency::When::ok);
  ASSERT_FALSE(never);
  EXPECT_NE(never.error().message.find("FAILED"), std::string::npos);
  EXPECT_FALSE(after(99, model::Dependency::When::any));
}

TEST(Core, AfterAnArrayMeansAfterAllOfIt) {
  World world;
  auto array = std::make_shared<model::JobSpec>(*spec_of());
  array->array.indices = {0, 1, 2};
  EXPECT_EQ(world.submit(array)->count, 3);
  world.finish(attempt(1));
  auto after = std::make_shared<model::JobSpec>(*spec_of());
  after->after = {{JobId{1}, model::Dependency::When::ok}};
  const JobId waiting = world.submit(after)->first;
  EXPECT_TRUE(world.orders<engine::LaunchOrder>(world.last).empty());
  world.finish(attempt(2));
  world.finish(attempt(3));
  ASSERT_EQ(world.orders<engine::LaunchOrder>(world.last).size(), 1u);
  EXPECT_EQ(world.orders<engine::LaunchOrder>(world.last)[0].attempt.job, waiting);
}

TEST(Core, OnlyItsOwnerStopsAJob) {
  World world;
  ASSERT_TRUE(world.submit(spec_of()));
  Step denied = world.step({StopCommand{user("ben", 2), JobId{1}, true, ""}});
  ASSERT_FALSE(denied.answers[0]);
  EXPECT_EQ(denied.answers[0].error().code, Errc::denied);
  Step told = world.step({StopCommand{user("ada", 1), JobId{1}, true, "enough"}});
  EXPECT_EQ(told.answers[0]->count, 1);
  ASSERT_EQ(world.orders<engine::StopOrder>(told).size(), 1u);
  EXPECT_EQ(world.orders<engine::StopOrder>(told)[0].reason, "enough");
  EXPECT_EQ(world.step({StopCommand{user("ada", 1), JobId{1}, true, ""}}).answers[0]->count, 0)
      << "told once";
  EXPECT_EQ(world.step({StopCommand{user("ada", 1), JobId{9}, true, ""}}).answers[0].error().code,
            Errc::not_found);
}

TEST(Core, ANodeThatComesBackIsHeldAgainstWhatWeKnow) {
  World world;
  for (int k = 0; k < 3; ++k) ASSERT_TRUE(world.submit(spec_of()));
  world.step({}, {model::Started{attempt(1), 100}, model::Started{attempt(2), 101}});
  // 1 runs and is there, 2 ran and is gone, 3 was never heard of, 9 is unknown to us.
  const Step back = world.step({}, {engine::Joined{box(), {attempt(1), attempt(9)}}});
  EXPECT_EQ(world.core->cluster().jobs.at(JobId{1}).state, model::JobState::running);
  ASSERT_EQ(back.batch.ended.size(), 1u);
  EXPECT_EQ(back.batch.ended[0].id, JobId{2});
  EXPECT_EQ(back.batch.ended[0].state, model::JobState::node_fail);
  ASSERT_EQ(world.orders<engine::LaunchOrder>(back).size(), 1u);
  EXPECT_EQ(world.orders<engine::LaunchOrder>(back)[0].attempt, attempt(3));
  ASSERT_EQ(world.orders<engine::StopOrder>(back).size(), 1u);
  EXPECT_EQ(world.orders<engine::StopOrder>(back)[0].attempt, attempt(9));
}

TEST(Core, OldAndRepeatedNewsChangesNothingAndIsSettled) {
  World world;
  ASSERT_TRUE(world.submit(spec_of()));
  world.finish(attempt(1));
  const Step again = world.step({}, {model::Finished{attempt(1), {}, 0}, model::Started{attempt(1), 5}});
  EXPECT_TRUE(again.batch.records.empty());
  EXPECT_EQ(world.orders<engine::SettleOrder>(again).size(), 1u);
}

/// A day of chance: whatever was journaled, recovery comes to the same state, and `check` finds nothing.
TEST(Core, RecoveryIsTheFoldOfTheJournal) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    World world;
    std::vector<model::AttemptId> live;
    for (int k = 0; k < 200; ++k) {
      Step done;
      const auto drawn = rng.below(10);
      if (drawn < 5) {
        auto spec = std::make_shared<model::JobSpec>(*spec_of(int(rng.below(2)), 1 + int(rng.below(2))));
        spec->retries = int(rng.below(2));
        if (rng.below(4) == 0) spec->array.indices = {1, 2, 3};
        done = world.step(
            {SubmitCommand{user("ada", 1 + std::uint32_t(rng.below(2))), spec, "k" + std::to_string(k)}});
      } else if (drawn < 6 && world.core->cluster().next_id.value > 1) {
        done = world.step({StopCommand{
            user("ada", 1),
            JobId{1 + std::int64_t(rng.below(std::uint64_t(world.core->cluster().next_id.value) - 1))}, true,
            ""}});
      } else if (!live.empty()) {
        const auto which = rng.below(live.size());
        model::Finished finished{live[which], {}, 0};
        finished.ending.exit_code = int(rng.below(2));
        if (rng.below(3) == 0) finished.ending.cause = model::Cause::stopped;
        live.erase(live.begin() + std::ptrdiff_t(which));
        done = world.step({}, {finished});
      }
      for (const auto& order : world.orders<engine::LaunchOrder>(done)) live.push_back(order.attempt);
      if (rng.below(50) == 0) {
        EXPECT_TRUE(world.journal->keep_snapshot(world.core->cluster(), world.core->balances().text()));
      }
      const Result<int> audited = model::audit(world.core->cluster());
      ASSERT_TRUE(audited) << audited.error().message;
    }
    const Result<Recovered> recovered = recover(*world.journal);
    ASSERT_TRUE(recovered) << recovered.error().message;
    EXPECT_EQ(recovered->scheduler.cluster(), world.core->cluster());
    const auto findings = check(*world.journal);
    ASSERT_TRUE(findings) << findings.error().message;
    EXPECT_GT(findings->back().checked, 10) << "decisions were made again";
  }
}

/// A job on both devices that saves when told, and an urgent one that made it go.
class Preempted : public testing::Test {
 protected:
  void SetUp() override {
    auto low = std::make_shared<model::JobSpec>(*spec_of(2));
    low->preemptible = true;
    low->warning = {SIGUSR1, std::chrono::seconds(60), true};
    ASSERT_TRUE(world.submit(low));
    world.step({}, {model::Started{{JobId{1}, 0, 1}, 7}});
    world.now += std::chrono::minutes(20);
    auto urgent = std::make_shared<model::JobSpec>(*spec_of(1));
    urgent->priority = 5;
    ASSERT_TRUE(world.submit(urgent));
  }
  World world;
};

TEST_F(Preempted, TheVictimIsToldToSaveAndTheWinnerStartsWhenItHasGone) {
  const auto stops = world.orders<engine::StopOrder>(world.last);
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].attempt, (model::AttemptId{JobId{1}, 0, 1}));
  EXPECT_TRUE(stops[0].warned);
  EXPECT_EQ(stops[0].reason, "makes room for job 2, which goes first");
  EXPECT_EQ(world.last.look_again, world.now + std::chrono::seconds(60 + 30 + 30))
      << "till then its room is kept";
  model::Finished gone{{JobId{1}, 0, 1}, {}, 0};
  gone.ending.cause = model::Cause::stopped;
  const Step done = world.step({}, {gone});
  const auto launches = world.orders<engine::LaunchOrder>(done);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].attempt.job, JobId{2});
  world.finish({JobId{2}, 0, 1});
  const auto again = world.orders<engine::LaunchOrder>(world.last);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempt, (model::AttemptId{JobId{1}, 0, 2}));
  EXPECT_EQ(again[0].restarts, 1);
  const auto findings = check(*world.journal);
  EXPECT_TRUE(findings) << findings.error().message;
}

TEST_F(Preempted, AKillBetweenDecisionAndStopLosesNeither) {
  world.open();  // nothing of the decision had left
  const Step done = world.step({}, {engine::Joined{box(), {{JobId{1}, 0, 1}}}});
  const auto stops = world.orders<engine::StopOrder>(done);
  ASSERT_EQ(stops.size(), 1u) << "told again";
  EXPECT_TRUE(stops[0].warned);
  model::Finished gone{{JobId{1}, 0, 1}, {}, 0};
  gone.ending.cause = model::Cause::stopped;
  const auto launches = world.orders<engine::LaunchOrder>(world.step({}, {gone}));
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].attempt.job, JobId{2}) << "and its room was still kept";
}

TEST(Drain, OnlyAnAdministratorMayAndANameThatIsUnknownIsAnswered) {
  World world;
  const auto asked = [&](model::Principal by, const char* node, bool end = false) {
    return world.step({DrainCommand{std::move(by), node, end, false, "new fan"}}).answers.at(0);
  };
  EXPECT_EQ(asked(user("ada", 1), "box").error().code, Errc::denied);
  model::Principal root = user("root", 0);
  root.admin = true;
  EXPECT_EQ(asked(root, "bix").error().message, "there is no machine bix; known is box");
  ASSERT_TRUE(world.submit(spec_of(1)));
  EXPECT_EQ(asked(root, "box")->count, 1) << "so many run there";
  EXPECT_TRUE(asked(root, "box")->existed);
  EXPECT_EQ(world.core->cluster().nodes.at(NodeId{1}).drain->reason, "new fan");
  ASSERT_TRUE(world.submit(spec_of(1)));
  EXPECT_TRUE(world.last.orders.empty()) << "nothing starts there any more";
  const Step back = world.step({DrainCommand{root, "1", true, false, ""}});
  EXPECT_EQ(world.orders<engine::LaunchOrder>(back).size(), 1u);
}

TEST(Core, ALargerPriorityThanTheLimitIsForAdministrators) {
  World world;
  world.settings.priority_limit = 5;
  world.open();
  model::Principal ada = user("ada", 1), root = user("root", 0);
  root.admin = true;
  const auto asked = [&](const model::Principal& by, int priority) {
    auto spec = std::make_shared<model::JobSpec>(*spec_of());
    spec->priority = priority;
    return world.step({SubmitCommand{by, spec, ""}}).answers.at(0);
  };
  EXPECT_TRUE(asked(ada, 5));
  EXPECT_TRUE(asked(ada, -100));
  EXPECT_TRUE(asked(root, 6));
  const auto refused = asked(ada, 6);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::denied);
  EXPECT_EQ(refused.error().message,
            "priority: found 6; at most 5 would be right: more is for administrators (up --priority-limit)");
}

TEST(Check, ADecisionThatTheSchedulerWouldNotMakeIsFound) {
  World world;
  ASSERT_TRUE(world.submit(spec_of(1)));
  const auto journal = store::memory_journal();
  const Result<Epoch> epoch = journal->raise_epoch();
  store::Batch forged;
  ASSERT_TRUE(world.journal->read(Seq{0}, [&](model::Record&& record) -> Status {
    record.epoch = *epoch;
    if (auto* decided = std::get_if<model::Decided>(&record.event))
      decided->launches[0].holdings[0].device = DeviceId{2};
    forged.records.push_back(std::move(record));
    return Done{};
  }));
  ASSERT_TRUE(journal->append(Seq{0}, *epoch, forged));
  const auto findings = check(*journal);
  ASSERT_FALSE(findings);
  EXPECT_NE(findings.error().message.find("I12"), std::string::npos);
}

TEST(Core, AHoldIsForWhatWaitsAndForWhomItBelongsTo) {
  World world;
  ASSERT_TRUE(world.submit(spec_of(2)));  // 1 takes all
  auto array = std::make_shared<model::JobSpec>(*spec_of(1));
  array->array.indices = {0, 1};
  ASSERT_TRUE(world.submit(array));  // 2 and 3 wait
  const model::Principal ada = user("ada", 1), ben = user("ben", 2);
  model::Principal root = user("root", 0);
  root.admin = true;
  const auto tell = [&](const model::Principal& by, int job, bool end, bool whole = true) -> std::string {
    const Step step = world.step({HoldCommand{by, JobId{job}, whole, end}});
    const Answer& answer = step.answers[0];
    return answer ? std::to_string(answer->count) : answer.error().message;
  };
  EXPECT_EQ(tell(ada, 1, false), "job 1 runs already; busbar stop 1 would end it");
  EXPECT_EQ(tell(ben, 2, false), "job 2_0 belongs to ada");
  EXPECT_EQ(tell(ada, 7, false), "there is no job 7");
  EXPECT_EQ(tell(ada, 2, false), "2") << "the whole array";
  EXPECT_EQ(tell(ada, 2, false), "0") << "told twice it does no more";
  EXPECT_EQ(tell(ada, 3, true, false), "1") << "one of its elements";
  EXPECT_EQ(tell(root, 3, false), "1");
  EXPECT_EQ(tell(ada, 3, true), "job 2_1 is held by root; an administrator releases it");
  world.finish(attempt(1));
  EXPECT_TRUE(world.orders<engine::LaunchOrder>(world.last).empty()) << "both are held";
  EXPECT_EQ(tell(root, 3, true), "1");
  EXPECT_EQ(tell(ada, 1, false), "job 1 is over: it ended well");
  EXPECT_EQ(world.core->cluster().jobs.at(JobId{3}).state, model::JobState::running);
}

TEST(Core, ADeadlineThatCouldNotBeKeptIsRefused) {
  using std::chrono::hours;
  struct Row {
    const char* says;
    Duration limit, begin, deadline;  // from now on; 0: none
    const char* told;                 // "" taken
  };
  const Row rows[] = {
      {"in time", hours(1), hours(0), hours(2), ""},
      {"no limit, no doubt", hours(0), hours(0), hours(2), ""},
      {"just in time after its begin", hours(1), hours(1), hours(2) + Duration(10), ""},
      {"its limit is longer", hours(3), hours(0), hours(2),
       "and with its time limit of 3 h it would end at 2019-12-20T03:00:00.020Z; a time limit of at most 1 h "
       "59 min, or "
       "a later deadline, would be right"},
      {"not after its begin", hours(1), hours(1), hours(1), "which has passed by then, as it begins at"},
      {"the past", hours(0), hours(0), -hours(1), "which has passed; a later one would be right"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    World world;
    auto spec = std::make_shared<model::JobSpec>(*spec_of());
    spec->time_limit = row.limit;
    if (row.begin > Duration{0}) spec->begin = world.now + row.begin;
    spec->deadline = world.now + row.deadline;
    const Answer answer = world.submit(spec);
    const std::string told = answer ? "" : answer.error().message;
    EXPECT_EQ(answer.operator bool(), std::string(row.told).empty()) << told;
    EXPECT_NE(told.find(row.told), std::string::npos) << told;
  }
}

TEST(Core, ADeadlineIsToldToTheMachineAndKeptWithoutIt) {
  World world;
  auto spec = std::make_shared<model::JobSpec>(*spec_of(1));
  spec->deadline = world.now + std::chrono::minutes(10);
  ASSERT_TRUE(world.submit(spec));
  const auto launches = world.orders<engine::LaunchOrder>(world.last);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].time_limit, std::chrono::minutes(10) - Duration(10));
  ASSERT_TRUE(world.last.look_again);
  EXPECT_EQ(*world.last.look_again, spec->deadline);
  world.step({}, {model::Started{attempt(1), 7}});
  world.now = spec->deadline;
  const auto stops = world.orders<engine::StopOrder>(world.step({}));
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].reason, "its deadline passed");
  world.finish(attempt(1), 143);
  ASSERT_EQ(world.last.batch.ended.size(), 1u);
  EXPECT_EQ(world.last.batch.ended[0].state, model::JobState::deadline);
}

/// Nobody led when the moments came; two of them are one another's end.
TEST(Core, MomentsThatPassedMeanwhileComeWithTheFirstMachine) {
  World world;
  auto spec = std::make_shared<model::JobSpec>(*spec_of(1));
  spec->begin = world.now + std::chrono::minutes(1);
  ASSERT_TRUE(world.submit(spec));  // 1
  spec = std::make_shared<model::JobSpec>(*spec_of(1));
  spec->begin = world.now + std::chrono::minutes(1);
  spec->deadline = world.now + std::chrono::minutes(2);
  ASSERT_TRUE(world.submit(spec));  // 2
  spec = std::make_shared<model::JobSpec>(*spec);
  spec->after = {{JobId{2}, model::Dependency::When::ok}};
  ASSERT_TRUE(world.submit(spec));  // 3
  world.now += std::chrono::minutes(5);
  world.open();
  EXPECT_FALSE(world.step({}).look_again) << "until a machine has reported nothing is decided";
  const Step joined = world.step({}, {engine::Joined{box(), {}}});
  EXPECT_EQ(world.orders<engine::LaunchOrder>(joined).size(), 1u);
  ASSERT_EQ(joined.batch.ended.size(), 2u);
  EXPECT_EQ(joined.batch.ended[0].state, model::JobState::deadline);
  EXPECT_EQ(joined.batch.ended[1].state, model::JobState::cancelled);
}

}  // namespace
}  // namespace busbar::control
