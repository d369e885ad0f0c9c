// SPDX-License-Identifier: Apache-2.0
// Who may be stopped for whom, as tables of rules (docs/adr/0018).
#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::World;

struct Rule {
  const char* says;
  const char* nodes;
  const char* running;
  int minutes;  // ago
  const char* waiting;
  const char* told;
};

// clang-format off
constexpr Rule rules[] = {
    {"one that agreed makes room for one that goes first",      "1:1g", "1:1g^", 20, "2:1g!", "1^2"},
    {"one that did not agree never does",                       "1:1g", "1:1g", 20, "2:1g!!!!", ""},
    {"nor for one of equal priority",                           "1:1g", "1:1g^!", 20, "2:1g!", ""},
    {"nor in the first ten minutes of its run",                 "1:1g", "1:1g^", 9, "2:1g!", ""},
    {"nor where another place is free",                         "1:1g 2:1g", "1:1g^", 20, "2:1g!", "2>2(0)"},
    {"nobody is stopped where it would not help",               "1:1g 2:2g", "1:1g^ 2:2g", 20, "3:2g!", ""},
    {"nor more than it takes",                                  "1:4g", "1:1g^ 2:1g^ 3:1g^ 4:1g^", 20, "5:2g!", "3^5 4^5"},
    {"what lies free counts",                                   "1:4g", "1:1g^ 2:1g^ 3:1g^", 20, "4:2g!", "3^4"},
    {"who loses least goes: it saves when told",                "1:2g", "1:1g^ 2:1g^60w", 20, "3:1g!", "2^3"},
    {"who saves by itself loses no more than since then",       "1:2g", "1:1g^ 2:1g^60s", 20, "3:1g!", "2^3"},
    {"one small job rather than a large one",                   "1:4g", "1:3g^ 2:1g^", 20, "3:1g!", "2^3"},
    {"two small ones rather than one that loses more",          "1:4g", "1:2g^ 2:1g^60s 3:1g^60s", 20, "4:2g!", "2^4 3^4"},
    {"on one machine, not on two",                              "1:2g 2:2g", "1:1g^ 2:1g^ 3:1g^ 4:1g^", 20, "5:2g!", "1^5 2^5"},
    {"on the machine where that is cheapest",                   "1:2g 2:2g", "1:2g^ 2:1g^ 3:1g^60w", 20, "4:2g!", "2^4 3^4"},
    {"a gang gets a machine for each of its tasks",             "1:1g 2:1g 3:1g", "1:1g 2:1g^ 3:1g^", 20, "4:1g2x!", "2^4 3^4"},
    {"or none is stopped",                                      "1:1g 2:1g 3:1g", "1:1g 2:1g 3:1g^", 20, "4:1g2x!", ""},
    {"a gang is stopped whole",                                 "1:1g 2:1g", "1:1g2x^", 20, "2:1g!", "1^2"},
    {"a share gives way to a share",                            "1:1g", "1:.5g^ 2:.5g", 20, "3:.4g!", "1^3"},
    {"CPUs are worth as much as they are",                      "1:8c", "1:8c^", 20, "2:8c!", "1^2"},
    {"not for a moment's gain: it ends soon by itself",         "1:1g", "1:1g^1260t", 20, "2:1g!", ""},
    {"but where the gain is larger than the loss",              "1:1g", "1:1g^7200t", 20, "2:1g!", "1^2"},
    {"a job with one GPU does not outweigh eight",              "1:8g", "1:8g^7200t", 20, "2:1g!", ""},
    {"where nobody can say when they end, it does",             "1:8g", "1:8g^", 20, "2:1g!", "1^2"},
    {"two that go first get room each",                         "1:2g", "1:1g^ 2:1g^", 20, "3:1g! 4:1g!", "2^3 1^4"},
    {"of an array for as many as may run at once",             "1:2g", "1:1g^ 2:1g^", 20, "3:1g!2a1%", "2^3"},
    {"no backfill gets in before",                              "1:4g", "1:1g^7200t", 20, "2:4g! 3:1g60t", "1^2"},
    {"beside the room that is made, others start",              "1:2g 2:1g", "1:2g^", 20, "2:2g! 3:1g", "1^2 3>2(0)"},
    {"of one machine, what is left over, too",                  "1:4g", "1:3g^", 20, "2:3g! 3:1g", "1^2 3>1(3)"},
};
// clang-format on

TEST(Preempt, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.submit(rule.running);
    world.step();
    world.wait_seconds(rule.minutes * 60);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
    EXPECT_EQ(world.step(), "") << "a second look finds nothing more";
  }
}

