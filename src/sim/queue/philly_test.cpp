// SPDX-License-Identifier: Apache-2.0
// The published Philly jobs against what the Helios artifact's own simulator made of them. The data lies
// beside the checkout (../shared, or where BUSBAR_SHARED says); without it this test says so and is passed
// over.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <tuple>

#include "sim/queue.hpp"
#include "sim/trace/csv.hpp"

namespace busbar::sim {
namespace {

/// The folder of the traces, "" where it is not there.
std::string philly() {
  const char* given = std::getenv("BUSBAR_SHARED");
  const std::string shared = given != nullptr ? given : BUSBAR_SOURCE_DIR "/../shared";
  const std::string folder = shared + "/data/traces/philly/";
  return std::filesystem::exists(folder + "philly_jobs_dev.csv.gz") ? folder : "";
}

QueueQuestion slice(const std::string& folder, const char* policy, std::int64_t scale) {
  QueueQuestion question;
  question.jobs = folder + "philly_jobs_dev.csv.gz";
  question.cluster = folder + "philly_vc.csv";
  question.policy = *model::policy_named(policy);
  question.scale = scale;
  question.since = *parse_moment("2017-10-01");
  question.until = *parse_moment("2017-12-01");
  question.drop = {"795a4c", "51b7ef", "925e2b", "23dbec"};
  return question;
}

/// Jobs that are alike in all this are one another's equal: cluster, submission, GPUs, duration.
using Like = std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>;

struct Expected {
  std::map<Like, std::multiset<std::int64_t>> starts;
  std::map<std::string, Sums> clusters;
  std::int64_t jobs = 0;
};

Result<Expected> read_expected(const std::string& path) {
  Result<Csv> csv = Csv::open(path);
  if (!csv) return csv.error();
  const std::size_t vc = *csv->column("vc"), submit = *csv->column("submit_time"),
                    gpus = *csv->column("gpu_num"), runs = *csv->column("duration"),
                    start = *csv->column("start_time");
  Expected expected;
  for (;;) {
    const Result<bool> row = csv->next();
    if (!row) return row.error();
    if (!*row) return expected;
    const auto number = [&](std::size_t column) { return *csv->whole(column, 0, std::int64_t{1} << 40); };
    const std::string name((*csv)[vc]);
    expected.starts[{name, number(submit), number(gpus), number(runs)}].insert(number(start));
    JobOutcome job;
    job.submitted = Instant{std::chrono::seconds(number(submit))};
    job.held = job.ran = std::chrono::seconds(number(runs));
    job.ended = Instant{std::chrono::seconds(number(start))} + job.ran;
    expected.clusters.try_emplace(name).first->second.add(job);
    ++expected.jobs;
  }
}

TEST(Philly, FifoConsolidateStartsJobsWhenHeliosDoes) {
  const std::string folder = philly();
  if (folder.empty())
    GTEST_SKIP() << "the Philly traces are not at BUSBAR_SHARED or ../shared: SKIPPED aloud";
  Result<Expected> expected = read_expected(folder + "oracle_helios_fifo_consolidate_dev.csv.gz");
  ASSERT_TRUE(expected) << expected.error().message;

  std::int64_t equal = 0;
  QueueWatch watch;
  watch.over = [&](const JobOutcome& job, Instant begin) {
    const auto seconds = [](Duration duration) { return std::int64_t(duration / std::chrono::seconds(1)); };
    auto& starts = expected->starts[{job.group, seconds(job.submitted - begin), job.gpus, seconds(job.ran)}];
    if (const auto found = starts.find(seconds(job.started - begin)); found != starts.end()) {
      starts.erase(found);
      ++equal;
    }
  };
  const Result<QueueAnswer> answer = replay_queue(slice(folder, "fifo-consolidate", 1000), watch);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->measures.all().jobs, expected->jobs);
  EXPECT_GE(double(equal), 0.9985 * double(expected->jobs))
      << equal << " of " << expected->jobs << " starts are equal";
  for (const auto& [name, sums] : expected->clusters) {
    SCOPED_TRACE(name);
    const Sums& ours = answer->measures.by_group().at(name);
    EXPECT_NEAR(ours.mean_completion(), sums.mean_completion(), 1e-4 * sums.mean_completion());
    EXPECT_NEAR(ours.mean_wait(), sums.mean_wait(), 1e-4 * sums.mean_wait());
  }
}

}  // namespace
}  // namespace busbar::sim
