// SPDX-License-Identifier: Apache-2.0
// What may go before its turn, as a table of rules (docs/adr/0010).
#include <gtest/gtest.h>

#include "sched/pass.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

/// So that a table tells of passing alone.
constexpr model::Rules by_age{.order = model::Rules::Order::fifo};

// clang-format off
constexpr Rule rules[] = {
    {"a short job goes into a hole before the head",           "1:4g", "1:3g600t", "2:4g 3:1g500t", "3>1(3)"},
    {"one that would end after the reserved start does not",   "1:4g", "1:3g600t", "2:4g 3:1g501t", ""},
    {"its grace counts, too",                                  "1:4g", "1:3g600t", "2:4g 3:1g500t1k", ""},
    {"and so does the grace of what runs",                     "1:4g", "1:3g600t30k", "2:4g 3:1g500t30k", "3>1(3)"},
    {"a job without a limit does not go into the hole",        "1:4g", "1:3g600t", "2:4g 3:1g", ""},
    {"it may stand beside what is reserved",                   "1:4g 2:1g", "1:3g600t", "2:4g 3:1g", "3>2(0)"},
    {"or on the same node, beside it",                         "1:4g", "1:2g600t", "2:3g 3:1g", "3>1(3)"},
    {"but takes no more there than is left",                   "1:4g", "1:2g600t", "2:3g 3:1g 4:1g", "3>1(3)"},
    {"devices are beside, CPUs are not",                       "1:4g8c", "1:2g4c600t", "2:1g8c 3:1g1c", ""},
    {"where CPUs are left beside, too, it may go",             "1:4g8c", "1:2g6c600t", "2:1g4c 3:1g2c", "3>1(2)"},
    {"memory is not beside",                                   "1:4g16m", "1:2g8m600t", "2:1g16m 3:1g1m", ""},
    {"a share may stand beside a reserved share",              "1:1g", "1:.5g600t", "2:.7g 3:.3g", "3>1(0)"},
    {"but takes none of it",                                   "1:1g", "1:.5g600t", "2:.7g 3:.4g", ""},
    {"a whole gang is filled in, or nothing of it",            "1:4g", "1:2g600t", "2:4g 3:1g2x400t 4:1g3x400t", "3>1(2)+1(3)"},
    {"the earliest time counts at which the head fits",        "1:4g", "1:1g200t 2:2g900t", "3:2g 4:1g150t 5:1g50t", "5>1(3)"},
    {"of two nodes the one that is free sooner is reserved",   "1:4g 2:4g", "1:3g900t 2:3g200t", "3:4g 4:1g700t", "4>1(3)"},
    {"no second reservation is made",                          "1:4g 2:2g@A100", "1:3g600t 2:1g600t@A100", "3:4g 4:2g@A100 5:1g", "5>2(1)"},
    {"while no end is known the best place is kept free",      "1:4g", "1:3g", "2:4g 3:1g10t", ""},
    {"and the rest may be used",                               "1:4g 2:2g", "1:3g", "2:4g 3:1g", "3>2(0)"},
    {"a limit elsewhere does not help",                        "1:4g 2:2g@A100", "1:3g 2:1g160t@A100", "3:4g 4:1g10t 5:1g", "4>2(1)"},
    {"of those without a limit the oldest is waited for",      "1:4g 2:4g", "1:3g 2:3g", "3:4g 4:1g", "4>2(3)"},
    {"a job over its limit may leave any moment, not before",  "1:4g", "1:3g50t", "2:4g 3:1g10t", ""},
    {"equal jobs are looked at once",                          "1:4g", "1:3g600t", "2:4g 3:2g 4:2g 5:2g 6:1g100t", "6>1(3)"},
    {"several fill one hole, as far as it goes",               "1:4g", "1:2g600t", "2:4g 3:1g300t 4:1g300t 5:1g300t", "3>1(2) 4>1(3)"},
    {"what is launched in this look is counted on",            "1:4g", "", "1:3g600t 2:4g 3:1g601t 4:1g600t", "1>1(0,1,2) 4>1(3)"},
    {"another model is beside",                                "1:2g@A100 2:2g", "1:1g600t@H100", "2:2g@H100 3:1g@A100", "3>1(0)"},
};
// clang-format on

TEST(Backfill, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.set_rules(by_age);
    world.submit(rule.running);
    world.step();
    world.wait_seconds(100);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
    EXPECT_EQ(world.step(), "") << "a second look finds nothing more";
  }
}

struct PassingRule {
  const char* says;
  model::Rules::Passing passing;
  const char* nodes;
  const char* running;  // since 100 s
  const char* waiting;
  const char* told;
};

