// SPDX-License-Identifier: Apache-2.0
// What the clock alone brings: --begin, --deadline, and what is held, as a table of rules. Nobody looks
// unless the scheduler said that there would be something to see.
#include <gtest/gtest.h>

#include "model/due.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::play;
using picture::World;
using Passing = model::Rules::Passing;

struct Rule {
  const char* says;
  Passing passing;
  const char* nodes;
  const char* running;  // since 0 s
  const char* waiting;  // since 10 s
  const char* told;     // from then on (picture::play)
};

// clang-format off
constexpr auto easy = Passing::easy, conservative = Passing::conservative, none = Passing::none;
constexpr Rule rules[] = {
    {"a held job holds up nobody",                             none, "1:4g", "", "1:4g!h 2:4g", "10 2>1(0,1,2,3)"},
    {"nor does one that begins later, which starts then",      none, "1:4g", "", "1:2g!60b 2:2g", "10 2>1(0,1) 60 1>1(2,3)"},
    {"one whose time has passed waits for nothing",            easy, "1:4g", "", "1:1g5b", "10 1>1(0)"},
    {"from then on it is in the order",                        none, "1:4g", "1:4g", "2:2g60b 3:1g90b", ""},
    {"an array begins at once",                                easy, "1:2g", "", "1:1g3a60b%2", "60 1>1(0) 2>1(1)"},
    {"a job that waits for another and begins later: both",    easy, "1:2g", "1:1g", "2:1g60b>1", ""},

    {"a running job is stopped at its deadline",               easy, "1:4g", "", "1:1g70l", "10 1>1(0) 70 -1 stop:1.0.1"},
    {"a waiting one is over when its limit no longer fits",    easy, "1:4g", "1:4g", "2:1g60t100l", "40 =2"},
    {"without a limit at the deadline itself",                 easy, "1:4g", "1:4g", "2:1g100l", "100 =2"},
    {"a held one likewise",                                    easy, "1:4g", "", "1:1gh60t100l", "40 =1"},
    {"and what waits for it",                                  easy, "1:4g", "1:4g", "2:1g60t100l 3:1g>2", "40 =2 =3"},
    {"who waits behind it goes on",                            none, "1:4g", "1:3g", "2:4g60t100l 3:1g", "40 =2 3>1(3)"},

    {"a deadline is a limit: it fits into a hole",             easy, "1:4g", "1:3g600t", "2:4g 3:1g600l", "10 3>1(3) 600 -3 stop:3.0.1"},
    {"one after the reserved start is not short enough",       easy, "1:4g", "1:3g600t", "2:4g 3:1g601l", "601 =3"},
    {"grace counts, too",                                      easy, "1:4g", "1:3g600t", "2:4g 3:1g600l1k", "600 =3"},
    {"the lesser of limit and deadline counts",                easy, "1:4g", "1:3g600t", "2:4g 3:1g500t900l", "10 3>1(3) 900 -3 stop:3.0.1"},
    {"likewise where every place is kept",                     conservative, "1:4g", "1:3g600t", "2:4g9t 3:1g600l", "10 3>1(3) 600 -3 stop:3.0.1"},
    {"and a later one is kept from it",                        conservative, "1:4g", "1:3g600t", "2:4g9t 3:1g601l", "601 =3"},
    {"what is booked ends by its deadline",                    conservative, "1:4g", "1:4g600t", "2:4g700l 3:4g", "700 =2"},
};
// clang-format on

TEST(Moments, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.set_rules(
        {.order = model::Rules::Order::fifo, .passing = rule.passing, .fit = model::Rules::Fit::best});
    world.submit(rule.running);
    world.step();
    world.wait_seconds(10);
    world.submit(rule.waiting);
    EXPECT_EQ(play(world), rule.told);
  }
}

TEST(Moments, WhatIsReleasedWaitsFromThenOn) {
  World world("1:4g");
  world.submit("1:4gh 2:4gh");
  EXPECT_EQ(world.step(), "");
  EXPECT_FALSE(world.scheduler.look_again(world.now)) << "nobody knows when somebody will release them";
  world.wait_seconds(50);
  world.hold(2, true);
  world.wait_seconds(50);
  world.hold(1, true);
  EXPECT_EQ(world.scheduler.cluster().jobs.at(JobId{1}).eligible, world.now);
  world.hold(2);
  EXPECT_EQ(world.step(), "1>1(0,1,2,3)");
}

}  // namespace
}  // namespace busbar::sched
