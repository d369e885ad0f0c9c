// SPDX-License-Identifier: Apache-2.0
#include "cli/render/forecast.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace busbar::cli::render {
namespace {

json::value read(const std::string& text) {
  const auto answer = parse_json(text);
  EXPECT_TRUE(answer) << text;
  return answer ? *answer : json::value{};
}

/// "14:10" on one day; "-" for nothing.
std::string moments(const std::string& p10, const std::string& p50, const std::string& p90) {
  const auto at = [](const std::string& time) {
    return time == "-" ? std::string("null") : "\"2026-11-26T" + time + ":30.000Z\"";
  };
  return R"({"p10":)" + at(p10) + R"(,"p50":)" + at(p50) + R"(,"p90":)" + at(p90) + "}";
}

class Forecast : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("TZ", "UTC", 1); }
};

TEST_F(Forecast, AnIntervalInWords) {
  struct Row {
    const char *says, *p10, *p50, *p90, *told;
  };
  const Row rows[] = {
      {"an interval and its middle", "14:10", "14:25", "14:50",
       "between 2026-11-26 14:10 and 2026-11-26 14:50, most likely about 2026-11-26 14:25"},
      {"within a minute, the minute", "14:10", "14:10", "14:10", "about 2026-11-26 14:10"},
      {"the end is out of sight", "14:10", "14:25", "-",
       "not before 2026-11-26 14:10, most likely about 2026-11-26 14:25"},
      {"the middle, too", "14:10", "-", "-", "not before 2026-11-26 14:10"},
      {"all of it", "-", "-", "-", "later than could be looked at"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    const json::value answer = read(R"({"state":"PENDING","futures":64,"started":0,"start":)" +
                                    moments(row.p10, row.p50, row.p90) + R"(,"learned":0})");
    EXPECT_EQ(when(answer), "  starts " + std::string(row.told) +
                                " (80 % of 64 futures), if nobody submits anything more\n"
                                "  no job has ended yet to learn from: stated limits count as run times\n");
  }
}

TEST_F(Forecast, WhatItIsWorth) {
  const auto told = [](const char* rest) {
    const std::string text = when(read(R"({"state":"PENDING","futures":64,"started":0,"start":)" +
                                       moments("14:10", "14:10", "14:10") + "," + rest + "}"));
    return text.substr(text.find("futures)") + 8);
  };
  const std::string grounds = "  by the run times of 9 jobs that have ended\n";
  EXPECT_EQ(told(R"("learned":9,"submissions":0)"), ", if nobody submits anything more\n" + grounds);
  EXPECT_EQ(told(R"("learned":9,"submissions":12,"record":{"judged":3,"held":1})"),
            "\n  on recorded days 8 of 10 such intervals held\n" + grounds);
  EXPECT_EQ(told(R"("learned":9,"submissions":12,"record":{"judged":20,"held":13})"),
            "\n  here 13 of the last 20 such intervals held\n" + grounds);
}

TEST_F(Forecast, OfAJobThatRunsItsEnd) {
  EXPECT_EQ(
      when(read(R"({"state":"RUNNING","futures":64,"started":64,"end":)" +
                moments("14:10", "14:25", "14:50") + R"(,"learned":1})")),
      "  ends between 2026-11-26 14:10 and 2026-11-26 14:50, most likely about 2026-11-26 14:25 (80 % of "
      "64 futures)\n"
      "  by the run times of 1 job that has ended\n");
}

TEST_F(Forecast, WhatATryWouldCome) {
  model::JobSpec spec;
  spec.name = "train";
  const std::string runs = R"("runs_ms":{"p10":600000,"p50":1200000,"p90":3600000},"learned":12)";
  EXPECT_EQ(
      outlook(
          read(R"({"at_once":true,"futures":64,"started":64,"tasks":[{"task":0,"node":"box","gpus":[0,1]}],)"
               R"("preempts":[],"cost_micro":null,)" +
               runs + "}"),
          spec),
      "train would start at once on box GPU 0 1\n"
      "  runs 10 min to 1 h\n"
      "  by the run times of 12 jobs that have ended\n");
  EXPECT_EQ(
      outlook(
          read(
              R"({"at_once":false,"futures":64,"started":64,"start":)" + moments("14:10", "14:25", "14:50") +
              R"(,"reason":{"words":"needs 2 GPUs"},"tasks":[{"task":0,"node":"a","gpus":[3]},{"task":1,"node":"b","gpus":[]}],)"
              R"("submissions":40,"record":{"judged":50,"held":41},"preempts":[{"id":3,"user":"eve","futures":60}],"cost_micro":{"p10":1234567,"p50":0,"p90":20000},)" +
              runs + "}"),
          spec),
      "train would start between 2026-11-26 14:10 and 2026-11-26 14:50, most likely about 2026-11-26 14:25 "
      "(80 % of "
      "64 futures)\n"
      "  needs 2 GPUs\n"
      "  likely on a GPU 3; b\n"
      "  here 41 of the last 50 such intervals held\n"
      "  stops job 3 of eve (in 60 of 64 futures)\n"
      "  runs 10 min to 1 h\n"
      "  costs 1.23 to 0.02\n"
      "  by the run times of 12 jobs that have ended\n");
}

}  // namespace
}  // namespace busbar::cli::render
