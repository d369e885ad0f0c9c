// SPDX-License-Identifier: Apache-2.0
#include "sim/world.hpp"

#include <gtest/gtest.h>

#include "sim/story_test.hpp"

namespace busbar::sim {
namespace {

using namespace std::chrono_literals;

TEST(World, ALaunchedJobEndsAfterItsRunTime) {
  struct Row {
    const char* says;
    Job job;
    const char* told;
  };
  const Row rows[] = {
      // clang-format off
      {"a job runs as long as it takes",             {.runs = 90s},                              "1: 0-90 COMPLETED"},
      {"one that fails, fails",                      {.runs = 90s, .code = 3},                   "1: 0-90 FAILED"},
      {"one that takes no time is over at once",     {.runs = 0s},                               "1: 0-0 COMPLETED"},
      {"a limit ends it",                            {.runs = 90s, .limit = 60s},                "1: 0-60 TIMEOUT"},
      {"a limit that it keeps does not",             {.runs = 90s, .limit = 90s},                "1: 0-90 COMPLETED"},
      {"two fit on two GPUs",                        {.runs = 90s, .count = 2},                  "1: 0-90 COMPLETED, 2: 0-90 COMPLETED"},
      {"a third starts in the instant of their end", {.runs = 90s, .count = 3},                  "1: 0-90 COMPLETED, 2: 0-90 COMPLETED, 3: 90-180 COMPLETED"},
      {"a gang starts whole",                        {.runs = 90s, .count = 2, .tasks = 2},      "1: 0-90 COMPLETED, 2: 90-180 COMPLETED"},
      {"a retry is a fresh start",                   {.runs = 90s, .code = 1, .retries = 1},     "1: 90-180 FAILED"},
      {"an array is its elements",                   {.runs = 90s, .elements = 3},               "1: 0-90 COMPLETED, 2: 0-90 COMPLETED, 3: 90-180 COMPLETED"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story story(2);
    story.submit(0s, row.job);
    EXPECT_EQ(story.told(), row.told);
  }
}

TEST(World, AStopLeavesTimeToSave) {
  struct Row {
    const char* says;
    Duration stop_takes, grace;
    const char* told;
  };
  const Row rows[] = {
      {"who needs no time goes at once", 0s, 30s, "1: 0-10 CANCELLED"},
      {"who saves has until it is done", 5s, 30s, "1: 0-15 CANCELLED"},
      {"but no longer than its grace", 60s, 30s, "1: 0-40 CANCELLED"},
      {"who is nearly done is done", 100s, 85s, "1: 0-90 COMPLETED"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story story(1);
    story.submit(0s, {.runs = 90s, .stop_takes = row.stop_takes, .grace = row.grace});
    story.world->command(story.at(10s), control::StopCommand{story.ada, JobId{1}, true, "enough"});
    EXPECT_EQ(story.told(), row.told);
  }
}

TEST(World, AMachineThatCrashesLosesWhatItRan) {
  Story story(1);
  story.submit(0s, {.runs = 90s, .retries = 1});
  story.world->change(story.at(10s), NodeId{1}, Machines::Change::crashes);
  story.world->change(story.at(30s), NodeId{1}, Machines::Change::joins);
  EXPECT_EQ(story.told(), "1: 30-120 COMPLETED") << "it is back before anybody noticed, and says so";
}

TEST(World, ACrashIsNoticedAndTheJobStartsElsewhere) {
  Story story(1, 2);
  story.submit(0s, {.runs = 90s, .retries = 1});
  story.world->change(story.at(10s), NodeId{1}, Machines::Change::crashes);
  EXPECT_EQ(story.told(), "1: 70-160 COMPLETED");
}

TEST(World, AMachineOutOfReachGoesOnAndTellsLater) {
  Story story(1);
  story.submit(0s, {.runs = 90s});
  story.world->change(story.at(10s), NodeId{1}, Machines::Change::out_of_reach);
  story.world->change(story.at(200s), NodeId{1}, Machines::Change::joins);
  EXPECT_EQ(story.told(), "1: 0-200 COMPLETED");
  EXPECT_EQ(story.over.at(0).tasks.at(0).attempts.at(0).ending.ran, Duration(90s));
}

TEST(World, AKilledControllerLosesNothingThatItWroteDown) {
  Story story(1);
  story.submit(10s, {.runs = 90s, .count = 2});
  story.world->restart(story.at(10s));  // behind the decision, before its order was heard
  story.world->restart(story.at(50s));
  story.world->restart(story.at(100s));  // behind the end, before the next order
  EXPECT_EQ(story.told(), "1: 10-100 COMPLETED, 2: 100-190 COMPLETED");
  EXPECT_EQ(story.world->core().cluster().epoch, Epoch{4});
}

TEST(World, ALaunchMayTakeTime) {
  Story story(1, 1, 5s);
  story.submit(0s, {.runs = 90s, .count = 2});
  EXPECT_EQ(story.told(), "1: 0-95 COMPLETED, 2: 95-190 COMPLETED");
}

TEST(World, NewsComeBeforeArrivalsInOneInstant) {
  Story story(1);
  story.submit(0s, {.runs = 90s});
  story.submit(90s, {.runs = 10s});
  EXPECT_EQ(story.told(), "1: 0-90 COMPLETED, 2: 90-100 COMPLETED");
}

TEST(ForgetfulJournal, IsAskedWhatAFullOneWouldAnswer) {
  Story story(2, 1, 0s, forgetful_journal());
  story.submit(0s, {.runs = 90s, .elements = 3, .key = "k"});
  story.submit(0s, {.runs = 10s, .code = 1});
  story.submit(500s, {.runs = 10s, .key = "k"});  // known: the array
  story.submit(500s,
               {.runs = 10s, .after = {{JobId{1}, model::Dependency::When::ok}}});  // all elements did well
  story.submit(500s, {.runs = 10s, .after = {{JobId{4}, model::Dependency::When::ok}}});
  EXPECT_EQ(
      story.told(),
      "1: 0-90 COMPLETED, 2: 0-90 COMPLETED, 4: 90-100 FAILED, 3: 90-180 COMPLETED, 5: 500-510 COMPLETED");
  EXPECT_EQ(story.answers.at(2).value().first, JobId{1});
  EXPECT_EQ(story.answers.at(2).value().count, 3);
  EXPECT_TRUE(story.answers.at(2).value().existed);
  EXPECT_EQ(story.refusal,
            "after: job 4 ended as FAILED, so this job could never start; afterany:4 would not mind");
}

}  // namespace
}  // namespace busbar::sim
