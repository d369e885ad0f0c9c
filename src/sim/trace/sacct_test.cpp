// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/sacct.hpp"

#include <gtest/gtest.h>

#include "sim/trace/told_test.hpp"

namespace busbar::sim {
namespace {

constexpr const char* header =
    "JobIDRaw|User|Account|Partition|QOS|Submit|Eligible|Start|End|ElapsedRaw|TimelimitRaw|State|ExitCode|"
    "Reason|"
    "ReqTRES|AllocTRES|NNodes|NodeList|Restarts\n";

std::unique_ptr<Trace> sacct(const std::string& rows, const std::string& head = header) {
  Result<Csv> csv = Csv::read("jobs.txt", source_of(head + rows), '|');
  EXPECT_TRUE(csv) << csv.error().message;
  Result<std::unique_ptr<Trace>> trace = Sacct::read(std::move(*csv));
  EXPECT_TRUE(trace) << trace.error().message;
  return std::move(*trace);
}

std::string row(const char* id, const char* start, const char* elapsed, const char* state, const char* tres,
                const char* nodes = "1", const char* limit = "60") {
  return std::string(id) + "|ada|vision|gpu|normal|2026-03-01T08:00:00|2026-03-01T08:00:00|" + start +
         "|2026-03-01T09:00:00|" + elapsed + "|" + limit + "|" + state + "|0:0|None|billing=1,cpu=1,node=1|" +
         tres + "|" + nodes + "|n1|0\n";
}
constexpr const char* at_once = "2026-03-01T08:00:00";

TEST(Sacct, ARowIsAJobOrSaysWhatIsWrong) {
  const struct {
    const char* says;
    std::string row;
    const char* told;
  } cases[] = {
      // clang-format off
      {"one GPU", row("7", "2026-03-01T08:01:40", "3600", "COMPLETED", "billing=8,cpu=8,gres/gpu=1,mem=64G,node=1"),
       "7 2026-03-01 08:00:00 +100 ran 3600 1x1g8c64 GiB limit 3600 ada/vision"},
      {"a model", row("7", at_once, "60", "FAILED", "cpu=8,gres/gpu:a100=2,gres/gpu=2"), "7 2026-03-01 08:00:00 +0 ran 60 1x2g8c a100 limit 3600 ada/vision"},
      {"two models are any", row("7", at_once, "60", "TIMEOUT", "cpu=8,gres/gpu:a100=2,gres/gpu:v100=1,gres/gpu=3"), "7 2026-03-01 08:00:00 +0 ran 60 1x3g8c limit 3600 ada/vision"},
      {"over nodes", row("7", at_once, "60", "COMPLETED", "cpu=32,gres/gpu=16,mem=100G,node=2", "2"), "7 2026-03-01 08:00:00 +0 ran 60 2x8g16c50 GiB/2 limit 3600 ada/vision"},
      {"unevenly over nodes", row("7", at_once, "60", "COMPLETED", "cpu=6,gres/gpu=3,node=2", "2"), "7 2026-03-01 08:00:00 +0 ran 60 3x1g2c/2 limit 3600 ada/vision"},
      {"no limit", row("7", at_once, "60", "COMPLETED", "cpu=8", "1", "UNLIMITED"), "7 2026-03-01 08:00:00 +0 ran 60 1x8c ada/vision"},
      {"nothing allocated: what was asked for", row("7", at_once, "60", "COMPLETED", ""), "7 2026-03-01 08:00:00 +0 ran 60 1x1c limit 3600 ada/vision"},
      {"stopped by somebody", row("7", at_once, "60", "CANCELLED by 1000", "cpu=8"), "7 2026-03-01 08:00:00 +0 ran 60 1x8c limit 3600 ada/vision"},
      {"a step", row("7.batch", at_once, "60", "COMPLETED", "cpu=8"), ""},
      {"still running", row("7", at_once, "60", "RUNNING", "cpu=8"), ""},
      {"stopped before it ran", row("7", "None", "0", "CANCELLED by 1000", ""), ""},
      {"waiting", row("7", "Unknown", "0", "PENDING", ""), ""},
      {"negative", row("7", at_once, "-5", "COMPLETED", "cpu=8"), "jobs.txt:2: ElapsedRaw: found \"-5\"; seconds from 0 to 632448000 would be right"},
      {"started before it was there", row("7", "2026-03-01T07:00:00", "5", "COMPLETED", "cpu=8"), "jobs.txt:2: Start: found \"2026-03-01T07:00:00\", before it was submitted"},
      {"absurd", row("7", at_once, "5", "COMPLETED", "gres/gpu=1000000000000"), "jobs.txt:2: AllocTRES: gres/gpu: found \"1000000000000\"; a whole number from 0 to 1000000 would be right"},
      {"no TRES", row("7", at_once, "5", "COMPLETED", "eight"), "jobs.txt:2: AllocTRES: found \"eight\"; cpu=8 or gres/gpu=2 would be right"},
      {"nothing taken", row("7", at_once, "5", "COMPLETED", "billing=3"), "jobs.txt:2: AllocTRES: found \"billing=3\"; at least cpu=1 would be right"},
      {"no id", row("7_4", at_once, "5", "COMPLETED", "cpu=1"), "jobs.txt:2: JobIDRaw: found \"7_4\"; a whole number from 1 to 4294967295 would be right"},
      {"no state", row("7", at_once, "5", "", "cpu=1"), "jobs.txt:2: State: found nothing; COMPLETED would be right"},
      // clang-format on
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.says);
    EXPECT_EQ(told(*sacct(each.row)), *each.told ? std::string(each.told) + "\n" : "");
  }
}

TEST(Sacct, AJobStandsThereOnce) {
  const std::string one = row("7", at_once, "60", "COMPLETED", "cpu=8");
  EXPECT_EQ(told(*sacct(one + one)),
            "7 2026-03-01 08:00:00 +0 ran 60 1x8c limit 3600 ada/vision\n"
            "jobs.txt:3: JobIDRaw: job 7 stands here a second time; each once would be right\n");
}

TEST(Sacct, CountsWhatCannotBeReplayed) {
  const auto trace =
      sacct(row("1", at_once, "60", "RUNNING", "cpu=8") + row("2", "Unknown", "0", "PENDING", "") +
            row("3", "None", "0", "CANCELLED by 0", ""));
  EXPECT_EQ(told(*trace), "");
  EXPECT_EQ(trace->passed().still_running, 1);
  EXPECT_EQ(trace->passed().never_started, 2);
}

TEST(Sacct, FewColumnsAreEnough) {
  EXPECT_EQ(told(*sacct("7|2026-03-01T08:00:00|60|COMPLETED|cpu=2,mem=4000M\n",
                        "JobIDRaw|Submit|ElapsedRaw|State|ReqTRES\n")),
            "7 2026-03-01 08:00:00 ran 60 1x2c3.9 GiB unknown/default\n");
  Result<Csv> csv = Csv::read("jobs.txt", source_of("JobIDRaw|Submit|ElapsedRaw|State\n"), '|');
  ASSERT_TRUE(csv);
  EXPECT_EQ(Sacct::read(std::move(*csv)).error().message,
            "jobs.txt:1: there is no column \"AllocTRES\"; the header names \"JobIDRaw\", \"Submit\", "
            "\"ElapsedRaw\", "
            "\"State\"");
}

TEST(Sacct, ASetOfNumbersKnowsWhatIsInIt) {
  NumberSet set;
  const std::int64_t numbers[] = {1, 64, 63, 4'000'000'000};
  for (const std::int64_t number : numbers) EXPECT_TRUE(set.add(number));
  for (const std::int64_t number : numbers) EXPECT_FALSE(set.add(number));
  EXPECT_TRUE(set.add(0));
}

}  // namespace
}  // namespace busbar::sim