// clang-format off
constexpr auto none = model::Rules::Passing::none;
constexpr auto conservative = model::Rules::Passing::conservative;
constexpr auto anyone = model::Rules::Passing::anyone;
constexpr PassingRule passing_rules[] = {
    {"none: the first that waits stops all",                  none,         "1:4g", "1:3g600t", "2:4g 3:1g10t", ""},
    {"none: what comes before it starts",                     none,         "1:4g", "1:2g600t", "2:1g 3:4g 4:1g", "2>1(2)"},
    {"anyone: whatever fits starts",                          anyone,       "1:4g", "1:3g600t", "2:4g 3:1g", "3>1(3)"},
    {"anyone: though the first may wait for ever",            anyone,       "1:4g 2:2g", "1:3g", "2:4g 3:1g 4:2g 5:1g", "3>1(3) 4>2(0,1)"},
    {"conservative: a short job goes into a hole",            conservative, "1:4g", "1:3g600t", "2:4g 3:1g500t", "3>1(3)"},
    {"conservative: too long for the hole",                   conservative, "1:4g", "1:3g600t", "2:4g 3:1g501t", ""},
    {"conservative: nor may it delay the second that waits",  conservative, "1:4g", "1:3g600t", "2:2g100t 3:4g10t 4:1g601t", ""},
    {"which EASY lets happen",           model::Rules::Passing::easy,       "1:4g", "1:3g600t", "2:2g100t 3:4g10t 4:1g601t", "4>1(3)"},
    {"conservative: it may stand beside them",                conservative, "1:4g 2:1g", "1:3g600t", "2:2g100t 3:4g10t 4:1g601t", "4>2(0)"},
    {"conservative: of equal jobs each has its place",        conservative, "1:4g", "1:3g600t", "2:4g10t 3:4g10t 4:1g501t", ""},
    {"conservative: while no end is known nothing gets in",   conservative, "1:4g", "1:3g", "2:4g 3:1g10t", ""},
    {"conservative: but beside it",                           conservative, "1:4g 2:2g", "1:3g", "2:4g 3:1g", "3>2(0)"},
    {"conservative: nor in the place of the next",            conservative, "1:4g 2:2g@A100", "1:3g 2:1g@A100", "3:4g 4:2g@A100 5:1g10t", ""},
    {"conservative: a gang is booked whole",                  conservative, "1:2g 2:2g", "1:1g600t 2:2g300t", "3:2g2x9t 4:1g500t", "4>1(1)"},
};
// clang-format on

TEST(Backfill, WhoMayPass) {
  for (const PassingRule& rule : passing_rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.set_rules({.order = model::Rules::Order::fifo, .passing = rule.passing});
    world.submit(rule.running);
    world.step();
    world.wait_seconds(100);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
    EXPECT_EQ(world.step(), "") << "a second look finds nothing more";
  }
}

TEST(Backfill, WhyTellsTheStartThatIsKeptForEachWaitingJob) {
  World world("1:4g");
  world.set_rules({.order = model::Rules::Order::fifo, .passing = conservative});
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g100t 3:4g100t 4:4g");
  const auto at = [&](int job) {
    const auto reason = world.scheduler.why(JobId{job}, world.now);
    return reason && reason->free_at ? (*reason->free_at - world.now).count() / 1000 : -1;
  };
  EXPECT_EQ(at(2), 600);
  EXPECT_EQ(at(3), 700);
  EXPECT_EQ(at(4), 800);
}

TEST(Backfill, WithoutWorkNothingGoesBeforeItsTurn) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g 3:1g100t");
  EXPECT_EQ(world.step(0), "");
  EXPECT_EQ(world.step(1), "3>1(3)");
}

TEST(Backfill, NoMoreIsLookedAtThanIsAllowed) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g 3:2g 4:3g 5:1g100t");
  EXPECT_EQ(world.step(2), "");
  EXPECT_EQ(world.step(3), "5>1(3)");
}

TEST(Backfill, AMessOfEqualJobsCostsOneLook) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g 3:2g200a 203:1g100t");
  EXPECT_EQ(world.step(2), "203>1(3)");
}

TEST(Backfill, WhatFailedForOneAccountIsNotTriedForAnother) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g 3:2g~ben 4:2g~cas 5:2g700t~dan 6:1g100t~eva");
  EXPECT_EQ(world.step(2), "6>1(3)");
}

TEST(Backfill, WhatFailedOnlyBesideTheReservationIsTriedAgainWhereItEndsInTime) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g 3:1g 4:1g100t");
  EXPECT_EQ(world.step(), "4>1(3)");
}

TEST(Backfill, OneThatIsBeingStoppedIsWaitedForBeforeAnOlderOne) {
  World world("1:4g 2:4g");
  world.set_rules(by_age);
  world.submit("1:3g 2:3g");
  world.step();
  world.stop(2);
  world.submit("3:4g 4:1g");
  EXPECT_EQ(world.step(), "stop:2.0.1 4>1(3)");
}

TEST(Backfill, ALimitBeyondAllTimeIsNoLimit) {
  World world("1:4g");
  world.set_rules(by_age);
  world.submit("1:3g600t");
  world.step();
  model::JobSpec spec;
  spec.each.gpus = Share{1000};
  spec.time_limit = Duration::max();
  spec.grace = Duration::max();
  world.submit("2:4g");
  world.submit(spec, "ana");
  EXPECT_EQ(world.step(), "");
}

}  // namespace
}  // namespace busbar::sched
