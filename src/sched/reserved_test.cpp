// SPDX-License-Identifier: Apache-2.0
// Machines that are reserved for a while, as a table of rules (docs/adr/0032).
#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::play;
using picture::shown;
using picture::World;
using Passing = model::Rules::Passing;

struct Rule {
  const char* says;
  Passing passing;
  const char* nodes;
  const char* reserved;  // these, until 200 s
  int from;
  const char* project;  // "": maintenance
  const char* running;  // since 0 s, before the reservation was made
  const char* waiting;  // since 10 s
  const char* told;     // from then on (picture::play)
};

// clang-format off
constexpr auto easy = Passing::easy, conservative = Passing::conservative;
constexpr Rule rules[] = {
    {"before: who is gone by then starts",           easy, "1:4g", "1", 100, "nlp", "", "1:1g90t", "10 1>1(0)"},
    {"who might not be gone waits until it is over", easy, "1:4g", "1", 100, "nlp", "", "1:1g91t", "200 1>1(0)"},
    {"grace counts",                                 easy, "1:4g", "1", 100, "nlp", "", "1:1g80t11k", "200 1>1(0)"},
    {"a deadline counts as a limit",                 easy, "1:4g", "1", 100, "nlp", "", "1:1g100l", "10 1>1(0) 100 -1 stop:1.0.1"},
    {"without a limit nobody is gone by then",       easy, "1:4g", "1", 100, "nlp", "", "1:1g", "200 1>1(0)"},
    {"not even one without devices",                 easy, "1:4g", "1", 100, "nlp", "", "1:1c", "200 1>1"},
    {"beside it nothing is kept from anybody",       easy, "1:4g 2:4g", "1", 100, "nlp", "", "1:1g", "10 1>2(0)"},
    {"during: others wait, be they ever so short",   easy, "1:4g", "1", 0, "nlp", "", "1:1g1t", "200 1>1(0)"},
    {"whom it is for starts",                        easy, "1:4g", "1", 0, "nlp", "", "1:1g/nlp", "10 1>1(0)"},
    {"before it, too, without regard to it",         easy, "1:4g", "1", 100, "nlp", "", "1:1g/nlp", "10 1>1(0)"},
    {"on its own machines first",                    easy, "1:4g 2:4g", "2", 0, "nlp", "", "1:1g/nlp", "10 1>2(0)"},
    {"and elsewhere when they are full",             easy, "1:4g 2:4g", "2", 0, "nlp", "", "1:4g/nlp 2:1g/nlp", "10 1>2(0,1,2,3) 2>1(0)"},
    {"in maintenance nobody starts",                 easy, "1:4g", "1", 0, "", "", "1:1g/nlp", "200 1>1(0)"},
    {"a gang starts whole, when all is open",        easy, "1:4g 2:4g", "2", 0, "nlp", "", "1:4g2x2n", "200 1>1(0,1,2,3)+2(0,1,2,3)"},
    {"wherever it fits, beside what is reserved",    easy, "1:4g 2:4g", "2", 0, "nlp", "", "1:1g4x", "10 1>1(0)+1(1)+1(2)+1(3)"},
    {"what runs when it begins goes on",             easy, "1:4g", "1", 100, "nlp", "1:4g", "2:1g/nlp", ""},

    {"who waits for its end has a place kept then",  easy, "1:4g 2:1g", "1", 0, "nlp", "", "1:4g 2:1g 3:1g1t", "10 2>2(0) 200 1>1(0,1,2,3)"},
    {"and whom it is for starts in it all the same", easy, "1:4g", "1", 0, "nlp", "", "1:4g 2:1g/nlp", "10 2>1(0)"},
    {"to whom more is open may go where others fail",easy, "1:4g", "1", 100, "nlp", "", "1:1g 2:1g90t 3:1g/nlp", "10 2>1(0) 3>1(1) 200 1>1(2)"},
    {"nobody is stopped for one who may not go there", easy, "1:4g", "1", 100, "nlp", "1:4g^", "2:4g!", "200 -1 1^2"},

    {"conservative: before",                         conservative, "1:4g", "1", 100, "nlp", "", "1:4g91t 2:4g90t", "10 2>1(0,1,2,3)"},
    {"conservative: after",                          conservative, "1:4g", "1", 100, "nlp", "", "1:4g91t", "200 1>1(0,1,2,3)"},
    {"conservative: whom it is for",                 conservative, "1:4g", "1", 0, "nlp", "", "1:1g10t 2:1g10t/nlp", "10 2>1(0) 200 1>1(1)"},
};
// clang-format on

