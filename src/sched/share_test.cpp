// SPDX-License-Identifier: Apache-2.0
// Guaranteed shares, borrowing and return, and limits, as tables of rules (docs/adr/0025).
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/chance.hpp"
#include "model/preemption.hpp"
#include "sched/fit.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::World;

struct Rule {
  const char* says;
  const char* shares;
  const char* nodes;
  const char* running;
  int minutes;  // ago
  const char* waiting;
  const char* told;
};

// clang-format off
constexpr Rule rules[] = {
    // Order.
    {"what fits into a guarantee goes first",                 "a=1", "1:1g", "", 0, "1:1g~x/b^ 2:1g~y/a", "2>1(0)"},
    {"whatever priority others state",                        "a=1", "1:1g", "", 0, "1:1g~x/b^!!! 2:1g~y/a", "2>1(0)"},
    {"of two that fit, priority decides",                     "a=1 b=1", "1:1g", "", 0, "1:1g/a 2:1g!/b", "2>1(0)"},
    {"one after another, as long as they fit",                "a=2", "1:3g", "", 0, "1:1g/b^ 2:1g/a^ 3:1g/a^ 4:1g/a^", "2>1(0) 3>1(1) 1>1(2)"},
    {"in its own order a project's next job is its next",     "a=2", "1:2g", "", 0, "1:1g/b^ 2:1g/a^ 3:2g/a^! 4:1g/a^", "3>1(0,1)"},
    {"one that does not fit ends what is its own",            "a=2", "1:3g", "", 0, "1:3g/b^ 2:3g/a^! 3:1g/a^", "2>1(0,1,2)"},
    {"jobs without GPUs have no part in it",                  "a=1", "1:1g8c", "", 0, "1:8c/b 2:1g8c/a", "2>1(0)"},

    // Borrowing.
    {"what lies idle is lent to one that may be stopped",     "a=2", "1:2g", "", 0, "1:2g/b^", "1>1(0,1)"},
    {"and to no other",                                       "a=2", "1:2g", "", 0, "1:2g/b", ""},
    {"what is guaranteed to nobody is lent for good",         "a=2", "1:3g", "", 0, "1:1g/b 2:1g/b", "1>1(0)"},
    {"also above a guarantee of its own",                     "a=1 b=1", "1:3g", "", 0, "1:1g/b 2:1g/b 3:1g/b", "1>1(0) 2>1(1)"},
    {"who may be stopped does not count against that",        "a=1 b=1", "1:3g", "", 0, "1:1g/b^ 2:1g/b^ 3:1g/b", "1>1(0) 2>1(1) 3>1(2)"},
    {"GPUs of a machine that is down are not there to lend",  "a=2", "1:2g", "", 0, "1:1g/b", ""},

    // Return.
    {"what was lent comes back",                              "a=1", "1:1g", "1:1g/b^", 20, "2:1g/a", "1^^2"},
    {"at any price",                                          "a=1", "1:8g", "1:8g7200t/b^", 20, "2:1g/a", "1^^2"},
    {"unless it is free within two minutes by itself",        "a=1", "1:1g", "1:1g1300t/b^", 20, "2:1g/a", ""},
    {"though the borrower states a priority",                 "a=1", "1:1g", "1:1g!!/b^", 20, "2:1g/a", "1^^2"},
    {"not in the first ten minutes of a run",                 "a=1", "1:1g", "1:1g/b^", 9, "2:1g/a", ""},
    {"not for what goes beyond the guarantee",                "a=1", "1:2g", "1:1g/b^ 2:1g/b^", 20, "3:2g/a^", ""},
    {"no more than it takes",                                 "a=2", "1:4g", "1:1g/b^ 2:1g/b^ 3:1g/b^ 4:1g/b^", 20, "5:2g/a", "3^^5 4^^5"},
    {"from who borrowed, not from who holds its own",         "a=1 b=1", "1:2g", "1:1g~x/b^ 2:1g/c^", 20, "3:1g/a", "2^^3"},
    {"who is at its guarantee gives nothing",                 "a=1 b=2", "1:2g", "1:1g/b^ 2:1g/b^", 20, "3:1g/a", ""},
    {"nobody falls below its guarantee where it can be helped", "a=2 b=2", "1:6g", "1:1g/b^ 2:3g/b^ 3:2g/c^", 20, "4:2g/a", "3^^4"},
    {"else by less than the last job that goes",              "a=2 b=3", "1:4g", "1:4g/b^", 20, "2:2g/a", "1^^2"},
    {"several lend and several get back",                     "a=1 b=1", "1:2g", "1:1g/c^ 2:1g/c^", 20, "3:1g/a 4:1g/b", "2^^3 1^^4"},
    {"priority takes nothing that is another's own",          "a=1 b=1", "1:1g", "1:1g/b^", 20, "2:1g!/a", ""},
    {"but from who borrowed it does",                         "b=1", "1:2g", "1:1g/b^ 2:1g/b^", 20, "3:1g!/a^", "2^3"},
    {"and within its own project",                            "b=1", "1:1g", "1:1g/b^", 20, "2:1g!/b^", "1^2"},
    {"a gang gets its own back",                              "a=2", "1:1g 2:1g", "1:1g/b^ 2:1g/b^", 20, "3:1g2x/a", "1^^3 2^^3"},

    {"a cheap one is no dead end",                            "b=2 c=2", "1:1g 2:1g 3:1g", "1:.5g/b^ 2:.5g/c 3:1g2x/b^", 20, "4:.5g2x/c", "3^^4"},

    // Limits.
    {"nobody passes its limit",                               "a=1<2", "1:4g", "", 0, "1:1g/a^ 2:1g/a^ 3:1g/a^", "1>1(0) 2>1(1)"},
    {"nor whoever comes after one that waits for it",         "a=1<3", "1:4g", "1:2g/a^", 1, "2:2g!/a^ 3:1g/a^", ""},
    {"others go on",                                          "a=1<2", "1:4g", "1:2g/a^", 1, "2:1g/a^ 3:1g/b^", "3>1(2)"},
    {"one that could never keep it hinders nobody",           "a=1<2", "1:4g", "", 0, "1:3g/a^ 2:1g/a^", "2>1(0)"},
    {"of those who may not be stopped the next waits its turn", "a=2", "1:3g", "1:1g/b", 1, "2:1g/b 3:1g/b^", "3>1(1)"},
};
// clang-format on