/// Job 1 made room for job 2 on the one device there is.
World preempted(const char* first = "1:1g30k^", int minutes = 20) {
  World world("1:1g");
  world.submit(first);
  world.step();
  world.wait_seconds(minutes * 60);
  world.submit("2:1g!");
  EXPECT_EQ(world.step(), "1^2");
  return world;
}

const model::Job& job(const World& world, int id) { return world.scheduler.cluster().jobs.at(JobId{id}); }

TEST(Preempt, TheRoomIsKeptForWhomItWasMade) {
  World world = preempted();
  world.wait_seconds(5);
  world.submit("3:1g1t 4:1g!!");
  EXPECT_EQ(world.step(), "") << "neither a short one nor one that would go before it gets in between";
  world.gone(1);
  EXPECT_EQ(world.step(), "2>1(0)");
}

TEST(Preempt, TheVictimWaitsAgainWithItsAgeAndNothingWasItsFault) {
  World world = preempted();
  const Instant age = job(world, 1).eligible;
  EXPECT_EQ(job(world, 1).stopping->reason, "makes room for job 2, which goes first");
  world.submit("3:1g");
  world.wait_seconds(5);
  world.gone(1, SIGKILL);
  EXPECT_EQ(job(world, 1).state, model::JobState::pending);
  EXPECT_EQ(job(world, 1).restarts, 1);
  EXPECT_EQ(job(world, 1).eligible, age);
  world.step();
  world.finish(2);
  EXPECT_EQ(world.step(), "1>1(0)") << "before job 3, which is younger";
}

TEST(Preempt, ItUsesUpNoRetry) {
  World world = preempted("1:1g1r^");
  world.gone(1);
  world.step();
  world.finish(2);
  world.step();
  world.finish(1, 1);
  EXPECT_EQ(world.step(), "1>1(0)") << "its one retry is still there";
}

TEST(Preempt, WhatWasLostIsWrittenDown) {
  World world = preempted();
  EXPECT_EQ(job(world, 1).preemptions.at(0).lost, std::chrono::minutes(20));
  world.wait_seconds(5);
  world.gone(1);
  const model::Preemption& first = job(world, 1).preemptions.at(0);
  EXPECT_EQ(first.by, JobId{2});
  EXPECT_EQ(first.lost, std::chrono::minutes(20) + std::chrono::seconds(5));
  EXPECT_EQ(first.over - first.told, std::chrono::seconds(5));
  EXPECT_FALSE(first.saved);
}

TEST(Preempt, OneThatSavesWhenToldLosesOnlyTheTimeItTook) {
  World world = preempted("1:1g60w^");
  world.wait_seconds(5);
  world.gone(1, 0);
  EXPECT_EQ(job(world, 1).preemptions.at(0).lost, std::chrono::seconds(5));
  EXPECT_TRUE(job(world, 1).preemptions.at(0).saved);
}

TEST(Preempt, OneThatHadToBeKilledDidNotSaveAndIsNotBelievedAgain) {
  World world = preempted("1:1g60w^");
  world.wait_seconds(5);
  world.gone(1, SIGKILL);
  EXPECT_EQ(job(world, 1).preemptions.at(0).lost, std::chrono::minutes(20) + std::chrono::seconds(5));
  EXPECT_FALSE(job(world, 1).preemptions.at(0).saved);
  world.step();
  world.finish(2);
  world.step();
  world.wait_seconds(1201);
  world.submit("3:1g!");
  EXPECT_EQ(world.step(), "1^3");
  EXPECT_EQ(job(world, 1).preemptions.at(1).lost, std::chrono::seconds(1201));
}

TEST(Preempt, EachTimeItIsLeftAloneTwiceAsLong) {
  World world = preempted();
  world.gone(1);
  world.step();
  world.finish(2);
  EXPECT_EQ(world.step(), "1>1(0)");
  world.submit("3:1g!");
  world.wait_seconds(1199);
  EXPECT_EQ(world.step(), "");
  EXPECT_EQ(world.scheduler.look_again(world.now), world.now + std::chrono::seconds(1));
  world.wait_seconds(1);
  EXPECT_EQ(world.step(), "1^3");
}

TEST(Preempt, WhoWasStoppedBeforeIsDearer) {
  World world("1:2g");
  world.submit("1:1g^ 2:1g^");
  world.step();
  world.wait_seconds(1200);
  world.submit("3:1g!");
  EXPECT_EQ(world.step(), "2^3") << "of equals the younger";
  world.gone(2);
  world.step();
  world.finish(3);
  world.step();
  world.wait_seconds(1200);
  world.submit("4:1g!");
  EXPECT_EQ(world.step(), "1^4") << "although it has run longer";
}

