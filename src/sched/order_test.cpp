// SPDX-License-Identifier: Apache-2.0
// Who goes first, as a table of rules (docs/adr/0009).
#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

// clang-format off
constexpr Rule rules[] = {
    {"an empty queue asks for nothing",                       "1:4g", "", "", ""},
    {"without a node nothing starts",                         "", "", "1:1c", ""},
    {"a job goes to the node",                                "1:4g", "", "1:2g", "1>1(0,1)"},
    {"the older job goes first",                              "1:2g", "", "1:2g 2:2g", "1>1(0,1)"},
    {"a larger priority goes before age",                     "1:2g", "", "1:2g 2:2g!", "2>1(0,1)"},
    {"a lower priority goes after the default",               "1:2g", "", "1:2g_ 2:2g", "2>1(0,1)"},
    {"who uses nothing goes before who uses something",       "1:3g", "1:1g", "2:2g 3:2g~ben", "3>1(1,2)"},
    {"priority counts before use",                            "1:3g", "1:1g", "2:2g! 3:2g~ben", "2>1(1,2)"},
    {"a project is charged apart from another of its user",   "1:3g", "1:1g/x", "2:2g/x 3:2g/y", "3>1(1,2)"},
    {"who held less goes first",                              "1:5g", "1:2g 2:1g~ben", "3:2g 4:2g~ben", "4>1(3,4)"},
    {"eight CPUs weigh as much as one device, so age tells",  "1:3g", "1:1g0c~ana 2:8c~ben", "3:2g~ben 4:2g~ana", "3>1(1,2)"},
    {"a little more than eight CPUs weighs more",             "1:3g", "1:1g0c~ana 2:8.1c~ben", "3:2g~ben 4:2g~ana", "4>1(1,2)"},
    {"several start at once, in order",                       "1:4g", "", "1:1g 2:2g 3:1g", "1>1(0) 2>1(1,2) 3>1(3)"},
    {"several see each other",                                "1:4g", "", "1:3g 2:1g 3:1g", "1>1(0,1,2) 2>1(3)"},
    {"what waits for another is not looked at",               "1:4g", "", "1:2g 2:1g>1", "1>1(0,1)"},
    {"what could never start blocks nobody",                  "1:4g", "", "1:8g! 2:4g", "2>1(0,1,2,3)"},
    {"what could only start on a lost node blocks nobody",    "1:4g@A100", "", "1:1g@B200! 2:4g", "2>1(0,1,2,3)"},
    {"an array runs as many as fit",                          "1:2g", "", "1:1g3a", "1>1(0) 2>1(1)"},
    {"an array runs as many as allowed",                      "1:4g", "", "1:1g4a%2", "1>1(0) 2>1(1)"},
    {"a full array blocks nobody",                            "1:4g", "", "1:1g4a%1 5:1g", "1>1(0) 5>1(1)"},
    {"an array that was full before the pass blocks nobody",  "1:4g", "1:1g4a%1", "5:2g", "5>1(1,2)"},
    {"two bounded arrays do not count against each other",    "1:4g", "", "1:1g2a%1 3:1g2a%1", "1>1(0) 3>1(1)"},
};
// clang-format on

TEST(Order, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.submit(rule.running);
    world.step();
    world.wait_seconds(100);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
    EXPECT_EQ(world.step(), "") << "a second look finds nothing more";
  }
}

struct OrderRule {
  const char* says;
  model::Rules::Order order;
  const char* running;
  const char* waiting;
  const char* queue;
};

