// SPDX-License-Identifier: Apache-2.0
// weather_test.cpp: random worlds in bad weather. The seed draws machines, rules, work and faults; every
// invariant is audited after every step; at the end the journal is walked again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "base/text.hpp"
#include "sim/weather_test.hpp"

namespace busbar::sim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  const Result<std::int64_t> number = given ? text::parse_whole(given, 0, 1'000'000'000'000'000) : Error{};
  return number ? std::uint64_t(*number) : otherwise;
}

/// The journal holds all that there is.
void replay(World& world) {
  const Result<control::Recovered> again = control::recover(world.journal());
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(again->scheduler == world.core().scheduler());
  ASSERT_TRUE(again->balances == world.core().balances());
}

/// To the end, audited after every step.
void run(Weather& weather) {
  World& world = weather.world();
  while (world.step()) {
    const Status fine = world.audit();
    ASSERT_TRUE(fine) << fine.error().message;
    const sched::Scheduler& lived = world.core().scheduler();
    ASSERT_TRUE(lived == sched::Scheduler(lived.cluster())) << "an index has lost its way";
    if (world.tally().steps % 64 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(replay(world));
  }
  ASSERT_NO_FATAL_FAILURE(replay(world));
  const auto findings = control::check(world.journal());
  ASSERT_TRUE(findings) << findings.error().message;
  for (const auto& [id, job] : world.core().cluster().jobs)
    EXPECT_TRUE(job.spec->hold_for_nodes || !job.is_eligible())
        << "job " << id.value << " waits for ever (I10)";
  EXPECT_EQ(world.tally().ended, weather.accepted() - std::int64_t(world.core().cluster().jobs.size()));
  for (const auto& [node_id, node] : world.core().cluster().nodes)
    EXPECT_TRUE(node.held.empty() && node.cpus_held == Cpus{}) << "something is held and nothing runs";
}

TEST(Weather, WhateverFailsEveryInvariantHoldsAfterEveryStep) {
  const std::uint64_t first = from_environment("BUSBAR_SEED", std::random_device()());
  const std::uint64_t worlds = from_environment("BUSBAR_WORLDS", 12);
  Tally sum;
  for (std::uint64_t seed = first; seed < first + worlds; ++seed) {
    Weather weather(seed);
    const std::string story = "seed " + std::to_string(seed) + ": " + weather.chosen();
    if (worlds == 1) std::cout << story << std::endl;
    SCOPED_TRACE(story + "; again: ./dev sim --seed " + std::to_string(seed));
    try {
      ASSERT_NO_FATAL_FAILURE(run(weather));
    } catch (const std::exception& thrown) {  // caught here, or it would not be told of which world
      FAIL() << thrown.what();
    }
    if (HasFailure()) return;
    sum.steps += weather.world().tally().steps;
    sum.ended += weather.world().tally().ended;
    sum.launches += weather.world().tally().launches;
  }
  std::cout << worlds << " worlds from seed " << first << ": " << sum.steps << " steps, " << sum.launches
            << " launches, " << sum.ended << " jobs over; every invariant held after every step" << std::endl;
}

}  // namespace
}  // namespace busbar::sim