TEST(Preempt, WhoeverMayNotBeRequeuedEndsPreempted) {
  World world("1:1g");
  model::JobSpec spec;
  spec.each.gpus = whole_device;
  spec.preemptible = true;
  spec.requeue = false;
  world.submit(spec, "ana");
  world.step();
  world.wait_seconds(1200);
  world.submit("2:1g!");
  EXPECT_EQ(world.step(), "1^2");
  model::Finished event{{JobId{1}, 0, 1}, {}, 0};
  event.ending.cause = model::Cause::stopped;
  const model::Changes changes = world.fold(event);
  ASSERT_EQ(changes.ended.size(), 1u);
  EXPECT_EQ(changes.ended.at(0).state, model::JobState::preempted);
  EXPECT_EQ(changes.ended.at(0).preemptions.at(0).lost, std::chrono::minutes(20))
      << "all of it, and for good";
}

TEST(Preempt, OneThatHadJustEndedWellHasEndedWell) {
  World world = preempted();
  model::Finished event{{JobId{1}, 0, 1}, {}, 0};
  EXPECT_EQ(world.fold(event).ended.at(0).state, model::JobState::completed);
  EXPECT_EQ(world.step(), "2>1(0)");
}

TEST(Preempt, TheWinnerTakesWhatBecomesFreeElsewhere) {
  World world("1:1g 2:1g");
  world.submit("1:1g^ 2:1g");
  world.step();
  world.wait_seconds(1200);
  world.submit("3:1g!");
  EXPECT_EQ(world.step(), "1^3");
  world.finish(2);
  EXPECT_EQ(world.step(), "3>2(0)");
  world.gone(1);
  EXPECT_EQ(world.step(), "1>1(0)");
}

TEST(Preempt, RoomIsNoLongerKeptWhenItsMachineIsLostOrTheWinnerIsStopped) {
  World world = preempted();
  world.stop(2);
  EXPECT_TRUE(world.scheduler.cluster().claims.empty());
  World other = preempted();
  other.leave(1);
  EXPECT_TRUE(other.scheduler.cluster().claims.empty());
}

TEST(Preempt, RoomIsNotKeptForEver) {
  World world = preempted("1:1g30k^");  // 30 s of grace, and as much for the machine to say so
  world.join("2:1g@A100");
  EXPECT_EQ(world.scheduler.look_again(world.now), world.now + std::chrono::seconds(60));
  world.wait_seconds(60);
  EXPECT_EQ(world.step(), "2>2(0)");
}

TEST(Preempt, IsOffWhereTheAdministratorWantsItOff) {
  World world("1:1g");
  world.set_preemption({.on = false});
  world.submit("1:1g^");
  world.step();
  world.wait_seconds(1200);
  world.submit("2:1g!");
  EXPECT_EQ(world.step(), "");
  world.set_preemption({});
  EXPECT_EQ(world.step(), "1^2");
}

TEST(Preempt, AHundredPriorityStepsStopEachOtherAtMostOnceEach) {
  World world("1:1g");
  world.submit("1:1g^");
  world.step();
  std::string mark;
  for (int k = 2; k <= 20; ++k) {
    world.wait_seconds(1200);
    mark += "!";
    world.submit(std::to_string(k) + ":1g^" + mark);
    EXPECT_EQ(world.step(), std::to_string(k - 1) + "^" + std::to_string(k));
    world.gone(k - 1);
    EXPECT_EQ(world.step(), std::to_string(k) + ">1(0)");
    EXPECT_EQ(world.step(), "") << "it does not come back at once";
  }
}

TEST(Preempt, WhyTellsWhoMakesRoomAndWhatThatCosts) {
  World world("1:2g");
  world.submit("1:2g30k^");
  world.step();
  world.wait_seconds(1200);
  world.submit("2:1g!");
  const auto why = [&](int id) { return picture::shown(world.scheduler.why(JobId{id}, world.now)); };
  EXPECT_EQ(why(2), "making_room at 1260 1 loses 1200x2 jobs 1") << "before it is decided";
  EXPECT_EQ(world.step(), "1^2");
  world.wait_seconds(5);
  EXPECT_EQ(why(2), "making_room at 1260 1 loses 1200x2 jobs 1");
  EXPECT_EQ(why(1), "stopping");
  world.gone(1);
  EXPECT_EQ(why(2), "next place 1/2");
}

// Draining and moving.

