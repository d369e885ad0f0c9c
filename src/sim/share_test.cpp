// SPDX-License-Identifier: Apache-2.0
// Sharing devices, decided by one half of a record and judged by the other.
#include "sim/share.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace busbar::sim {
namespace {

namespace fs = std::filesystem;

/// A file of these rows below a header.
class Sheet {
 public:
  explicit Sheet(const std::string& rows)
      : path_(fs::temp_directory_path() / ("busbar-duty-" + std::to_string(::getpid()) + ".csv")) {
    std::ofstream(path_) << "timestamp_anon,value,container_ip\n" << rows;
  }
  ~Sheet() { fs::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

TEST(ShareRecord, ReadsWhoTookHowMuchWhen) {
  const Sheet sheet("60.0,12.34,b\n0.0,50,a\n120,0,a\n180,99.96,b\n");
  const Result<DutyRecord> record = read_duty(sheet.path());
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(record->moments, 4);
  const int absent = model::absent;
  EXPECT_EQ(record->programs[0], (model::Duty{500, absent, 0, absent}));
  EXPECT_EQ(record->programs[1], (model::Duty{absent, 123, absent, 1000}));
}

TEST(ShareRecord, MistakesNameLineFoundAndRight) {
  struct Row {
    const char *says, *rows, *error;
  };
  const Row rows[] = {
      {"more than a device", "0,50,a\n1,100.5,a\n", ":3: value: found \"100.5\"; 0 to 100 percent"},
      {"less than nothing", "0,-1,a\n", ":2: value: found \"-1\""},
      {"no number", "0,nan,a\n", ":2: value: found \"nan\""},
      {"no time", "soon,1,a\n", ":2: timestamp_anon: found \"soon\""},
      {"no name", "0,1,\n", ":2: container_ip: found nothing"},
      {"twice at one moment", "0,1,a\n0,2,a\n", ":3: container_ip: \"a\" stands here a second time"},
      {"too short", "0,1,a\n1,1,a\n", "found 2 moments; 4 at least"},
      {"a row that is cut", "0,1\n", ":2:"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    const Sheet sheet(row.rows);
    const Result<DutyRecord> record = read_duty(sheet.path());
    ASSERT_FALSE(record);
    EXPECT_NE(record.error().message.find(row.error), std::string::npos) << record.error().message;
  }
  EXPECT_FALSE(read_duty("/nowhere/duty.csv"));
}

TEST(ShareExperiment, LearnsFromTheFirstHalfAloneAndIsJudgedByTheSecond) {
  DutyRecord record;
  record.moments = 8;
  record.names = {"day", "night", "late"};
  const int absent = model::absent;
  record.programs = {{900, 900, 0, 0, 900, 900, 900, 0},
                     {0, 0, 900, 900, 0, 0, 900, 900},
                     {absent, absent, absent, absent, 10, 10, 10, 10}};
  const ShareAnswer answer = share_experiment(record, 0);
  EXPECT_EQ(answer.programs, 3);
  EXPECT_EQ(answer.unknown, 1);
  const ShareOutcome &alone = answer.outcomes.front(), &ours = answer.outcomes.back();
  EXPECT_EQ(alone.devices, 3);
  EXPECT_EQ(alone.violated, 0);
  EXPECT_EQ(ours.devices, 2) << "the two that took turns share, the one that came late stands alone";
  EXPECT_EQ(ours.samples, 8);
  EXPECT_EQ(ours.violated, 1) << "at the seventh moment they no longer took turns";
  EXPECT_EQ(ours.worst_violated, 1);
  EXPECT_EQ(ours.worst_samples, 4);
  EXPECT_EQ(answer.foresight.devices, 2);
  EXPECT_EQ(answer.foresight.violated, 0);
}

TEST(ShareExperiment, OnTheRecordedServersTheBudgetIsKept) {
  const char* shared = std::getenv("BUSBAR_SHARED");
  const fs::path path = fs::path(shared ? shared : "../shared") /
                        "data/traces/alibaba_genai_2026/pod_gpu_duty_cycle_anon.csv.gz";
  if (!fs::exists(path))
    GTEST_SKIP() << "there is no " << path << "; BUSBAR_SHARED names the folder that holds data/traces";
  const Result<DutyRecord> record = read_duty(path.string());
  ASSERT_TRUE(record) << record.error().message;
  const ShareAnswer answer = share_experiment(*record, 10);
  const ShareOutcome& ours = answer.outcomes.back();
  EXPECT_LE(ours.violated * 1000, ours.samples * 10);
  EXPECT_LT(ours.devices, answer.programs * 6 / 10);
  EXPECT_GE(ours.devices, answer.foresight.devices);
}

}  // namespace
}  // namespace busbar::sim
