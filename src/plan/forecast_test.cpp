// SPDX-License-Identifier: Apache-2.0
#include "plan/forecast.hpp"

#include <algorithm>

#include "plan/lab_test.hpp"

namespace busbar::plan {
namespace {

using namespace std::chrono_literals;

TEST(When, LimitsAloneGiveOneMoment) {
  struct Row {
    const char* says;
    int gpus;
    std::vector<Wish> wishes;
    std::int64_t now, job;
    const char *starts, *ends;
  };
  const Row rows[] = {
      // clang-format off
      {"behind one with a limit", 1,
       {{.runs = 9h, .limit = 60min, .priority = 2}, {.limit = 30min}}, 20, 2, "60 60 60", "90 90 90"},
      {"behind two", 1,
       {{.runs = 9h, .limit = 60min, .priority = 2}, {.limit = 30min, .priority = 1}, {.limit = 5min}}, 20, 3, "90 90 90", "95 95 95"},
      {"ahead of one by its priority", 1,
       {{.runs = 9h, .limit = 60min, .priority = 2}, {.limit = 5min}, {.limit = 30min, .priority = 1}}, 20, 3, "60 60 60", "90 90 90"},
      {"beside two that run", 2,
       {{.runs = 9h, .limit = 60min, .priority = 2}, {.runs = 9h, .limit = 40min, .priority = 2}, {.limit = 30min, .priority = 1}, {.limit = 5min}}, 20, 4, "60 60 60", "65 65 65"},
      {"a gang waits for all it needs", 2,
       {{.runs = 9h, .limit = 60min, .priority = 2}, {.runs = 9h, .limit = 40min, .priority = 2}, {.gpus = 2, .limit = 30min}}, 20, 3, "60 60 60", "90 90 90"},
      {"of one that runs, its end", 1,
       {{.runs = 9h, .limit = 60min}}, 20, 1, "0 0 0", "60 60 60"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Lab lab(row.gpus);
    lab.submit(row.wishes, row.now);
    const Result<Start> start = when(lab.present(), JobId{row.job});
    ASSERT_TRUE(start) << start.error().message;
    EXPECT_EQ(Lab::told(start->starts), row.starts);
    EXPECT_EQ(Lab::told(start->ends), row.ends);
    EXPECT_EQ(start->started, start->futures);
  }
}

TEST(When, AnIntervalIsAsWideAsTheRunTimesOfWhoIsInTheWay) {
  Lab lab(1);
  lab.submit({{.runs = 100min}, {.runs = 1min}}, 30);
  for (int k = 0; k < 100; ++k) lab.ran((40 + k * 37 % 100) * 1min);
  const Result<Start> start = when(lab.present(), JobId{2}, {.futures = 400, .events = 1'000'000});
  ASSERT_TRUE(start);
  EXPECT_NEAR(double((*start->starts.p10 - Lab::at(0)) / 1min), 46, 12) << "a sixteenth from the first";
  EXPECT_NEAR(double((*start->starts.p50 - Lab::at(0)) / 1min), 90, 14);
  EXPECT_NEAR(double((*start->starts.p90 - Lab::at(0)) / 1min), 134, 12);
  EXPECT_EQ(start->learned, 100);
}

TEST(When, TheSameSeedGivesTheSameAnswerAndThePresentIsNotTouched) {
  Lab lab(2);
  lab.submit({{.runs = 9h}, {.runs = 9h}, {}, {}, {}, {}}, 10);
  for (int minutes = 1; minutes < 90; ++minutes) lab.ran(minutes * 1min);
  const Present present = lab.present();
  const model::Cluster before = *present.cluster;
  const auto told = [&](std::uint64_t seed) {
    const Result<Start> start = when(present, JobId{6}, {.seed = seed});
    return Lab::told(start->starts) + " / " + Lab::told(start->ends);
  };
  EXPECT_EQ(told(1), told(1));
  EXPECT_NE(told(1), told(2));
  EXPECT_EQ(*present.cluster, before);
}

TEST(When, OthersGoOnSubmittingAsTheyDid) {
  // Every ten minutes came one that goes first and ran for five; behind one with an hour to go the next waits
  // for those, too.
  const auto starts = [](bool others) {
    Lab lab(1);
    lab.submit({{.runs = 9h, .limit = 120min, .priority = 2}, {.limit = 30min}}, 60);
    for (int k = 0; others && k < 30; ++k) {
      model::Job job = ended_after(5min, "eve", "urgent");
      job.id = JobId{100 + k};
      auto spec = std::make_shared<model::JobSpec>(*Lab::spec_of({.priority = 1, .user = "eve"}));
      job.spec = spec;
      job.submitted = Lab::at(60 - 10 * (30 - k));
      job.ended = job.submitted + 5min;
      lab.traffic.learn(job);
    }
    const Result<Start> start = when(lab.present(), JobId{2});
    EXPECT_EQ(start->submissions, others ? 32 : 0);
    return *start->starts.p50;
  };
  EXPECT_EQ(starts(false), Lab::at(120));
  EXPECT_GE(starts(true), Lab::at(145)) << "six more go first, half an hour in all";
  EXPECT_LE(starts(true), Lab::at(240));
}

TEST(When, EarlierAnswersCorrectTheNext) {
  Lab lab(1);
  lab.submit({{.runs = 9h, .limit = 60min, .priority = 2}, {.limit = 30min}}, 20);
  const Interval played{Lab::at(39), Lab::at(39)};
  for (int k = 0; k < 100; ++k) {
    lab.record.asked(JobId{k}, Lab::at(20), played, played);
    lab.record.started(JobId{k}, Lab::at(59));
  }
  const Result<Start> start = when(lab.present(), JobId{2});
  ASSERT_TRUE(start);
  EXPECT_EQ(start->played, (Interval{Lab::at(60), Lab::at(60)}));
  // It was told twenty minutes, with one added, and was forty: all is twice as late, forty-one become
  // eighty-two.
  EXPECT_EQ(Lab::told(start->starts), "101 101 101");
}

TEST(When, WhatIsNotAliveIsNotFoundAndWhatNeverStartsHasNoMoment) {
  Lab lab(1);
  lab.submit({{.runs = 9h, .limit = 60min, .priority = 2}, {.limit = 30min}}, 0);
  const Result<Start> none = when(lab.present(), JobId{7});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::not_found);
  const Result<Start> cut = when(lab.present(), JobId{2}, {.of_one = 0});
  ASSERT_TRUE(cut);
  EXPECT_EQ(Lab::told(cut->starts), "- - -") << "no events are left to come to its start";
  EXPECT_EQ(cut->started, 0);
}

TEST(Try, SaysWhenWhereAndAtWhoseCost) {
  struct Row {
    const char* says;
    std::vector<Wish> wishes;
    Wish wish;
    bool at_once;
    const char* starts;
    std::vector<std::int64_t> stops;
  };
  const Row rows[] = {
      {"what is free is taken at once",
       {{.runs = 9h, .limit = 60min}},
       {.limit = 30min},
       true,
       "20 20 20",
       {}},
      {"else it waits", {{.gpus = 2, .runs = 9h, .limit = 60min}}, {.limit = 30min}, false, "60 60 60", {}},
      {"a job that may be stopped makes room for one that goes before it",
       {{.gpus = 2, .runs = 9h, .limit = 60min, .preemptible = true}},
       {.gpus = 2, .limit = 30min, .priority = 5},
       false,
       "20 20 20",
       {1}},
      {"but not for its equal",
       {{.gpus = 2, .runs = 9h, .limit = 60min, .preemptible = true}},
       {.limit = 30min},
       false,
       "60 60 60",
       {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Lab lab(2);
    lab.submit(row.wishes, 20);
    const Result<Outlook> seen = outlook(lab.present(), Lab::person("eve"), Lab::spec_of(row.wish));
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->at_once, row.at_once);
    EXPECT_EQ(Lab::told(seen->start.starts), row.starts);
    EXPECT_EQ(seen->launches.size(), 1u);
    EXPECT_EQ(seen->waits.has_value(), row.starts != std::string("20 20 20"));
    std::vector<std::int64_t> stops;
    for (const Outlook::Victim& victim : seen->preempts) stops.push_back(victim.job.value);
    EXPECT_EQ(stops, row.stops);
  }
}

TEST(Try, RefusesWhatSubmitWould) {
  Lab lab(2);
  lab.submit({}, 0);
  const Result<Outlook> large = outlook(lab.present(), Lab::person("eve"), Lab::spec_of({.gpus = 3}));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::invalid);
  EXPECT_NE(large.error().message.find("needs 3 GPUs"), std::string::npos) << large.error().message;
}

TEST(Try, ADependencyOnAJobThatIsOverIsLookedUp) {
  Lab lab(2);
  lab.submit({{.runs = 1min}}, 20);
  model::JobSpec spec = *Lab::spec_of({.limit = 30min});
  spec.after = {{JobId{1}, model::Dependency::When::ok}};
  Present present = lab.present();
  const auto asked = std::make_shared<const model::JobSpec>(spec);
  EXPECT_FALSE(outlook(present, Lab::person("ada"), asked)) << "nobody knows what became of it";
  present.ended = [](JobId id) -> Result<std::optional<model::Job>> {
    model::Job job = ended_after(1min);
    job.id = id;
    return std::optional(job);
  };
  const Result<Outlook> seen = outlook(present, Lab::person("ada"), asked);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->at_once);
}

TEST(Try, CostsAreThoseOfTheRunTimesAtTodaysPrices) {
  Lab lab(2);
  lab.submit({}, 0);
  Present present = lab.present();
  auto priced = std::make_shared<model::Cluster>(*present.cluster);
  priced->per_device_hour = Money{2'000'000};
  priced->per_cpu_hour = Money{100'000};
  present.cluster = priced;
  const Result<Outlook> seen =
      outlook(present, Lab::person("ada"), Lab::spec_of({.gpus = 2, .limit = 30min}));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->costs.p10, Money{2'050'000}) << "half an hour of two GPUs at 2.00 and a CPU at 0.10";
  EXPECT_EQ(seen->costs.p90, Money{2'050'000});
}

}  // namespace
}  // namespace busbar::plan
