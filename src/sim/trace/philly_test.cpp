// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/philly.hpp"

#include <gtest/gtest.h>

#include "sim/trace/told_test.hpp"

namespace busbar::sim {
namespace {

std::string read(const std::string& rows,
                 const char* header = "timestamp,duration,num_gpus,gpu_time,cluster\n") {
  Result<Csv> csv = Csv::read("jobs.csv", source_of(header + rows));
  EXPECT_TRUE(csv);
  Result<std::unique_ptr<Trace>> trace = Philly::read(std::move(*csv));
  return trace ? told(**trace) : trace.error().message;
}

TEST(Philly, ARowIsAJobOrSaysWhatIsWrong) {
  const struct {
    const char* says;
    const char* row;
    const char* told;
  } cases[] = {
      // clang-format off
      {"seconds with a point", "2017-10-09 06:13:03,2951.0,1,2951.0,6214e9", "1 2017-10-09 06:13:03 ran 2951 1x1g unknown/6214e9"},
      {"GPUs are one task's, however many", "2017-10-09 06:13:03,60,128,0,ee", "1 2017-10-09 06:13:03 ran 60 1x128g unknown/ee"},
      {"no time", "yesterday,60,1,60,ee", "jobs.csv:2: timestamp: found \"yesterday\"; a time such as 2017-10-01 or 2017-10-01 00:00:45 would be right"},
      {"a negative time", "2017-10-09 06:13:03,-1,1,60,ee", "jobs.csv:2: duration: found \"-1\"; seconds from 0 to 632448000 would be right"},
      {"no GPU", "2017-10-09 06:13:03,60,0,60,ee", "jobs.csv:2: num_gpus: found \"0\"; a whole number from 1 to 1000000 would be right"},
      {"more than there ever were", "2017-10-09 06:13:03,60,1000000000000,60,ee", "jobs.csv:2: num_gpus: found \"1000000000000\"; a whole number from 1 to 1000000 would be right"},
      {"nobody's", "2017-10-09 06:13:03,60,1,60,", "jobs.csv:2: cluster: found nothing; the id of a virtual cluster would be right"},
      {"cut off", "2017-10-09 06:13:03,60,1", "jobs.csv:2: found 3 fields; 5, as in the header, would be right"},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(read(std::string(row.row) + "\n"), std::string(row.told) + "\n");
  }
}

TEST(Philly, GoesOnBehindARowThatIsWrong) {
  EXPECT_EQ(
      read("x,1,1,1,a\n2017-10-09 06:13:03,60,1,60,ee\n"),
      "jobs.csv:2: timestamp: found \"x\"; a time such as 2017-10-01 or 2017-10-01 00:00:45 would be right\n"
      "2 2017-10-09 06:13:03 ran 60 1x1g unknown/ee\n");
}

TEST(Philly, NeedsItsColumnsInAnyOrder) {
  EXPECT_EQ(read("ee,4,60,2017-10-09 06:13:03\n", "cluster,num_gpus,duration,timestamp\n"),
            "1 2017-10-09 06:13:03 ran 60 1x4g unknown/ee\n");
  EXPECT_EQ(read("", "timestamp,duration,num_gpus\n"),
            "jobs.csv:1: there is no column \"cluster\"; the header names \"timestamp\", \"duration\", "
            "\"num_gpus\"");
}

}  // namespace
}  // namespace busbar::sim
