// SPDX-License-Identifier: Apache-2.0
#include "sim/place.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/story_test.hpp"

namespace busbar::sim {
namespace {

Pod pod(std::int64_t gpu_milli, std::int64_t cpus = 1000, const char* model = "") {
  Pod made;
  made.name = "pod-" + std::to_string(gpu_milli) + "-" + std::to_string(cpus) + model;
  made.needs.gpus = Share{gpu_milli};
  made.needs.cpus = Cpus{cpus};
  made.needs.gpu_model = model;
  return made;
}

std::int64_t asked_by(const Experiment& experiment, const std::vector<std::size_t>& order) {
  std::int64_t sum = 0;
  for (const std::size_t k : order) sum += experiment.pods[k].needs.gpus.count;
  return sum;
}

TEST(Arrivals, AreTheListShuffledAndThenDrawnUntilTheLoadIsReached) {
  const Experiment experiment{{box(1, 8), box(2, 8)}, {pod(1000), pod(500), pod(0), pod(2000), pod(250)}};
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    const std::vector<std::size_t> order = arrivals(experiment, seed);
    ASSERT_GE(order.size(), 5u);
    std::vector<std::size_t> list(order.begin(), order.begin() + 5);
    std::ranges::sort(list);
    EXPECT_EQ(list, (std::vector<std::size_t>{0, 1, 2, 3, 4})) << "each once before any comes again";
    EXPECT_LE(asked_by(experiment, order), 20'800) << "130 % of 16 GPUs";
    EXPECT_GT(asked_by(experiment, order), 20'800 - 2000) << "one more would have gone beyond";
    EXPECT_EQ(order, arrivals(experiment, seed));
  }
  EXPECT_NE(arrivals(experiment, 1), arrivals(experiment, 2));
}

TEST(Arrivals, AListThatAsksForMoreLosesPodsDrawnByChance) {
  Experiment experiment{{box(1, 8)}, {}};
  for (int k = 0; k < 40; ++k) experiment.pods.push_back(pod(500));
  std::vector<int> kept(40);
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const std::vector<std::size_t> order = arrivals(experiment, seed);
    EXPECT_EQ(order.size(), 20u) << "10.4 GPUs of 8 x 130 %";
    for (const std::size_t k : order) ++kept[k];
  }
  EXPECT_GT(*std::ranges::min_element(kept), 140) << "each is kept half of the times";
  EXPECT_LT(*std::ranges::max_element(kept), 260);
}

TEST(Place, WhatFitsIsPlacedTheRestDroppedAndNobodyLeaves) {
  const Experiment experiment{{box(1, 4), box(2, 4)}, {pod(4000), pod(1000), pod(500), pod(3000, 99'000)}};
  std::vector<std::int64_t> free(8, 1000);
  std::int64_t placed = 0, dropped = 0, held = 0;
  const Outcome outcome = place(experiment, 42, [&](const Placement& told) {
    const model::Resources& needs = experiment.pods[told.pod].needs;
    if (!told.node) {
      ++dropped;
      return;
    }
    ++placed;
    EXPECT_LT(needs.cpus.count, 99'000) << "no node has so many";
    ASSERT_EQ(std::int64_t(told.devices.size()), (needs.gpus.count + 999) / 1000);
    for (const int device : told.devices) {
      std::int64_t& left = free[*told.node * 4 + std::size_t(device)];
      left -= needs.gpus.count / std::int64_t(told.devices.size());
      EXPECT_GE(left, 0) << "a device is given out twice";
    }
    held += needs.gpus.count;
  });
  EXPECT_EQ(outcome.capacity, Share{8000});
  EXPECT_EQ(outcome.placed, placed);
  EXPECT_EQ(outcome.dropped, dropped);
  EXPECT_EQ(placed + dropped, std::int64_t(arrivals(experiment, 42).size()));
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(outcome.levels.back().allocated, Share{held});
}

TEST(Place, LevelsAreWhatIsGivenOutWhenSoMuchHasBeenAskedFor) {
  Experiment experiment{{box(1, 10)}, {pod(1000)}};
  const auto levels = [&] {
    std::string told;
    for (const Level& level : place(experiment, 1, [](const Placement&) {}).levels)
      told += std::to_string(level.percent) + ":" + std::to_string(level.allocated.count) + " ";
    return told;
  };
  EXPECT_EQ(levels(), "90:9000 100:10000 110:10000 120:10000 130:10000 ");
  experiment.load_milli = 950;
  EXPECT_EQ(levels(), "90:9000 95:9000 ");
  experiment.load_milli = 500;
  EXPECT_EQ(levels(), "50:5000 ");
  experiment.pods = {pod(8000)};
  experiment.load_milli = 1300;
  EXPECT_EQ(levels(), "90:8000 100:8000 110:8000 120:8000 130:8000 ") << "a second one would ask for 160 %";
}

TEST(Place, ADroppedPodTakesNoLaterPlace) {
  // Of ten arrivals of 3 GPUs each 2 fit on 8; the rest is dropped although single GPUs stay free.
  const Experiment experiment{{box(1, 8)}, {pod(3000)}, model::Rules::Fit::best, 4000};
  const Outcome outcome = place(experiment, 7, [](const Placement&) {});
  EXPECT_EQ(outcome.placed, 2);
  EXPECT_EQ(outcome.dropped, 8);
}

TEST(Place, RefusesWhatCannotBeMeasured) {
  EXPECT_FALSE(check({{box(1, 0)}, {pod(1000)}}));
  EXPECT_FALSE(check({{box(1, 1)}, {pod(0)}}));
  EXPECT_TRUE(check({{box(1, 1)}, {pod(1000)}}));
}

TEST(Pods, Rows) {
  const auto told = [](const std::string& rows, bool lenient = false) -> std::string {
    Result<Csv> csv =
        Csv::read("pods.csv", source_of("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n" + rows));
    const Result<PodList> list = read_pods(std::move(*csv), lenient);
    if (!list) return list.error().message;
    std::string all;
    for (const Pod& each : list->pods)
      all += each.name + " " + std::to_string(each.needs.cpus.count) + " " +
             std::to_string(each.needs.memory.count >> 20) + " " + std::to_string(each.needs.gpus.count) +
             " " + each.needs.gpu_model + ";";
    return all + (list->refused.rows
                      ? " skipped " + std::to_string(list->refused.rows) + ": " + list->refused.first
                      : "");
  };
  struct Row {
    const char* says;
    const char* rows;
    const char* told;
  };
  const Row rows[] = {
      // clang-format off
      {"a share of one GPU",        "p,6000,12288,1,460,,LS\n",       "p 6000 12288 460 ;"},
      {"several are whole",         "p,6000,12288,8,1000,V100|T4,LS\n", "p 6000 12288 8000 V100|T4;"},
      {"none needs no model",       "p,500,0,0,0,V100,LS\n",          "p 500 0 0 ;"},
      {"a negative number",         "p,-1,0,0,0,,LS\n",
       "pods.csv:2: cpu_milli: found \"-1\"; a whole number from 0 to 1000000000 would be right"},
      {"10^12 GPUs",                "p,1,0,1000000000000,1000,,LS\n",
       "pods.csv:2: num_gpu: found \"1000000000000\"; a whole number from 0 to 1024 would be right"},
      {"a part of several GPUs",    "p,1,0,2,500,,LS\n",
       "pods.csv:2: gpu_milli: found \"500\"; a whole number from 1000 to 1000 would be right"},
      {"nothing of a GPU",          "p,1,0,1,0,,LS\n",
       "pods.csv:2: gpu_milli: found \"0\"; a whole number from 1 to 1000 would be right"},
      {"a name twice",              "p,1,0,0,0,,LS\nq,1,0,0,0,,LS\np,1,0,0,0,,LS\n",
       "pods.csv:4: name: \"p\" stands here a second time; each name once would be right"},
      {"no name",                   ",1,0,0,0,,LS\n", "pods.csv:2: name: found nothing; the pod's name would be right"},
      {"a row that is cut",         "p,1,0\n",
       "pods.csv:2: found 3 fields; 7, as in the header, would be right"},
      {"no row",                    "", "pods.csv:1: found no pod that can be read; one row at least would be right"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(told(row.rows), row.told);
  }
  EXPECT_EQ(told("p,1,0,0,0,,LS\nq,-1,0,0,0,,LS\np,1,0,0,0,,LS\nr,2,0,0,0,,LS\n", true),
            "p 1 0 0 ;r 2 0 0 ; skipped 2: pods.csv:3: cpu_milli: found \"-1\"; a whole number from 0 to "
            "1000000000 "
            "would be right");
}

}  // namespace
}  // namespace busbar::sim