// clang-format off
constexpr auto fair = model::Rules::Order::fair;
constexpr auto fifo = model::Rules::Order::fifo;
constexpr auto shortest = model::Rules::Order::shortest;
constexpr OrderRule order_rules[] = {
    {"fair: who used nothing first",                       fair,     "1:2g", "2:1g 3:1g~ben",             "3 2"},
    {"fifo: age alone",                                    fifo,     "1:2g", "2:1g 3:1g~ben",             "2 3"},
    {"fifo: but priority comes first",                     fifo,     "1:2g", "2:1g 3:1g~ben! 4:2g!",      "3 4 2"},
    {"shortest: by the stated limit",                      shortest, "1:2g", "2:1g30t 3:1g10t 4:1g20t",   "3 4 2"},
    {"shortest: whoever asks",                             shortest, "1:2g", "2:1g30t 3:1g20t~ben",       "3 2"},
    {"shortest: without a limit last, in order of age",    shortest, "1:2g", "2:1g 3:2g 4:1g10t",         "4 2 3"},
    {"shortest: of equal limits the older",                shortest, "1:2g", "2:1g9t 3:2g9t 4:1g9t~ben",  "2 3 4"},
    {"shortest: priority comes first",                     shortest, "1:2g", "2:1g9t 3:1g99t!",           "3 2"},
};
// clang-format on

TEST(Order, OfWhichThereAreSeveral) {
  for (const OrderRule& rule : order_rules) {
    SCOPED_TRACE(rule.says);
    World world("1:2g");
    world.set_rules({.order = rule.order, .fit = model::Rules::Fit::best});
    world.submit(rule.running);
    world.step();
    world.wait_seconds(100);
    world.submit(rule.waiting);
    EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), rule.queue);
    std::string walked;
    world.join("1:9g");
    for (const model::Launch& launch : world.scheduler.decide(world.now).launches)
      walked += (walked.empty() ? "" : " ") + std::to_string(launch.attempt.job.value);
    EXPECT_EQ(walked, rule.queue) << "a pass takes them in the order in which they are listed";
  }
}

TEST(Order, WhatWaitsIsOrderedAnewWhenTheRulesChange) {
  World world("1:1g");
  world.submit("1:1g");
  world.step();
  world.submit("2:1g9t 3:1g5t");
  world.set_rules({.order = fifo});
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "2 3");
  world.set_rules({.order = shortest, .fit = model::Rules::Fit::best});
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "3 2");
}

TEST(Order, WithinAnAccountTheOneThatIsExpectedToBeShorterGoesFirst) {
  World world("1:1g");
  for (int job = 1; job <= 8; ++job) {  // whole ones for two hours, halves for a minute
    world.submit(std::to_string(job) + (job % 2 ? ":1g" : ":.5g"));
    world.step();
    world.wait_seconds(job % 2 ? 7200 : 60);
    world.finish(job);
  }
  world.submit("9:1g~ben");
  world.step();
  world.submit("10:1g 11:.5g 12:1g 13:.5g");
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "11 13 10 12") << "halves ran for a minute";
  world.wait(std::chrono::hours(24 * 60));
  world.submit("14:.5g");
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "11 13 10 12 14")
      << "those that waited for two months go before what is new, however short";
}

TEST(Order, WhatEndedOfItsBatchMovesAJobThatWaits) {
  World world("1:2g");
  world.submit("1:1g 2:1g 3:2g~ben 4:1g5a");  // all of ana's are one batch
  world.step();
  world.wait_seconds(50);
  const Duration before = world.scheduler.cluster().jobs.at(JobId{4}).expected;
  world.finish(1);
  EXPECT_LT(world.scheduler.cluster().jobs.at(JobId{4}).expected, before);
  EXPECT_EQ(world.scheduler.cluster().jobs.at(JobId{3}).expected, before) << "ben's is of another kin";
}

struct TurnRule {
  const char* says;
  int expected, waited, other, other_waited;  // minutes; who goes first is the first
};
constexpr TurnRule turn_rules[] = {
    {"the shorter one", 10, 0, 60, 0},
    {"also when both have waited as long", 10, 600, 60, 600},
    {"one that has waited for long before one that is new", 60, 1400, 10, 0},
    {"not yet when it has waited little", 10, 0, 60, 600},
    {"one of a day goes before a new one of an hour after 13 weeks, but it does", 1440, 133000, 60, 0},
};

