// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/swf.hpp"

#include <gtest/gtest.h>

#include "sim/trace/inventory.hpp"
#include "sim/trace/told_test.hpp"

namespace busbar::sim {
namespace {

std::unique_ptr<Swf> swf(const std::string& text, const char* gpus = nullptr) {
  std::optional<Csv> table;
  if (gpus != nullptr) {
    Result<Csv> csv = Csv::read("gpus.csv", source_of(gpus));
    EXPECT_TRUE(csv);
    table = std::move(*csv);
  }
  Result<std::unique_ptr<Swf>> read = Swf::read(Lines("log.swf", source_of(text)), std::move(table));
  EXPECT_TRUE(read) << read.error().message;
  return std::move(*read);
}
std::string read(const std::string& text, const char* gpus = nullptr) { return told(*swf(text, gpus)); }

TEST(Swf, ALineIsAJobOrSaysWhatIsWrong) {
  const struct {
    const char* says;
    const char* line;
    const char* told;
  } cases[] = {
      // clang-format off
      {"what is known", "1 45 15 60 4 -1 -1 4 120 2048 1 7 3 -1 -1 -1 -1 -1",
       "1 2000-01-01 00:00:45 +15 ran 60 1x4c8 MiB limit 120 user7/group3"},
      {"nothing but the need", "1 0 -1 60 9 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1", "1 2000-01-01 00:00:00 ran 60 1x9c unknown/default"},
      {"tabs, and an average with a point", "1\t0 -1 60 9 12.5 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "1 2000-01-01 00:00:00 ran 60 1x9c unknown/default"},
      {"what was asked for goes before what it got", "1 0 -1 60 16 -1 -1 9 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "1 2000-01-01 00:00:00 ran 60 1x9c unknown/default"},
      {"a part of a job is none", "1 0 -1 60 9 -1 -1 -1 -1 -1 2 -1 -1 0 -1 -1 -1 -1", ""},
      {"one that never ran is none", "1 0 -1 -1 9 -1 -1 -1 -1 -1 5 -1 -1 0 -1 -1 -1 -1", ""},
      {"too few", "1 0 -1 60 9", "log.swf:1: found 5 fields; 18, as the Standard Workload Format has, would be right"},
      {"too many", "1 0 -1 60 9 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1 -1", "log.swf:1: found 19 fields; 18, as the Standard Workload Format has, would be right"},
      {"no number", "1 0 -1 sixty 9 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "log.swf:1: run time: found \"sixty\"; a whole number from 0 to 632448000 would be right"},
      {"negative", "1 0 -1 -60 9 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "log.swf:1: run time: found \"-60\"; a whole number from 0 to 632448000 would be right"},
      {"absurd", "1 0 -1 60 1000000000000 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "log.swf:1: allocated processors: found \"1000000000000\"; a whole number from 0 to 100000000 would be right"},
      {"nothing asked for", "1 0 -1 60 -1 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "log.swf:1: requested processors: found none, and none allocated; at least 1 would be right"},
      {"nameless", "-1 0 -1 60 1 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1", "log.swf:1: found a job without a number or a submit time; both are needed"},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(read(std::string(row.line) + "\n"), *row.told ? std::string(row.told) + "\n" : "");
  }
}

std::string job(int number, int submit) {
  return std::to_string(number) + " " + std::to_string(submit) +
         " -1 60 4 -1 -1 -1 -1 -1 1 -1 -1 0 -1 -1 -1 -1\n";
}

TEST(Swf, JobsStandInOrder) {
  EXPECT_EQ(read(job(1, 50) + job(1, 60) + job(2, 40) + job(3, 50)),
            "1 2000-01-01 00:00:50 ran 60 1x4c unknown/default\n"
            "log.swf:2: job number: found 1 behind 1; a larger one would be right\n"
            "log.swf:3: submit time: found 40 behind 50; jobs in the order of submission would be right\n"
            "3 2000-01-01 00:00:50 ran 60 1x4c unknown/default\n");
}

TEST(Swf, TheHeaderTellsTheMachineAndWhenItBegan) {
  const auto trace =
      swf("; Version: 2\n; UnixStartTime: 1506816000\n;MaxNodes: 4 (of 8)\n; MaxProcs: 64\n\n" + job(1, 45));
  EXPECT_EQ(told(*trace), "1 2017-10-01 00:00:45 ran 60 1x4c unknown/default\n");
  ASSERT_EQ(trace->machines().size(), 4u);
  EXPECT_EQ(trace->machines()[0].cpus.count, 16'000);

  const auto lone = swf("; MaxNodes: 256\n" + job(1, 0));
  EXPECT_EQ(told(*lone), "1 2000-01-01 00:00:00 ran 60 1x4c unknown/default\n");
  EXPECT_EQ(lone->machines().size(), 256u);
  EXPECT_TRUE(swf(job(1, 0))->machines().empty());
}

TEST(Swf, GpusStandInATableBesideIt) {
  EXPECT_EQ(read(job(1, 0) + job(3, 0) + job(5, 0), "job,gpus\n2,4\n3,8\n"),
            "1 2000-01-01 00:00:00 ran 60 1x4c unknown/default\n"
            "3 2000-01-01 00:00:00 ran 60 1x8g4c unknown/default\n"
            "5 2000-01-01 00:00:00 ran 60 1x4c unknown/default\n");
  EXPECT_EQ(read(job(3, 0), "job,gpus\n2,4\n1,8\n"),
            "gpus.csv:3: job: found 1 behind 2; a larger one would be right\n");
  EXPECT_EQ(read(job(3, 0), "job,gpus\n2,1000000000000\n"),
            "gpus.csv:2: gpus: found \"1000000000000\"; a whole number from 0 to 1000000 would be right\n");
}

TEST(Swf, CountsWhatNeverRan) {
  const auto trace = swf("1 0 -1 -1 9 -1 -1 -1 -1 -1 5 -1 -1 0 -1 -1 -1 -1\n" + job(2, 0));
  EXPECT_EQ(told(*trace), "2 2000-01-01 00:00:00 ran 60 1x4c unknown/default\n");
  EXPECT_EQ(trace->passed().never_started, 1);
}

}  // namespace
}  // namespace busbar::sim
