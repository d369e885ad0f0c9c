// SPDX-License-Identifier: Apache-2.0
#include "model/workload.hpp"

#include <gtest/gtest.h>

namespace busbar::model {
namespace {

JobSpec asks(std::int64_t gpu_milli, std::int64_t cpus = 1) {
  JobSpec spec;
  spec.each.gpus = Share{gpu_milli};
  spec.each.cpus = Cpus{cpus * 1000};
  return spec;
}

std::int64_t sum(const std::map<Want, std::int64_t>& counts) {
  std::int64_t all = 0;
  for (const auto& [want, count] : counts) all += count;
  return all;
}

TEST(Workload, TasksThatAskForTheSameAreOneKind) {
  Workload workload;
  arrive(workload, asks(500), 1);
  arrive(workload, asks(500), 3);
  arrive(workload, asks(500, 2), 1);
  ASSERT_EQ(workload.seen.size(), 2u);
  EXPECT_EQ(workload.seen.begin()->second, 4);
}

TEST(Workload, IsLearnedFromEachTimeItHasDoubled) {
  Workload workload;
  std::vector<std::int64_t> learned_at;
  for (int k = 1; k <= 200'000; ++k)
    if (arrive(workload, asks(k % 7 * 100), 1)) learned_at.push_back(k);
  EXPECT_EQ(learned_at, (std::vector<std::int64_t>{2,     4,     8,     16,     32,     64,    128,
                                                   256,   512,   1024,  2048,   4096,   8192,  16384,
                                                   32768, 65536, 98304, 131072, 163840, 196608}));
}

TEST(Workload, OldWorkFades) {
  Workload workload;
  for (int k = 0; k < 40'000; ++k) arrive(workload, asks(500), 1);
  for (int k = 0; k < 200'000; ++k) arrive(workload, asks(300), 1);
  EXPECT_LT(workload.seen[Want({Share{500}, Cpus{1000}, Bytes{}, ""})], 600);
  EXPECT_LE(sum(workload.seen), 34'000);
}

TEST(Workload, OneLargeArrayIsNotAllThatIsKnown) {
  Workload workload;
  arrive(workload, asks(500), 100'000);
  EXPECT_EQ(sum(workload.seen), 1024);
}

TEST(Workload, HasABoundOnKinds) {
  Workload workload;
  for (int k = 0; k < 100'000; ++k) arrive(workload, asks(k), 1);
  EXPECT_LE(workload.seen.size(), 512u);
}

}  // namespace
}  // namespace busbar::model
