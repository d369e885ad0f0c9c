// SPDX-License-Identifier: Apache-2.0
// CPUs that are held and left idle: who runs on them, who gives them back, and who comes to hold them, as
// tables of rules (docs/adr/0034).
#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::World;

struct Rule {
  const char* says;
  const char* nodes;
  const char* running;
  double idle;  // of node 1
  const char* waiting;
  const char* told;
};

// clang-format off
constexpr Rule rules[] = {
    {"one that may be stopped runs on what is left idle",      "1:4c", "1:4c", 3, "2:2c^", "2>1?"},
    {"nobody else does",                                       "1:4c", "1:4c", 3, "2:2c", ""},
    {"nor one that asks for more",                             "1:4c", "1:4c", 3, "2:4c^", ""},
    {"what is free is taken first",                            "1:4c 2:4c", "1:4c", 3, "2:2c^", "2>2"},
    {"nobody holds a device while it waits for CPUs",          "1:4c1g", "1:4c", 3, "2:2c1g^", ""},
    {"nor wants a machine alone that others are on",           "1:4c", "1:4c", 3, "2:2c^*", ""},
    {"several share it, in order",                             "1:4c", "1:4c", 3, "2:2c^ 3:2c^ 4:1c^", "2>1? 4>1?"},
    {"those that may not do not hold up those that may",       "1:4c", "1:4c", 3, "2:2c 3:2c^", "3>1?"},
    {"a gang borrows whole or not at all",                     "1:4c", "1:4c", 3, "2:1c3x^ 3:2c2x^", "2>1?+1?+1?"},
    {"memory is never lent",                                   "1:4c8m", "1:4c6m", 3, "2:1c4m^", ""},
    {"nor taken from a place that is kept",                    "1:4c8m", "1:4c4m60t", 3, "2:4c6m! 3:1c4m^", ""},
    {"what is gone by then may use it",                        "1:4c8m", "1:4c4m60t", 3, "2:4c6m! 3:1c4m30t^", "3>1?"},
    {"and so may what takes nothing of it",                    "1:4c8m", "1:4c4m60t", 3, "2:4c6m! 3:1c^", "3>1?"},
};
// clang-format on

TEST(IdleCpus, WhoBorrows) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.submit(rule.running);
    world.step();
    world.idle(1, rule.idle);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
  }
}

/// Job 1 holds 4 of 4 CPUs, job 2 runs on 2 of them.
World lent_world() {
  World world("1:4c");
  world.submit("1:4c");
  world.step();
  world.idle(1, 3);
  world.submit("2:2c^");
  EXPECT_EQ(world.step(), "2>1?");
  return world;
}

TEST(IdleCpus, NobodyNewBorrowsWhileThoseWhoHoldThemGoShort) {
  World world = lent_world();
  world.idle(1, 3, true);
  world.submit("3:1c^");
  EXPECT_EQ(world.step(), "");
}

TEST(IdleCpus, ABorrowerHoldsWhatHasBecomeFreeUnlessSomebodyWaitsForIt) {
  {
    World world = lent_world();
    world.finish(1);
    EXPECT_EQ(world.step(), "2=");
    world.submit("3:4c");
    EXPECT_EQ(world.step(), "") << "it holds 2 of the 4";
  }
  World world = lent_world();
  world.submit("3:4c");
  world.finish(1);
  EXPECT_EQ(world.step(), "3>1") << "it waited, and nobody holds what was lent";
  EXPECT_EQ(world.step(), "");
}

TEST(IdleCpus, WhatIsKeptForTheFirstThatWaitsIsNotTakenByABorrower) {
  World world("1:4c 2:4c");
  world.submit("1:4c=1 2:4c200t=2");
  world.step();
  world.idle(1, 3);
  world.submit("3:2c^ 4:4c2x 5:1c9t");
  EXPECT_EQ(world.step(), "3>1?");
  world.finish(1);
  EXPECT_EQ(world.step(), "5>1") << "node 1 is kept for job 4, and 5 is gone by then";
}

TEST(IdleCpus, WhoBorrowedMoreThanIsIdleGoesAfterItsFirstTenMinutes) {
  World world = lent_world();
  world.idle(1, 1);
  EXPECT_EQ(world.step(), "");
  ASSERT_TRUE(world.scheduler.look_again(world.now).has_value()) << "although nobody waits";
  world.now = *world.scheduler.look_again(world.now);
  EXPECT_EQ(world.step(), "2^lent");
  world.gone(2);
  EXPECT_EQ(world.step(), "");
  EXPECT_EQ(world.scheduler.cluster().jobs.at(JobId{2}).state, model::JobState::pending);
}

TEST(IdleCpus, NoMoreThanNeededGo) {
  World world("1:4c");
  world.submit("1:4c");
  world.step();
  world.idle(1, 3);
  world.submit("2:1c^ 3:1c^ 4:1c^");
  EXPECT_EQ(world.step(), "2>1? 3>1? 4>1?");
  world.wait_seconds(601);
  world.idle(1, 2);
  EXPECT_EQ(world.step(), "2^lent");
  EXPECT_EQ(world.step(), "") << "one is on its way already";
}

TEST(IdleCpus, ToStopABorrowerMakesNoRoomForWhoWantsCpus) {
  World world = lent_world();
  world.wait_seconds(601);
  world.submit("3:2c!");
  EXPECT_EQ(world.step(), "");
}

TEST(IdleCpus, WhoWantsAMachineAloneWaitsForWhoBorrowsThere) {
  World world = lent_world();
  world.submit("3:1c*");
  world.finish(1);
  EXPECT_EQ(world.step(), "");
  world.wait_seconds(601);
  EXPECT_EQ(world.step(), "2^lent");
  world.gone(2);
  EXPECT_EQ(world.step(), "3>1");
}

}  // namespace
}  // namespace busbar::sched
