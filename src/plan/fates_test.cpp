// SPDX-License-Identifier: Apache-2.0
// How long each job runs in one future.
#include "plan/fates.hpp"

#include <algorithm>

#include "plan/lab_test.hpp"

namespace busbar::plan {
namespace {

using namespace std::chrono_literals;

/// How long that job runs in each of 400 futures, in minutes.
std::vector<std::int64_t> minutes_of(const Present& present, JobId id) {
  const Tide tide(*present.cluster, present.now, *present.traffic);
  const model::Job& job = present.cluster->jobs.at(id);
  std::vector<std::int64_t> minutes;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    minutes.push_back(Fates(*present.cluster, present.now, tide, seed).of(id, job.owner, job.spec) / 1min);
  return minutes;
}

std::int64_t median(std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

TEST(Fates, WhereNobodyHasEndedTheLimitIsTheRunTime) {
  Lab lab(1);
  lab.submit({{.runs = 9h, .limit = 45min}, {.runs = 9h}}, 30);
  EXPECT_EQ(std::ranges::count(minutes_of(lab.present(), JobId{1}), 45), 400);
  const std::int64_t without = median(minutes_of(lab.present(), JobId{2}));
  EXPECT_GE(without, 40) << "without one, about an hour, or as its neighbour";
  EXPECT_LE(without, 80);
}

TEST(Fates, WhatEndedSaysHowLongTheNextOneRunsWithinItsLimit) {
  Lab lab(3);
  lab.submit({{.runs = 9h}, {.runs = 9h, .limit = 50min}, {.runs = 9h, .limit = 10min}}, 5);
  for (int k = 0; k < 60; ++k) lab.ran(30min);
  EXPECT_NEAR(double(median(minutes_of(lab.present(), JobId{1}))), 30, 5);
  EXPECT_NEAR(double(median(minutes_of(lab.present(), JobId{2}))), 30, 5);
  EXPECT_EQ(std::ranges::count(minutes_of(lab.present(), JobId{3}), 10), 400);
}

TEST(Fates, WhatRunsGoesOnForLongerThanItHas) {
  Lab lab(1);
  lab.submit({{.runs = 9h}}, 60);
  for (int k = 0; k < 60; ++k) lab.ran(k % 2 ? 30min : 300min);
  const auto minutes = minutes_of(lab.present(), JobId{1});
  EXPECT_GE(std::ranges::min(minutes), 60);
  EXPECT_NEAR(double(median(minutes)), 300, 40);
}

TEST(Fates, NeighboursAreAlikeInOneFutureAndDifferBetweenFutures) {
  Lab lab(1);
  lab.submit({{.runs = 9h}, {.runs = 9h}, {.runs = 9h}}, 1);
  for (int k = 0; k < 400; ++k) lab.ran(k % 2 ? 10min : 1000min, "eval");
  const Present present = lab.present();
  const auto second = minutes_of(present, JobId{2}), third = minutes_of(present, JobId{3});
  int alike = 0, longs = 0;
  for (std::size_t k = 0; k < second.size(); ++k) {
    alike += (second[k] > 100) == (third[k] > 100);
    longs += third[k] > 100;
  }
  EXPECT_GT(alike, 300) << "by chance alone it would be 200";
  EXPECT_NEAR(longs, 200, 70);
}

TEST(Fates, OneThatComesAgainRunsAsItDid) {
  Lab lab(1);
  lab.submit({{.runs = 9h}}, 1);
  for (int k = 0; k < 10; ++k) {
    model::Job job = ended_after(77min, "eve");
    job.id = JobId{100 + k};
    job.submitted = Lab::at(-100 + k);
    lab.traffic.learn(job);
  }
  const Present present = lab.present();
  const Tide tide(*present.cluster, present.now, *present.traffic);
  Fates fates(*present.cluster, present.now, tide, 1);
  fates.again(JobId{500}, JobId{104});
  EXPECT_EQ(fates.of(JobId{500}, Lab::person("eve"), Lab::spec_of({})), 77min);
  EXPECT_EQ(fates.of(JobId{500}, Lab::person("eve"), Lab::spec_of({.limit = 9min})), 9min);
}

}  // namespace
}  // namespace busbar::plan