TEST(Share, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.set_shares(rule.shares);
    world.submit(rule.running);
    world.step();
    world.wait_seconds(rule.minutes * 60);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
    EXPECT_EQ(world.step(), "") << "a second look finds nothing more";
  }
}

TEST(Share, WhyNamesIt) {
  struct Answer {
    const char* shares;
    const char* running;
    const char* waiting;
    int asked;
    const char* why;
  };
  constexpr Answer answers[] = {
      {"a=1<2", "1:2g/a^", "2:1g/a^", 2, "over_limit gpus 1 of 2/2 place 1/1"},
      {"a=1<3", "1:2g/a^", "2:2g!/a^ 3:1g/a^", 3, "over_limit gpus 2 of 2/3 place 2/2 jobs 2"},
      {"a=3", "1:1g/b", "2:1g/b", 2, "over_share gpus 1 of 1/0 place 1/1"},
      {"a=1 b=3", "1:1g/a", "2:2g/a", 2, "over_share gpus 2 of 1/1"},  // never: all is promised
      {"a=1<2", "1:1g/a", "2:3g/a", 2, "over_limit gpus 3 of 1/2"},
      {"a=2", "1:4g/b^", "2:2g/a", 2, "making_room at 1230 1 loses 1200x4 jobs 1"},
  };
  for (const Answer& answer : answers) {
    SCOPED_TRACE(answer.waiting);
    World world("1:4g");
    world.set_shares(answer.shares);
    world.submit(answer.running);
    world.step();
    world.wait_seconds(1200);
    world.submit(answer.waiting);
    EXPECT_EQ(picture::shown(world.scheduler.why(JobId{answer.asked}, world.now)), answer.why);
  }
}

TEST(Share, ABorrowerIsNoSaferForHavingBeenStoppedBefore) {
  World world("1:1g");
  world.set_shares("a=1");
  world.submit("1:1g/b^");
  world.step();
  for (int again = 2; again <= 4; ++again) {
    world.wait_seconds(600);
    world.submit(std::to_string(again) + ":1g/a");
    EXPECT_EQ(world.step(), "1^^" + std::to_string(again));
    world.gone(1);
    EXPECT_EQ(world.step(), std::to_string(again) + ">1(0)");
    world.finish(again);
    EXPECT_EQ(world.step(), "1>1(0)");
  }
}

TEST(Share, TheControllerLooksAgainWhenABorrowerMayBeStopped) {
  World world("1:1g");
  world.set_shares("a=1");
  world.submit("1:1g/b^");
  world.step();
  world.wait_seconds(60);
  world.submit("2:1g/a");
  EXPECT_EQ(world.step(), "");
  EXPECT_EQ(world.scheduler.look_again(world.now), world.now + std::chrono::minutes(9));
}

TEST(Share, WhileItsOwnWaitsAProjectBorrowsNothing) {
  World world("1:2g 2:1g");
  world.set_shares("a=2");
  world.submit("1:1g/c");  // for good: one GPU is guaranteed to nobody
  EXPECT_EQ(world.step(), "1>2(0)");
  world.submit("2:1g/b^ 3:1g/b^");
  world.step();
  world.wait_seconds(60);
  world.submit("4:2g/a 5:1g/a^");
  world.finish(2);
  EXPECT_EQ(world.step(), "") << "job 5 would be counted against what job 4 waits for";
}

