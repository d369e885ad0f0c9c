// SPDX-License-Identifier: Apache-2.0
#include "plan/experience.hpp"

#include <algorithm>

#include "plan/lab_test.hpp"

namespace busbar::plan {
namespace {

using namespace std::chrono_literals;

/// The middle of so many draws, in minutes.
std::int64_t middle(const Experience& experience, const Wish& wish, Duration elapsed = 0s) {
  std::vector<Duration> lengths;
  for (std::uint64_t seed = 0; seed < 1001; ++seed) {
    Rng chance(seed);
    lengths.push_back(experience.draw(Lab::person(wish.user), *Lab::spec_of(wish), elapsed, chance));
    EXPECT_GE(lengths.back(), wish.limit > 0s ? std::min(elapsed, wish.limit) : elapsed);
  }
  std::ranges::sort(lengths);
  return lengths[500] / 1min;
}

Experience learned(const std::vector<model::Job>& jobs) {
  Experience experience;
  for (const model::Job& job : jobs) experience.learn(job);
  return experience;
}

TEST(Experience, WhatEndedSaysHowLongTheNextOneRuns) {
  const std::vector<model::Job> ten(10, ended_after(10min)), both = [&] {
    std::vector<model::Job> jobs = ten;
    jobs.insert(jobs.end(), 40, ended_after(90min));
    return jobs;
  }();
  struct Row {
    const char* says;
    std::vector<model::Job> ended;
    Wish wish;
    Duration elapsed;
    std::int64_t minutes;
  };
  const Row rows[] = {
      {"as long as those of its kind", ten, {}, 0s, 10},
      {"never beyond its limit", ten, {.limit = 5min}, 0s, 5},
      {"another user's jobs of that size, where one has none", ten, {.user = "eve"}, 0s, 10},
      {"one's own count for more than those of others",
       [&] {
         std::vector<model::Job> jobs = both;
         jobs.insert(jobs.end(), 10, ended_after(20min, "eve"));
         return jobs;
       }(),
       {.user = "eve"},
       0s,
       20},
      {"what is shorter than it has run is out of the question", both, {}, 15min, 90},
      {"its size matters",
       [&] {
         std::vector<model::Job> jobs = ten;
         jobs.insert(jobs.end(), 10, ended_after(300min, "ada", "train", 8));
         return jobs;
       }(),
       {.gpus = 8},
       0s,
       300},
      {"digits in a name do not", {10, ended_after(33min, "ada", "tra7in12")}, {}, 0s, 33},
      {"a machine that was lost says nothing",
       {10, ended_after(10min, "ada", "train", 1, model::JobState::node_fail)},
       {.limit = 45min},
       0s,
       45},
      {"where nobody knows, the limit", {}, {.limit = 45min}, 0s, 45},
      {"it stays the limit however long it has run", {}, {.limit = 45min}, 30min, 45},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(middle(learned(row.ended), row.wish, row.elapsed), row.minutes);
  }
}

TEST(Experience, WhereNobodyKnowsAndNoLimitIsStatedHalfEndsWithinAnHourAndWhatRanLongRunsLong) {
  EXPECT_NEAR(double(middle({}, {})), 60, 5);
  EXPECT_NEAR(double(middle({}, {}, 9h)), 9 * 60 + 600, 60);
}

TEST(Experience, TheNewestRunTimesPushOutTheOldest) {
  std::vector<model::Job> jobs(Experience::most_kept, ended_after(10min));
  jobs.insert(jobs.end(), Experience::most_kept, ended_after(70min));
  const Experience experience = learned(jobs);
  EXPECT_EQ(experience.count(), std::int64_t(2 * Experience::most_kept));
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Rng chance(seed);
    EXPECT_GE(experience.draw(Lab::person("ada"), *Lab::spec_of({}), 0s, chance), 70min);
  }
}

}  // namespace
}  // namespace busbar::plan
