// SPDX-License-Identifier: Apache-2.0
// The default policy, as a table of rules (docs/adr/0021), and the rehearsal behind it.
#include <gtest/gtest.h>

#include "sched/fit/rehearsal.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

// clang-format off
constexpr Rule rules[] = {
    {"a job without devices spares the node that has some",    "1:4g 2:", "", "1:1c", "1>2"},
    {"of equals the first in the order of nodes",              "1:2g 2:2g", "", "1:2g", "1>1(0,1)"},
    {"CPUs must suffice",                                      "1:2g16c 2:2g8c", "", "1:2g12c", "1>1(0,1)"},
    {"memory must suffice",                                    "1:2g16m 2:1g8m", "", "1:1g12m", "1>1(0)"},
    {"any of several models will do",                          "1:2g@A100 2:2g@H100 3:2g@B200", "", "1:1g@b200|h100", "1>2(0)"},
    {"another model will not",                                 "1:2g@A100", "", "1:1g@H100", ""},
    {"two halves share one device",                            "1:4g", "1:.5g", "2:.5g 3:.5g", "2>1(0) 3>1(1)"},
    {"a gang does not start in part",                          "1:2g 2:2g", "", "1:2g3x", ""},
    {"over exactly so many nodes, evenly",                     "1:4g 2:2g 3:2g", "", "1:1g4x2n", "1>1(0)+1(1)+2(0)+2(1)"},
};
// clang-format on

TEST(ExpectedLoss, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes, model::Rules::Fit::busbar);
    world.submit(rule.running);
    world.step();
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
  }
}

std::int32_t change(const HoleLosses& losses, int from, int to) {
  return losses[static_cast<std::size_t>(to)] - losses[static_cast<std::size_t>(from)];
}

TEST(Rehearsal, WhatNothingFillsIsLost) {
  const HoleLosses losses = rehearse({{810, 100}, {1000, 100}});
  EXPECT_EQ(losses[190], 190 * 256);
  EXPECT_EQ(losses[0], 0);
  EXPECT_GT(losses[240], 200 * 256);
}

TEST(Rehearsal, WhatSomethingFillsIsNot) {
  const HoleLosses losses = rehearse({{500, 1000}});
  EXPECT_LT(losses[500], 50 * 256);
  EXPECT_LT(losses[1000], 50 * 256);
}

TEST(Rehearsal, ThePairThatFillsADeviceIsPreferred) {
  // 0.7 and 0.3 fill a device; 0.5 leaves half of one beside 0.3.
  const HoleLosses losses = rehearse({{300, 1000}, {500, 1000}, {700, 1000}});
  EXPECT_LT(change(losses, 300, 0), change(losses, 500, 200));
  EXPECT_LT(change(losses, 300, 0), change(losses, 700, 400));
}

TEST(Rehearsal, IsTheSameEachTime) {
  const Demands demands = {{160, 3}, {470, 40}, {530, 17}, {1000, 90}};
  EXPECT_EQ(rehearse(demands), rehearse(demands));
}

TEST(Rehearsal, WholeDevicesCountOneByOne) {
  std::map<model::Want, std::int64_t> work;
  work[{Share{8000}, {}, {}, ""}] = 2;
  work[{Share{1500}, {}, {}, ""}] = 1;  // takes two
  work[{Share{250}, {}, {}, ""}] = 5;
  work[{Share{0}, Cpus{1000}, {}, ""}] = 9;
  EXPECT_EQ(demands_of(work), (Demands{{250, 5}, {1000, 18}}));
}

}  // namespace
}  // namespace busbar::sched