World world_of(const Rule& rule) {
  World world(rule.nodes);
  world.set_rules(
      {.order = model::Rules::Order::fifo, .passing = rule.passing, .fit = model::Rules::Fit::best});
  world.set_preemption({.min_run = Duration{0}, .restart = Duration{0}});
  world.submit(rule.running);
  world.step();
  world.reserve(rule.reserved, rule.project, rule.from, 200);
  world.wait_seconds(10);
  world.submit(rule.waiting);
  return world;
}

TEST(Reserved, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world = world_of(rule);
    EXPECT_EQ(play(world), rule.told);
    EXPECT_TRUE(world.scheduler.cluster().reservations.empty()) << "it ends by itself";
  }
}

TEST(Reserved, WhoWaitsForItIsToldSo) {
  struct Why {
    const char* says;
    const char* nodes;
    int from;
    const char* waiting;  // the last job is asked about
    const char* why;
  };
  constexpr Why rows[] = {
      {"until when", "1:4g 2:1g", 0, "1:2g", "reserved place 1/1 at 200 machines node1"},
      {"since when it could not", "1:4g 2:1g", 100, "1:2g91t", "reserved place 1/1 at 200 machines node1"},
      {"what would not fit anyhow is busy", "1:4g 2:1g", 0, "1:4g/nlp 2:2g", "busy gpus 2 of 1/4 place 2/2"},
  };
  for (const Why& row : rows) {
    SCOPED_TRACE(row.says);
    World world = world_of({"", easy, row.nodes, "1", row.from, "nlp", "", row.waiting, ""});
    const JobId last{world.scheduler.cluster().next_id.value - 1};
    EXPECT_EQ(shown(world.scheduler.why(last, world.now)), row.why);
  }
}

TEST(Reserved, MachinesAreChosenByWhoWouldStillBeThere) {
  struct Choice {
    const char* says;
    const char* nodes;
    const char* running;
    int gpus;
    const char* model;
    std::vector<std::int64_t> chosen;
  };
  const Choice rows[] = {
      {"the first, where all are alike", "1:4g 2:4g", "", 4, "", {1}},
      {"not where somebody might still be", "1:4g 2:4g", "1:1g", 4, "", {2}},
      {"but where all are gone by then", "1:4g 2:4g", "1:1g100t", 4, "", {1}},
      {"as many as it takes", "1:4g 2:4g", "1:1g", 5, "", {1, 2}},
      {"and no more", "1:1g 2:4g", "", 4, "", {2}},
      {"of this model", "1:4g 2:4g@A100", "", 1, "a100", {2}},
      {"there are not so many", "1:4g 2:4g", "", 9, "", {}},
  };
  for (const Choice& row : rows) {
    SCOPED_TRACE(row.says);
    World world(row.nodes);
    world.submit(row.running);
    world.step();
    std::vector<std::int64_t> chosen;
    const Instant from = world.now + std::chrono::seconds(100);
    for (const NodeId node :
         world.scheduler.machines_for(whole_device * row.gpus, row.model, from, from + std::chrono::hours(1))
             .nodes)
      chosen.push_back(node.value);
    EXPECT_EQ(chosen, row.chosen);
  }
}

}  // namespace
}  // namespace busbar::sched
