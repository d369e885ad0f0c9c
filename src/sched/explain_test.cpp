// SPDX-License-Identifier: Apache-2.0
// Why a job waits, as a table of rules.
#include "sched/explain.hpp"

#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::shown;
using picture::World;

struct Rule {
  const char* says;
  const char* nodes;
  const char* running;  // since 100 s
  const char* waiting;  // the last job is asked about
  const char* why;
};

// clang-format off
constexpr Rule rules[] = {
    {"next in turn",                                    "1:4g", "", "1:2g", "next place 1/1"},
    {"next in turn beside others",                      "1:4g", "", "1:2g 2:2g", "next place 2/2"},
    {"what it waits for",                               "1:4g", "1:2g", "2:1g>1", "dependency jobs 1"},
    {"no machine at all",                               "", "", "1:1c", "no_nodes"},
    {"more devices than any machine has",               "1:2g 2:4g", "", "1:8g", "never gpus 8 of 0/4"},
    {"devices where there are none",                    "1:", "", "1:1g", "never gpus 1 of 0/0"},
    {"a model that nobody has",                         "1:4g", "", "1:1g@B200", "never gpus 1 of 0/0 @B200"},
    {"more of a device's memory than any has",          "1:4g40v 2:2g80v", "", "1:1g96v", "never gpu_memory 96G of 0G/80G"},
    {"more CPUs than any machine has",                  "1:8c 2:16c", "", "1:32c", "never cpus 32 of 0/16"},
    {"more CPUs than a machine with devices has",       "1:4g8c 2:64c", "", "1:1g16c", "never cpus 16 of 0/8"},
    {"more memory than any machine has",                "1:8m 2:16m", "", "1:32m", "never memory 32G of 0G/16G"},
    {"a gang larger than all machines",                 "1:4g 2:4g", "", "1:2g5x", "never gpus 2 of 0/4 fit 4/5"},
    {"more nodes than there are",                       "1:4g 2:4g", "", "1:1g3x3n", "never nodes 3 of 0/2 fit 2/3"},
    {"nodes enough, but none for the larger part",      "1:2g 2:2g", "", "1:1g5x2n", "never nodes 2 of 0/1 fit 2/5"},
    {"no node takes its whole part",                    "1:4g", "1:1g160t", "2:1g4x1n", "busy nodes 1 of 0/1 fit 0/4 place 1/1 at 160 jobs 1"},
    {"devices are busy: who has them, from when free",  "1:4g", "1:3g600t", "2:2g", "busy gpus 2 of 1/4 place 1/1 at 600 jobs 1"},
    {"one over its limit may leave at any moment",      "1:4g", "1:3g50t", "2:2g", "busy gpus 2 of 1/4 place 1/1 at 100 jobs 1"},
    {"no limit, no time",                               "1:4g", "1:3g", "2:2g", "busy gpus 2 of 1/4 place 1/1 jobs 1"},
    {"the rest of a device",                            "1:1g", "1:.7g", "2:.5g", "busy gpus 500m of 300m/1 place 1/1 jobs 1"},
    {"CPUs are busy where devices are free",            "1:4g8c 2:8c", "1:1g6c160t30k", "2:1g4c", "busy cpus 4 of 2/8 place 1/1 at 190 jobs 1"},
    {"memory is busy",                                  "1:16m", "1:12m 2:1c", "3:8m", "busy memory 8G of 4G/16G place 1/1 jobs 1"},
    {"part of a gang fits",                             "1:4g", "1:1g160t", "2:1g4x", "busy gpus 1 of 0/4 fit 3/4 place 1/1 at 160 jobs 1"},
    {"too few nodes are free",                          "1:1g 2:1g", "1:1g160t", "2:1g2x2n", "busy nodes 2 of 1/2 fit 1/2 place 1/1 at 160 jobs 1"},
    {"those who leave first are named first",           "1:4g", "1:1g900t 2:1g300t 3:1g", "4:4g", "busy gpus 4 of 1/4 place 1/1 jobs 2 1 3"},
    {"whoever holds no device is not named",            "1:4g", "1:1c 2:3g", "3:2g", "busy gpus 2 of 1/4 place 1/1 jobs 2"},
    {"whoever is busy elsewhere is not named",          "1:4g@A100 2:1g", "1:1g@H100 2:1g@A100", "3:1g@H100", "busy gpus 1 of 0/1 @H100 place 1/1 jobs 1"},
    {"behind one that has its place reserved",          "1:4g", "1:3g600t", "2:4g 3:1g", "behind place 2/2 jobs 2"},
    {"held, by whom, itself to be released",            "1:4g", "", "1:2gh", "held by ana jobs 1"},
    {"early, until when",                               "1:4g", "", "1:2g200b", "early begins 200"},
    {"with a deadline, and a limit",                    "1:4g", "1:4g", "2:2g60t400l", "busy gpus 2 of 0/4 place 1/1 no later than 340 jobs 1"},
    {"a place in the queue",                            "1:4g", "1:4g60t", "2:4g 3:1g 4:1g! 5:1g", "busy gpus 1 of 0/4 place 4/4 jobs 1"},
    {"elements of a full array have no place",          "1:4g", "1:1g3a%2", "4:1c 5:1c>3 6:1c", "next place 2/2"},
};
// clang-format on