TEST(Share, ChangedSharesHoldForWhatRunsAlready) {
  World world("1:2g");
  world.submit("1:2g/b^");
  world.step();
  world.wait_seconds(1200);
  world.submit("2:1g/a");
  EXPECT_EQ(world.step(), "");
  world.set_shares("a=1");
  EXPECT_EQ(world.step(), "1^^2");
  world.gone(1);
  EXPECT_EQ(world.step(), "2>1(0)");
  world.set_shares("b=0<1");
  EXPECT_EQ(picture::shown(world.scheduler.why(JobId{1}, world.now)), "over_limit gpus 2 of 0/1");
  world.set_shares("");
  EXPECT_EQ(world.scheduler.cluster().shares, model::Shares{});
}

const char* const projects[] = {"a", "b", "c"};

model::JobSpec some_spec(Rng& rng) {
  constexpr std::int64_t sizes[] = {0, 300, 500, 1000, 1000, 1000, 2000, 3000};
  model::JobSpec spec;
  spec.command = {"true"};
  spec.project = projects[rng.below(3)];
  spec.each.gpus = Share{sizes[rng.below(8)]};
  spec.each.cpus = Cpus{1};
  spec.tasks = rng.below(4) == 0 ? 2 : 1;
  spec.priority = static_cast<int>(rng.below(3));
  spec.preemptible = rng.below(3) != 0;
  return spec;
}

std::string some_shares(Rng& rng) {
  std::string shares;
  for (const char* project : projects) {
    if (rng.below(4) == 0) continue;
    const auto guaranteed = rng.below(5);
    shares += " " + std::string(project) + "=" + std::to_string(guaranteed);
    if (rng.below(3) == 0) shares += "<" + std::to_string(guaranteed + rng.below(3));
  }
  return shares;
}

/// Could the job start if this one borrower alone were stopped?
bool would_fit_without(const World& world, const model::Job& borrower, const model::JobSpec& spec) {
  std::vector<FreeNode> nodes;
  for (const auto& [id, node] : world.scheduler.cluster().nodes) nodes.push_back(free_of(node));
  Space space(nodes);
  for (const auto& [id, attempt] : live_attempts(borrower))
    space.give(shape_of(*borrower.spec), {attempt->node, attempt->holdings});
  return GangCount(space, shape_of(spec)).fits();
}

/// The first in order, where it fits into its project's guarantee, starts, or room is made for it, if one
/// borrower that may be stopped by now stands in its way.
void gets_its_own_back(const World& world) {
  const model::Cluster& cluster = world.scheduler.cluster();
  const auto order = world.scheduler.queue(world.now);
  if (order.empty() || !cluster.claims.empty()) return;
  const model::JobSpec& spec = *cluster.jobs.at(order[0]).spec;
  const model::Quotas& quotas = cluster.settings.shares;
  const Share wants = model::devices_of(spec);
  if (wants == Share{0} ||
      cluster.shares.of(spec.project).all + wants > model::quota_of(quotas, spec.project).guaranteed)
    return;
  const model::Decided decided = world.scheduler.decide(world.now);
  for (const model::Launch& launch : decided.launches)
    if (launch.attempt.job == order[0]) return;
  for (const model::Claim& claim : decided.claims)
    if (claim.job == order[0]) return;
  for (const auto& [id, job] : cluster.jobs) {
    const auto until =
        model::left_alone_until(job, cluster.settings.preemption, model::Preemption::Why::share);
    if (!until || *until > world.now || job.spec->project == spec.project) continue;
    const model::Held held = cluster.shares.of(job.spec->project);
    if (held.all - held.leaving <= model::quota_of(quotas, job.spec->project).guaranteed) continue;
    RC_ASSERT(!would_fit_without(world, job, spec));
  }
}

/// World::fold refuses whatever breaks a limit or stops one that holds its own (I13, I14), and audits the
/// sums.
RC_GTEST_PROP(Share, NobodyPassesItsLimitAndWhoIsBelowItsGuaranteeGetsItBack, (std::uint64_t seed)) {
  Rng rng(seed);
  World world("1:4g 2:2g 3:1g");
  world.set_shares(some_shares(rng));
  for (int k = 0; k < 60; ++k) {
    switch (rng.below(8)) {
      case 0:
      case 1:
      case 2:
        world.submit(some_spec(rng), rng.below(2) ? "ana" : "ben");
        break;
      case 3:
        world.wait_seconds(static_cast<int>(rng.below(1200)));
        break;
      case 4:
      case 5: {
        gets_its_own_back(world);
        world.step();
        break;
      }
      case 6: {
        std::vector<JobId> running;
        for (const auto& [id, job] : world.scheduler.cluster().jobs)
          if (job.state == model::JobState::running) running.push_back(id);
        if (running.empty()) break;
        const JobId id = running[rng.below(running.size())];
        const bool told = world.scheduler.cluster().jobs.at(id).stopping.has_value();
        told ? world.gone(static_cast<int>(id.value)) : world.finish(static_cast<int>(id.value));
        break;
      }
      case 7:
        if (rng.below(6) == 0) world.set_shares(some_shares(rng));
        break;
    }
  }
}

}  // namespace
}  // namespace busbar::sched