TEST(Drain, NothingStartsThereAndWhatRunsStays) {
  World world("1:1g 2:1g");
  world.submit("1:1g^");
  EXPECT_EQ(world.step(), "1>1(0)");
  world.drain(1);
  world.drain(2);
  world.submit("2:1g");
  EXPECT_EQ(world.step(), "");
  world.finish(1);
  EXPECT_EQ(world.step(), "");
  world.fold(model::DrainAsked{{}, NodeId{2}, true, false, ""});
  EXPECT_EQ(world.step(), "2>2(0)");
}

TEST(Drain, WhyNamesTheMachineAndTheReason) {
  World world("1:1g 2:2g");
  world.drain(2);
  world.submit("1:2g 2:1g 3:1g");
  world.step();
  const auto why = [&](int id) { return picture::shown(world.scheduler.why(JobId{id}, world.now)); };
  EXPECT_EQ(why(1), "drained machines node2 (picture)");
  EXPECT_EQ(why(3), "busy gpus 1 of 0/1 place 1/1 jobs 2") << "that it could go to a machine that is up, too";
}

TEST(Drain, AtOnceWhoAgreedToBeStoppedIsMoved) {
  World world("1:2g 2:1g");
  world.submit("1:1g^ 2:1g");
  EXPECT_EQ(world.step(), "1>2(0) 2>1(0)");
  world.drain(2, true);
  EXPECT_EQ(world.step(), "1^drain");
  EXPECT_EQ(job(world, 1).stopping->reason, "its machine is being drained");
  world.gone(1);
  EXPECT_EQ(world.step(), "1>1(1)");
}

TEST(Drain, EvenOneThatStartsTooLateToHearOfIt) {
  World world("1:1g");
  world.submit("1:1g^");
  const model::Decided decided = world.scheduler.decide(world.now);
  world.fold(decided);
  world.drain(1, true);
  EXPECT_EQ(world.step(), "");
  world.fold(model::Started{{JobId{1}, 0, 1}, 7});
  EXPECT_EQ(world.step(), "1^drain");
}

/// Two machines with one of two devices free on each; job 3 runs alone on the second.
World scattered(int moves, const char* running = "1:1g 2:1g 3:1g^") {
  World world("1:2g 2:2g");
  model::PreemptionRules allowed;
  allowed.moves = moves;
  world.set_preemption(allowed);
  world.submit(running);
  world.step();
  world.wait_seconds(1200);
  world.finish(2);
  return world;
}

TEST(Move, AJobGoesElsewhereSoThatALargeOneFindsRoom) {
  World world = scattered(1000);
  world.submit("4:2g");
  EXPECT_EQ(world.step(), "3~4");
  EXPECT_EQ(job(world, 3).stopping->reason, "goes on elsewhere, so that job 4 finds room");
  world.submit("5:1g");
  EXPECT_EQ(world.step(), "") << "the room that is kept for job 3 is not for others";
  world.gone(3);
  EXPECT_EQ(world.step(), "3>1(1) 4>2(0,1)");
  EXPECT_EQ(world.scheduler.cluster().moved.tasks, 1);
}

TEST(Move, OnlyWhereItIsAllowedAndOnlySoMany) {
  for (const int moves : {0, 400}) {  // 400 thousandths of two tasks are none
    World world = scattered(moves);
    world.submit("4:2g");
    EXPECT_EQ(world.step(), "") << moves;
  }
}

TEST(Move, WhereTheCheapestHasNowhereToGoTheNextIsAsked) {
  World world("1:2g10m 2:2g");
  model::PreemptionRules allowed;
  allowed.moves = 1000;
  world.set_preemption(allowed);
  world.submit("1:1g1m^");
  EXPECT_EQ(world.step(), "1>1(0)");
  world.wait_seconds(600);
  world.submit("2:1g100m^");
  EXPECT_EQ(world.step(), "2>2(0)");
  world.wait_seconds(1200);
  world.submit("3:2g");
  EXPECT_EQ(world.step(), "1~3") << "job 2 has run for less, but needs the memory of machine 2";
}

TEST(Move, NobodyIsMovedWhoDidNotAgreeOrHasNowhereToGo) {
  World held = scattered(1000, "1:1g 2:1g 3:1g");
  held.submit("4:2g");
  EXPECT_EQ(held.step(), "");
  World full = scattered(1000);
  full.submit("4:1g");
  EXPECT_EQ(full.step(), "4>1(1)");
  full.submit("5:2g");
  EXPECT_EQ(full.step(), "");
}

}  // namespace
}  // namespace busbar::sched