TEST(Order, TheTurnOfAJobComesWithWaiting) {
  using std::chrono::minutes;
  for (const TurnRule& rule : turn_rules) {
    SCOPED_TRACE(rule.says);
    EXPECT_LT(turn_of(minutes(rule.expected), minutes(rule.waited)),
              turn_of(minutes(rule.other), minutes(rule.other_waited)));
  }
}

TEST(Order, TheQueueIsListedAsItWouldBeLookedAt) {
  World world("1:1g");
  world.submit("1:1g~ana");
  world.step();
  world.wait_seconds(10);
  world.submit("2:1g~ana 3:1g~ben 4:1g~ana! 5:1g~ben_ 6:1g~ben>1 7:9g!!");
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "4 3 2 5");
}

TEST(Order, PastUseIsForgottenByHalfInEachHalfLife) {
  World world("1:4g");
  world.set_half_life(std::chrono::hours(1));
  world.submit("1:4g~ana");
  world.step();
  world.wait(std::chrono::hours(1));  // ana has used 4 devices for an hour
  world.finish(1);
  world.submit("2:2g~ben");
  world.step();
  world.wait(
      std::chrono::hours(1));  // then ben 2 devices for an hour: of ana's half is left, and that is as much
  world.submit("3:4g~ana 4:4g~ben");
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "3 4");
  world.wait(std::chrono::hours(1));
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "3 4")
      << "ben still holds his, and falls behind";
  world.finish(2);
  world.wait(std::chrono::hours(24 * 365));
  world.submit("5:4g~ben");
  EXPECT_EQ(picture::listed(world.scheduler.queue(world.now)), "3 4 5")
      << "after a year all is forgotten; age tells";
}

TEST(Order, AFinishedElementLetsTheNextOneOfItsArrayGo) {
  World world("1:4g");
  world.submit("1:1g3a%1");
  EXPECT_EQ(world.step(), "1>1(0)");
  EXPECT_EQ(world.step(), "");
  world.finish(1);
  EXPECT_EQ(world.step(), "2>1(0)");
  world.finish(2, 1);
  EXPECT_EQ(world.step(), "3>1(0)");
}

TEST(Order, AJobWhoseDependencyIsFulfilledQueues) {
  World world("1:4g");
  world.submit("1:2g 2:1g>1");
  EXPECT_EQ(world.step(), "1>1(0,1)");
  world.finish(1);
  EXPECT_EQ(world.step(), "2>1(0)");
}

TEST(Order, ARetryQueuesAgainWithTheNextAttempt) {
  World world("1:1g");
  world.submit("1:1g1r");
  EXPECT_EQ(world.step(), "1>1(0)");
  world.finish(1, 3);
  const auto decided = world.scheduler.decide(world.now);
  ASSERT_EQ(decided.launches.size(), 1u);
  EXPECT_EQ(decided.launches[0].attempt, (model::AttemptId{JobId{1}, 0, 2}));
}

TEST(Order, AStopIsToldOnceForEachTask) {
  World world("1:4g");
  world.submit("1:1g2x");
  world.step();
  world.stop(1);
  EXPECT_EQ(world.step(), "stop:1.0.1 stop:1.1.1");
  EXPECT_EQ(world.step(), "");
}

TEST(Order, AJobThatIsStoppedBeforeItStartedIsGone) {
  World world("1:1g");
  world.submit("1:1g 2:1g");
  world.stop(1);
  EXPECT_EQ(world.step(), "2>1(0)");
}

TEST(Order, ALaneWakesWhenALargeEnoughNodeJoins) {
  World world("1:2g");
  world.submit("1:4g 2:1g");
  EXPECT_EQ(world.step(), "2>1(0)");
  world.join("2:4g");
  EXPECT_EQ(world.step(), "1>2(0,1,2,3)");
}

TEST(Order, ALaneSleepsWhileItsNodeIsLost) {
  World world("1:2g 2:4g");
  world.leave(2);
  world.submit("1:4g 2:1g");
  EXPECT_EQ(world.step(), "2>1(0)");
  world.join("2:4g");
  EXPECT_EQ(world.step(), "1>2(0,1,2,3)");
}

}  // namespace
}  // namespace busbar::sched
