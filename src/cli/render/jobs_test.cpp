// SPDX-License-Identifier: Apache-2.0
#include "cli/render/jobs.hpp"

#include <gtest/gtest.h>

namespace busbar::cli::render {
namespace {

std::vector<JobAnswer> read(const char* text) {
  std::vector<JobAnswer> all;
  const auto answer = parse_json(text);
  EXPECT_TRUE(answer);
  for (const json::value& job : list_at(*answer, "jobs")) all.push_back(read_job(job));
  return all;
}

const Instant noon = *parse_rfc3339("2026-11-21T12:00:00.000Z");

TEST(Jobs, OneRowAJob) {
  EXPECT_EQ(jobs(read(R"({"jobs":[
    {"id":7,"name":"train","user":"ada","state":"RUNNING","started":"2026-11-21T11:30:00.000Z","node":"n1",
     "tasks":[{"index":0,"node":"n1","devices":[{"index":0,"milli":1000},{"index":1,"milli":1000}]}]},
    {"id":8,"name":"gang","user":"ben","state":"RUNNING","started":"2026-11-21T11:59:18.000Z","node":"n1",
     "tasks":[{"index":0,"node":"n1","devices":[{"index":2,"milli":500}]},{"index":1,"node":"n2","devices":[{"index":0,"milli":500}]}]},
    {"id":9,"name":"bad","user":"ada","state":"FAILED","exit_code":3,"started":"2026-11-21T11:00:00.000Z","ended":"2026-11-21T11:00:01.000Z","node":"n1","tasks":[]},
    {"id":10,"name":"segv","user":"ada","state":"FAILED","signal":11,"tasks":[]},
    {"id":11,"name":"big","user":"ada","state":"PENDING","reason":"","tasks":[]}]})"),
                 noon, {}),
            "ID  NAME   USER  STATE    GPUS           NODE     TIME  REASON\n"
            " 7  train  ada   RUNNING  0,1            n1     30 min\n"
            " 8  gang   ben   RUNNING  2(0.5),0(0.5)  n1 +1    42 s\n"
            " 9  bad    ada   FAILED                  n1        1 s  exit code 3\n"
            "10  segv   ada   FAILED                                 killed by SIGSEGV\n"
            "11  big    ada   PENDING\n");
}

TEST(Jobs, WaitingElementsOfAnArrayShareARow) {
  std::string text =
      R"({"jobs":[{"id":12,"array_id":12,"array_index":0,"name":"a","user":"u","state":"RUNNING","node":"n"})";
  for (const int index : {1, 2, 3, 7, 9, 10}) {
    text += R"(,{"id":)" + std::to_string(12 + index) + R"(,"array_id":12,"array_index":)" +
            std::to_string(index) + R"(,"name":"a","user":"u","state":"PENDING"})";
  }
  text += R"(,{"id":40,"array_id":40,"array_index":5,"name":"b","user":"u","state":"PENDING"}]})";
  EXPECT_EQ(jobs(read(text.c_str()), noon, {}),
            "             ID  NAME  USER  STATE    GPUS  NODE  TIME  REASON\n"
            "           12_0  a     u     RUNNING        n\n"
            "12_[1-3,7,9,10]  a     u     PENDING\n"
            "           40_5  b     u     PENDING\n");
}

TEST(Jobs, NothingToShowIsATitleAlone) {
  EXPECT_EQ(jobs({}, noon, {}), "ID  NAME  USER  STATE  GPUS  NODE  TIME  REASON\n");
}

TEST(Jobs, Ranges) {
  EXPECT_EQ(ranges({3}), "3");
  EXPECT_EQ(ranges({3, 4}), "3,4");
  EXPECT_EQ(ranges({0, 1, 2, 5, 7, 8, 9}), "0-2,5,7-9");
  EXPECT_EQ(ranges({1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}), "1,3,5,7,9,11,13,15,17,19,...");
}

TEST(Jobs, AClockThatRunsBehindTheServersShowsNoNegativeTime) {
  const auto all = read(R"({"jobs":[{"id":1,"state":"RUNNING","started":"2026-11-21T12:00:05.000Z"}]})");
  EXPECT_EQ(ran(all[0], noon), Duration(0));
}

}  // namespace
}  // namespace busbar::cli::render
