// SPDX-License-Identifier: Apache-2.0
// On which machines a job may stand, and beside whom, as tables of rules.
#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

// clang-format off
constexpr Rule rules[] = {
    {"a label is asked for, and found",             "1:2g 2:2g#big",    "", "1:1g#big", "1>2(0)"},
    {"in any case of its letters",                  "1:2g 2:2g#big",    "", "1:1g#BIG", "1>2(0)"},
    {"where its machine is full, it waits",         "1:2g 2:1g#big",    "1:1g#big", "2:1g#big", ""},
    {"and holds up nobody who may stand elsewhere", "1:2g 2:1g#big",    "1:1g#big", "2:1g#big 3:1g", "3>1(0)"},
    {"only on that machine",                        "1:2g 2:2g",        "", "1:1g=2", "1>2(0)"},
    {"a gang on labelled machines alone",           "1:1g 2:1g#a 3:1g#a", "", "1:1g2x#a", "1>2(0)+3(0)"},
    {"or not at all",                               "1:1g 2:1g#a",      "", "1:1g2x#a", ""},
    {"at most one task on a machine",               "1:2g 2:2g",        "", "1:1g2x1p", "1>1(0)+2(0)"},
    {"two of four on each",                         "1:4g 2:4g",        "", "1:1g4x2p", "1>1(0)+1(1)+2(0)+2(1)"},
    {"shares, too",                                 "1:2g 2:2g",        "", "1:.2g4x2p", "1>1(0)+1(0)+2(0)+2(0)"},
    {"where there are too few machines it waits",   "1:4g 2:4g",        "", "1:1g6x2p", ""},
    {"alone, on the machine where nobody is",       "1:2g 2:2g",        "1:1g", "2:1g*", "2>2(0)"},
    {"also where somebody is without a GPU",        "1:2g 2:2g",        "1:1c", "2:1g*", "2>2(0)"},
    {"its own tasks are no strangers",              "1:2g 2:2g",        "1:1g", "2:1g2x*", "2>2(0)+2(1)"},
    {"nor are shares",                              "1:1g 2:1g",        "1:.1g", "2:.5g2x*", "2>2(0)+2(0)"},
    {"nobody comes beside it",                      "1:2g",             "1:1g*", "2:1g 3:1c", ""},
    {"while others are everywhere it waits",        "1:2g",             "1:1g", "2:1g*", ""},
    {"and somebody may be stopped for it",          "1:2g",             "1:1g^", "2:1g*!", "1^2"},
};
// clang-format on

TEST(Where, Rules) {
  for (const model::Rules::Fit fit : {model::Rules::Fit::best, model::Rules::Fit::consolidate}) {
    for (const Rule& rule : rules) {
      SCOPED_TRACE(rule.says);
      World world(rule.nodes, fit);
      if (rule.running[0] != 0) {
        world.submit(rule.running);
        world.step();
        world.wait_seconds(1200);
      }
      world.submit(rule.waiting);
      EXPECT_EQ(world.step(), rule.told);
    }
  }
}

TEST(Where, AMachineThatWasAloneIsGivenToAllAgain) {
  World world("1:2g");
  world.submit("1:1g* 2:1g");
  EXPECT_EQ(world.step(), "1>1(0)");
  EXPECT_EQ(world.scheduler.cluster().nodes.at(NodeId{1}).alone, JobId{1});
  world.finish(1);
  EXPECT_EQ(world.step(), "2>1(0)");
  EXPECT_EQ(world.scheduler.cluster().nodes.at(NodeId{1}).alone, JobId{});
}

TEST(Where, WhatIsNowhereIsRefusedByName) {
  World world("1:2g 2:2g#big");
  model::JobSpec spec;
  spec.command = {"true"};
  spec.where.labels = {"huge"};
  const auto never = world.scheduler.could_never(spec);
  ASSERT_TRUE(never);
  EXPECT_EQ(never->scarce, model::Reason::Scarce::machines);
  EXPECT_EQ(never->where, "with the label huge");
  spec.where.labels = {"big"};
  EXPECT_FALSE(world.scheduler.could_never(spec));
  spec.where.off = {"node2"};
  EXPECT_EQ(world.scheduler.could_never(spec)->where, "with the label big, not on node2");
  spec.where = {{"big"}, {}, {}, false, 2};
  spec.tasks = 3;
  const auto few = world.scheduler.could_never(spec);
  ASSERT_TRUE(few);
  EXPECT_EQ(few->scarce, model::Reason::Scarce::nodes);
  EXPECT_EQ(few->wanted, 2) << "machines, for three tasks, two on each";
  EXPECT_EQ(few->most_total, 1);
}

}  // namespace
}  // namespace busbar::sched
