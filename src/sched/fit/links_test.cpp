// SPDX-License-Identifier: Apache-2.0
// Which devices a task gets where some are linked, as tables of rules.
#include "sched/fit/links.hpp"

#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

// clang-format off
constexpr Rule rules[] = {
    {"two that are linked, although others stand nearer", "1:4g2l", "1:1g", "2:2g", "2>1(2,3)"},
    {"one comes from a pair that is broken already",      "1:4g2l", "1:1g", "2:1g", "2>1(1)"},
    {"three take a pair and one more",                    "1:4g2l", "",     "1:3g", "1>1(0,1,2)"},
    {"a gang's tasks stand within a group",               "1:8g4l", "1:1g", "2:1g4x", "2>1(4)+1(5)+1(6)+1(7)"},
    {"and its tasks of two on pairs",                     "1:4g2l", "",     "1:2g2x", "1>1(0,1)+1(2,3)"},
    {"the machine with a whole pair, though best fit would fill the other", "1:2g2l 2:4g2l", "1:1g 2:1g=2 3:1g=2 4:1g=2", "5:2g", ""},
    {"rather a machine with a pair than a tighter one without", "1:3g2l 2:4g2l", "1:.6g=1", "2:2g", "2>2(0,1)"},
    {"where no pair is free it takes what there is",      "1:4g2l", "1:1g 2:2g 3:1g", "4:1g", ""},
    {"and does not wait for one",                         "1:3g2l", "1:.6g", "2:2g", "2>1(1,2)"},
    {"machines without links are as they were",           "1:4g",   "1:1g", "2:2g", "2>1(1,2)"},
    {"a share goes where it always went",                 "1:2g2l", "",     "1:.5g", "1>1(0)"},
    {"disk is given out once",                            "1:100d", "1:60d", "2:60d 3:40d", "3>1"},
    {"and a gang's tasks each take theirs",               "1:100d 2:100d", "", "1:60d2x", "1>1+2"},
};
// clang-format on

TEST(Links, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    if (rule.running[0] != 0) {
      world.submit(rule.running);
      world.step();
    }
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
  }
}

/// The score of a place apart is below all others, and keeps their order.
TEST(Links, APlaceApartIsBelowAllOthers) {
  constexpr std::int64_t scores[] = {-(std::int64_t{1} << 60), -4, 0, 4, std::int64_t{1} << 60};
  for (const std::int64_t a : scores) {
    for (const std::int64_t b : scores) {
      EXPECT_LT(score_apart(a), b);
      EXPECT_EQ(score_apart(a) < score_apart(b), a < b);
    }
  }
}

}  // namespace
}  // namespace busbar::sched