TEST(Why, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.submit(rule.running);
    world.step();
    world.wait_seconds(100);
    world.submit(rule.waiting);
    const JobId last{world.scheduler.cluster().next_id.value - 1};
    EXPECT_EQ(shown(world.scheduler.why(last, world.now)), rule.why);
  }
}

TEST(Why, AnElementOfAFullArray) {
  World world("1:4g");
  world.submit("1:1g4a%2");
  world.step();
  const auto reason = world.scheduler.why(JobId{4}, world.now);
  EXPECT_EQ(shown(reason), "array_full jobs 1 2");
  EXPECT_EQ(reason->wanted, 2);
  EXPECT_EQ(reason->most_total, 2);
}

TEST(Why, NothingOfOneThatRunsOrIsUnknown) {
  World world("1:4g");
  world.submit("1:1g");
  world.step();
  EXPECT_EQ(shown(world.scheduler.why(JobId{1}, world.now)), "");
  EXPECT_EQ(shown(world.scheduler.why(JobId{2}, world.now)), "");
  world.stop(1);
  EXPECT_EQ(shown(world.scheduler.why(JobId{1}, world.now)), "stopping");
}

TEST(Why, ALostMachineIsNotMistakenForOneThatNeverWas) {
  World world("1:4g 2:8g");
  world.submit("1:8g");
  world.leave(2);
  EXPECT_EQ(shown(world.scheduler.why(JobId{1}, world.now)), "busy nodes 1 of 0/1");
  world.leave(1);
  EXPECT_EQ(shown(world.scheduler.why(JobId{1}, world.now)), "no_nodes");
  EXPECT_FALSE(world.scheduler.could_never(*world.scheduler.cluster().jobs.at(JobId{1}).spec));
}

TEST(Why, WhatItSaysIsWhatHappens) {
  World world("1:4g");
  world.submit("1:3g600t");
  world.step();
  world.submit("2:4g");
  const auto reason = world.scheduler.why(JobId{2}, world.now);
  ASSERT_TRUE(reason && reason->free_at);
  world.now = *reason->free_at;
  EXPECT_EQ(world.step(), "");
  world.finish(1);
  EXPECT_EQ(world.step(), "2>1(0,1,2,3)");
}

TEST(CouldNever, IsAskedOfWhatIsEmptyNotOfWhatIsFree) {
  World world("1:4g");
  world.submit("1:4g");
  world.step();
  model::JobSpec spec;
  spec.each.gpus = Share{4000};
  EXPECT_FALSE(world.scheduler.could_never(spec));
  spec.each.gpus = Share{5000};
  EXPECT_EQ(shown(world.scheduler.could_never(spec)), "never gpus 5 of 0/4");
}

}  // namespace
}  // namespace busbar::sched
