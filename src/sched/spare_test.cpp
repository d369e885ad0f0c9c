// SPDX-License-Identifier: Apache-2.0
// Room for the jobs of machines that fail (docs/adr/0036): rules as a table, and the promise itself, checked
// by trying every way to place them.
#include "sched/spare.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/chance.hpp"
#include "model/preemption.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::World;

struct Rule {
  const char* says;
  int machines;
  const char* nodes;
  const char* waiting;
  const char* told;
};

// clang-format off
constexpr Rule rules[] = {
    {"without it everything starts",                  0, "1:2g 2:2g",           "1:2g 2:2g",             "1>1(0,1) 2>2(0,1)"},
    {"half of two machines is kept",                  1, "1:2g 2:2g",           "1:2g 2:2g",             "1>1(0,1)"},
    {"in whatever pieces",                            1, "1:2g 2:2g",           "1:1g 2:1g 3:1g",        "1>1(0) 2>1(1)"},
    {"a third of three",                              1, "1:1g 2:1g 3:1g",      "1:1g 2:1g 3:1g",        "1>1(0) 2>2(0)"},
    {"two of three where two may fail",               2, "1:1g 2:1g 3:1g",      "1:1g 2:1g",             "1>1(0)"},
    {"of unlike machines the largest must be made up for", 1, "1:4g 2:4g 3:2g", "1:4g 2:2g 3:1g",      "1>1(0,1,2,3) 2>3(0,1)"},
    {"CPUs are kept as well",                         1, "1:4c 2:4c",           "1:3c 2:3c",             "1>1"},
    {"what may be stopped runs in the room",          1, "1:2g 2:2g",           "1:2g 2:2g^",            "1>1(0,1) 2>2(0,1)"},
    {"and keeps none for itself",                     1, "1:2g 2:2g",           "1:2g^ 2:2g^",           "1>1(0,1) 2>2(0,1)"},
    {"nor is in anybody's way",                       1, "1:2g 2:2g",           "1:2g^ 2:1g 3:1g",       "1>1(0,1) 2>2(0) 3>2(1)"},
    {"what no other machine could hold starts all the same", 1, "1:4g 2:2g",    "1:4g 2:2g",             "1>1(0,1,2,3)"},
    {"a gang counts on the machine that is left",     1, "1:1g 2:1g 3:1g",      "1:1g2x 2:1g",           "1>1(0)+2(0)"},
    {"of the same kind",                              1, "1:1g@A 2:1g@B 3:1g@B", "1:1g@B 2:1g@B",        "1>2(0)"},
    {"bound to one machine it could not go on elsewhere", 1, "1:1g 2:1g",       "1:1g=1 2:1g=2",         "1>1(0) 2>2(0)"},
    {"a smaller one behind it starts where there is room for both", 1, "1:4g 2:4g", "1:2g!! 2:4g! 3:1g",    "1>1(0,1)"},
    {"at once where its limit says that it is gone by then", 1, "1:4g 2:4g",    "1:2g100t!! 2:4g! 3:1g50t", "1>1(0,1) 3>1(2)"},
};
// clang-format on

TEST(Spare, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.set_spare(rule.machines);
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
  }
}

TEST(Spare, WhoLostItsMachineGoesOnInTheRoomThatWasKept) {
  World world("1:2g 2:2g");
  world.set_spare(1);
  world.submit("1:2g1r 2:1g!");
  EXPECT_EQ(world.step(), "2>1(0)") << "the larger one would leave nothing for job 2";
  world.finish(2);
  EXPECT_EQ(world.step(), "1>1(0,1)");
  world.submit("3:1g!!");
  world.fail(1);
  EXPECT_EQ(world.step(), "1>2(0,1)") << "before everybody else, and though nothing is kept any more";
}

TEST(Spare, WhoMayBeStoppedMakesWayAtOnce) {
  World world("1:2g 2:2g");
  world.set_spare(1);
  world.submit("1:2g1r 2:1g^!! 3:1g^!!");
  EXPECT_EQ(world.step(), "2>1(0) 3>1(1) 1>2(0,1)");
  world.fail(2);
  EXPECT_EQ(world.step(), "2^fail1 3^fail1");
  world.gone(2);
  world.gone(3);
  EXPECT_EQ(world.step(), "1>1(0,1)");
}

