// SPDX-License-Identifier: Apache-2.0
// What a replay of a few jobs comes to, by rules whose result can be worked out by hand.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/text.hpp"
#include "sim/queue.hpp"

namespace busbar::sim {
namespace {

/// "at+runs gGPUs" in minutes, one job each: "0+10 g4, 1+5 g8".
std::string philly(const std::string& jobs) {
  std::string text = "timestamp,duration,num_gpus,cluster\n";
  for (const std::string& part : text::split(jobs, ',')) {
    int at = 0, runs = 0, gpus = 0;
    char cluster = 'a';
    const int read = std::sscanf(part.c_str(), " %d+%d g%d %c", &at, &runs, &gpus, &cluster);
    EXPECT_GE(read, 3) << part;
    char row[100];
    std::snprintf(row, sizeof row, "2017-10-01 %02d:%02d:00,%d,%d,%c\n", at / 60, at % 60, runs * 60, gpus,
                  cluster);
    text += row;
  }
  return text;
}

class Replay : public testing::Test {
 protected:
  Replay() { std::filesystem::create_directory(folder_); }
  ~Replay() override { std::filesystem::remove_all(folder_); }

  std::string file(const char* name, const std::string& text) {
    std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  QueueQuestion question(const std::string& jobs, const std::string& cluster, const char* policy) {
    QueueQuestion question;
    question.jobs = file("jobs.csv", philly(jobs));
    question.cluster = cluster;
    const model::Policy* found = model::policy_named(policy);
    EXPECT_NE(found, nullptr) << policy;
    if (found) question.policy = *found;
    return question;
  }
  /// When each job started, in minutes, by its place in the trace; or the error.
  std::string starts(const QueueQuestion& question) {
    std::map<std::int64_t, std::int64_t> by_number;
    QueueWatch watch;
    watch.over = [&](const JobOutcome& job, Instant begin) {
      by_number[job.number] = (job.started - begin) / std::chrono::minutes(1);
    };
    const Result<QueueAnswer> answer = replay_queue(question, watch);
    if (!answer) return answer.error().message;
    std::string text;
    for (const auto& [number, minute] : by_number) text += (text.empty() ? "" : " ") + std::to_string(minute);
    return text;
  }

  std::string folder_ = testing::TempDir() + "replay." + std::to_string(::getpid());
};

TEST_F(Replay, StartsJobsAsThePolicySays) {
  const struct {
    const char* says;
    const char* policy;
    const char* cluster;
    const char* jobs;
    const char* starts;
  } cases[] = {
      // clang-format off
      {"an empty cluster starts at once",           "fifo",           "1x8", "0+10 g8",                       "0"},
      {"a full one lets wait",                      "fifo",           "1x8", "0+10 g8, 1+5 g1",               "0 10"},
      {"a release comes before an arrival",         "fifo",           "1x8", "0+10 g8, 10+5 g8",              "0 10"},
      {"the first that waits blocks",               "fifo",           "1x8", "0+10 g4, 1+5 g8, 2+1 g1",       "0 10 15"},
      {"unless whoever fits may pass",              "fifo-any",       "1x8", "0+10 g4, 1+5 g8, 2+1 g1",       "0 10 2"},
      {"the shortest goes first where all is known","sjf-oracle",     "1x8", "0+10 g8, 1+9 g8, 2+5 g8",       "0 15 10"},
      {"the shortest blocks likewise",              "sjf-oracle",     "1x8", "0+10 g4, 1+2 g8, 2+5 g1",       "0 10 12"},
      {"unless whoever fits may pass",              "sjf-oracle-any", "1x8", "0+10 g4, 1+2 g8, 2+5 g1",       "0 10 2"},
      {"jobs need not stand in order",              "fifo",           "1x8", "5+5 g8, 0+10 g8",               "10 0"},
      {"equal times go by their place",             "fifo",           "1x8", "0+5 g8, 0+3 g8, 0+1 g8",        "0 5 8"},
      {"too much is cut down to all there is",      "fifo",           "2x8", "0+5 g64, 1+5 g1",               "0 5"},
      {"12 GPUs take two nodes of 8",               "fifo",           "2x8", "0+5 g12, 1+5 g4, 1+5 g1",       "0 1 5"},
      {"a run of no time is one",                   "fifo",           "1x8", "0+0 g8, 0+1 g8",                "0 0"},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(starts(question(row.jobs, row.cluster, row.policy)), row.starts);
  }
}

TEST_F(Replay, VirtualClustersAreSealedUnlessPooled) {
  QueueQuestion sealed = question("0+10 g8 a, 1+5 g8 a, 2+5 g8 b", "", "fifo");
  sealed.cluster = file("vc.csv", "vc,node num\na,1\nb,1\n");
  EXPECT_EQ(starts(sealed), "0 10 2");
  sealed.pool = true;
  EXPECT_EQ(starts(sealed), "0 1 6");
  sealed.more = "1x8";
  EXPECT_EQ(starts(sealed), "0 1 2");
  sealed.pool = false;
  sealed.more = "";
  sealed.drop = {"b"};  // and its machines
  EXPECT_EQ(starts(sealed), "0 10");
  sealed.drop = {};
  sealed.more = "1x8";
  EXPECT_EQ(
      starts(sealed),
      "--more: there are 2 virtual clusters and it would have to be one of them; with --pool it is for all");
}

TEST_F(Replay, ClustersMayLendWhatTheyDoNotNeed) {
  // b's job borrows a's node, and goes back to its own when a wants it: it saved at minute 20, loses 5, and
  // needs 2 to be back.
  QueueQuestion asked = question("0+60 g16 b, 25+10 g8 a", "", "fifo");
  asked.cluster = file("vc.csv", "vc,node num\na,1\nb,1\n");
  asked.shares = true;
  EXPECT_TRUE(starts(asked).starts_with("job 1: needs 16 GPUs; project \"b\" holds 0 and is guaranteed 8"))
      << "for good it gets no more than its own";
  asked.saves_every = std::chrono::minutes(20);
  std::map<std::int64_t, JobOutcome> over;
  QueueWatch watch;
  watch.over = [&](const JobOutcome& job, Instant) { over[job.number] = job; };
  const Result<QueueAnswer> answer = replay_queue(asked, watch);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(over.at(2).started - over.at(2).submitted, Duration{0});
  EXPECT_EQ(over.at(1).attempts, 2);
  EXPECT_EQ(over.at(1).ended - over.at(1).submitted, std::chrono::minutes(25 + 10 + 2 + 40));
  EXPECT_EQ(answer->pools, 1);
  asked.cluster = "2x8";
  EXPECT_EQ(starts(asked),
            "--shares: 2x8 is one pool; a table of virtual clusters (vc, node num) would be right");
}

TEST_F(Replay, AJobWithoutMachinesIsRefusedOrCounted) {
  QueueQuestion asked = question("0+10 g8 a, 1+5 g8 c", "", "fifo");
  asked.cluster = file("vc.csv", "vc,node num\na,1\n");
  EXPECT_EQ(starts(asked), asked.jobs + ": job 2 is of \"c\", which has no machines in " + asked.cluster +
                               "; --drop-vc c leaves its jobs out, --pool puts all machines together");
  asked.lenient = true;
  const Result<QueueAnswer> answer = replay_queue(asked);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->measures.all().jobs, 1);
  EXPECT_EQ(answer->skipped.refused, 1);
  asked.lenient = false;
  asked.drop = {"c"};
  EXPECT_EQ(starts(asked), "0");
}

TEST_F(Replay, TakesASpanOfTime) {
  QueueQuestion asked = question("0+1 g1, 60+1 g1, 120+1 g1", "1x8", "fifo");
  asked.since = *parse_moment("2017-10-01 01:00:00");
  asked.until = *parse_moment("2017-10-01 02:00:00");
  const Result<QueueAnswer> answer = replay_queue(asked);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->measures.all().jobs, 1);
  EXPECT_EQ(answer->skipped.unwanted, 2);
  asked.since = *parse_moment("2018-01-01");
  asked.until = {};
  EXPECT_EQ(starts(asked),
            asked.jobs + ": found no job to replay, all 3 being outside of what was asked for");
}

TEST_F(Replay, IsSummedUp) {
  // 8 GPUs: one job runs 10 minutes on all of them, the next waits 9 and runs 5, the third waits 13 and
  // runs 1.
  const Result<QueueAnswer> answer = replay_queue(question("0+10 g8, 1+5 g8, 2+1 g1", "1x8", "fifo"));
  ASSERT_TRUE(answer) << answer.error().message;
  const Measures& all = answer->measures;
  EXPECT_DOUBLE_EQ(all.all().mean_completion(), (10 + 14 + 14) * 60 / 3.0);
  EXPECT_DOUBLE_EQ(all.all().mean_wait(), (0 + 9 + 13) * 60 / 3.0);
  EXPECT_DOUBLE_EQ(all.all().waits.seconds_at(500), 9 * 60);
  EXPECT_EQ(all.end() - all.begin(), std::chrono::minutes(16));
  EXPECT_DOUBLE_EQ(all.utilisation(), (80 + 40 + 1) / (8 * 16.0));
  EXPECT_EQ(all.requeues(), 0);
  EXPECT_EQ(all.lost_gpu_hours(), 0);
  EXPECT_EQ(all.by_size()[size_class_of(8)].jobs, 2);
  EXPECT_EQ(all.held().averages(all.end()).at(12), 8);
  EXPECT_EQ(all.held().averages(all.end()).at(15), 1);
  EXPECT_EQ(all.waiting().averages(all.end()).at(5), 2);
  EXPECT_FALSE(answer->recorded);
}

TEST_F(Replay, ALogThatKnowsItsMachinesNeedsNoOthers) {
  QueueQuestion asked;
  asked.jobs = file("log.swf",
                    "; MaxNodes: 2\n; MaxProcs: 8\n"
                    "1 0 0 600 8 -1 -1 8 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"
                    "2 60 1140 60 1 -1 -1 1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n");
  asked.policy = *model::policy_named("fifo");
  EXPECT_EQ(starts(asked), "0 10");
  const Result<QueueAnswer> answer = replay_queue(asked);
  ASSERT_TRUE(answer && answer->recorded);
  EXPECT_DOUBLE_EQ(answer->measures.all().mean_wait(), 540 / 2.0);
  EXPECT_DOUBLE_EQ(answer->recorded->all().mean_wait(), 1140 / 2.0);  // as it went, there it waited longer
  EXPECT_EQ(answer->recorded->end() - answer->recorded->begin(), std::chrono::minutes(21));
}

}  // namespace
}  // namespace busbar::sim