TEST(Spare, WhatIsReservedForOthersIsNobodysPlaceElsewhere) {
  for (const bool reserved : {false, true}) {
    World world("1:2g 2:2g 3:2g");
    world.set_spare(1);
    if (reserved) world.reserve("3", "nlp", 0, 10'000);
    world.submit("1:2g!! 2:2g!");
    EXPECT_EQ(world.step(), reserved ? "1>1(0,1)" : "1>1(0,1) 2>2(0,1)");
  }
}

TEST(Spare, WhyNamesIt) {
  World world("1:2g 2:2g");
  world.set_spare(1);
  world.submit("1:1g60t 2:1g60t 3:1g");
  EXPECT_EQ(world.step(), "1>1(0) 2>1(1)");
  EXPECT_EQ(picture::shown(world.scheduler.why(JobId{3}, world.now)), "spare place 1/1 at 60");
}

/// What a machine has left, where devices are whole and alike.
struct Left {
  bool up;
  std::int64_t gpus, cpus;
};

/// Is there a way to place all of these tasks?
bool fits(std::vector<Left>& nodes, const std::vector<std::pair<std::int64_t, std::int64_t>>& tasks,
          std::size_t next = 0) {
  if (next == tasks.size()) return true;
  for (Left& node : nodes) {
    if (!node.up || node.gpus < tasks[next].first || node.cpus < tasks[next].second) continue;
    node.gpus -= tasks[next].first, node.cpus -= tasks[next].second;
    const bool found = fits(nodes, tasks, next + 1);
    node.gpus += tasks[next].first, node.cpus += tasks[next].second;
    if (found) return true;
  }
  return false;
}

std::vector<Left> all_of(const model::Cluster& cluster, const std::vector<std::size_t>& failed) {
  std::vector<Left> nodes;
  for (const auto& [id, node] : cluster.nodes)
    nodes.push_back(
        {node.state == model::Node::State::up, std::ssize(node.facts.devices), node.facts.cpus.count});
  for (const std::size_t node : failed) nodes[node].up = false;
  return nodes;
}

/// Do all jobs that may not be stopped and run on these machines have a place on the others, as far as they
/// would if the others were empty?
bool has_places(const model::Cluster& cluster, const std::vector<std::size_t>& failed) {
  std::vector<Left> nodes = all_of(cluster, failed);
  const std::vector<Left> empty = nodes;
  std::vector<std::pair<std::int64_t, std::int64_t>> homeless;
  for (const auto& [id, job] : cluster.jobs) {
    const auto live = live_attempts(job);
    if (job.spec->preemptible || live.empty()) continue;
    const std::pair task(job.spec->each.gpus.count / 1000, job.spec->each.cpus.count);
    const bool met = std::ranges::any_of(live, [&](const auto& one) {
      return std::ranges::count(failed, static_cast<std::size_t>(one.second->node.value - 1)) > 0;
    });
    const std::vector<std::pair<std::int64_t, std::int64_t>> tasks(live.size(), task);
    std::vector<Left> alone = empty;
    if (met && !fits(alone, tasks)) continue;
    if (met) homeless.insert(homeless.end(), tasks.begin(), tasks.end());
    for (const auto& [attempt_id, attempt] : live) {
      Left& on = nodes[static_cast<std::size_t>(attempt->node.value - 1)];
      if (!met) on.gpus -= task.first, on.cpus -= task.second;
    }
  }
  return fits(nodes, homeless);
}

bool everybody_has_a_place(const model::Cluster& cluster, int machines) {
  const std::size_t nodes = cluster.nodes.size();
  for (std::size_t a = 0; a < nodes; ++a) {
    if (!has_places(cluster, {a})) return false;
    for (std::size_t b = a + 1; machines == 2 && b < nodes; ++b)
      if (!has_places(cluster, {a, b})) return false;
  }
  return true;
}

model::JobSpec some_spec(Rng& rng, bool gangs) {
  model::JobSpec spec;
  spec.command = {"true"};
  spec.each.gpus = whole_device * static_cast<std::int64_t>(rng.below(4));
  spec.each.cpus = Cpus{1000} * static_cast<std::int64_t>(1 + rng.below(3));
  spec.tasks = gangs && rng.below(4) == 0 ? 2 : 1;
  spec.priority = static_cast<int>(rng.below(3));
  spec.preemptible = rng.below(3) == 0;
  spec.retries = 9;
  if (rng.below(2) == 0) spec.time_limit = std::chrono::seconds(100 + rng.below(1000));
  return spec;
}

/// What was told to stop is gone, and what was lost is decided about, until nothing more happens.
void settle(World& world) {
  for (int turn = 0; turn < 4; ++turn) {
    std::vector<JobId> stopped;
    for (const auto& [id, job] : world.scheduler.cluster().jobs)
      if (job.stopping) stopped.push_back(id);
    for (const JobId id : stopped) world.gone(static_cast<int>(id.value));
    world.step();
  }
}

RC_GTEST_PROP(Spare, WhateverFailsEverybodyHasAPlace, (std::uint64_t seed)) {
  Rng rng(seed);
  constexpr const char* rooms[] = {"1:4g8c 2:4g8c 3:4g8c", "1:4g8c 2:2g8c 3:3g4c 4:2g8c", "1:2g4c 2:2g4c"};
  World world(rooms[rng.below(3)]);
  const int machines = 1 + static_cast<int>(rng.below(2));
  world.set_spare(machines);
  const bool gangs = rng.below(2) == 0;
  for (int k = 0; k < 40; ++k) {
    switch (rng.below(4)) {
      case 0:
      case 1:
        world.submit(some_spec(rng, gangs), rng.below(2) ? "ana" : "ben");
        break;
      case 2: {
        std::vector<JobId> running;
        for (const auto& [id, job] : world.scheduler.cluster().jobs)
          if (job.state == model::JobState::running && !job.stopping) running.push_back(id);
        if (!running.empty()) world.finish(static_cast<int>(running[rng.below(running.size())].value));
        break;
      }
      case 3:
        world.wait_seconds(static_cast<int>(rng.below(900)));
        break;
    }
    world.step();
    RC_ASSERT(everybody_has_a_place(world.scheduler.cluster(), machines));
  }
  if (gangs) return;  // one that is still being stopped comes back later than others
  settle(world);
  // Now one fails: nobody who may not be stopped has to wait who would fit on what is left.
  const auto failed = rng.below(world.scheduler.cluster().nodes.size());
  world.fail(static_cast<int>(failed) + 1);
  settle(world);
  const model::Cluster& cluster = world.scheduler.cluster();
  for (const auto& [id, job] : cluster.jobs) {
    if (!model::lost_its_machine(job) || job.spec->preemptible) continue;
    std::vector<Left> empty = all_of(cluster, {});
    const std::pair task(job.spec->each.gpus.count / 1000, job.spec->each.cpus.count);
    RC_ASSERT(!fits(empty, std::vector(static_cast<std::size_t>(job.spec->tasks), task)));
  }
}

}  // namespace
}  // namespace busbar::sched
