// SPDX-License-Identifier: Apache-2.0
// Who may share a device.
#include "model/share.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/chance.hpp"

namespace busbar::model {
namespace {

/// "0 900 -" : thousandths by sample; each row is a program.
std::size_t devices(const std::vector<Duty>& programs, Sharing sharing, std::int64_t budget_milli = 0) {
  return share(programs, sharing, budget_milli).size();
}

TEST(Share, WhatEachRuleAllows) {
  const Duty day{900, 900, 0, 0}, night{0, 0, 900, 900}, half{500, 500, 500, 500}, rare{0, 0, 0, 900};
  struct Row {
    const char* says;
    std::vector<Duty> programs;
    std::size_t alone, peaks, sigma, means, samples, quarter;
  };
  const Row rows[] = {
      {"busy in turns: only who looks at samples sees it", {day, night}, 2, 2, 2, 1, 1, 1},
      {"busy together: on average there is room", {day, day}, 2, 2, 2, 1, 2, 2},
      {"steady halves", {half, half}, 2, 1, 1, 1, 1, 1},
      {"one sample in four is too much, unless that is the budget", {half, rare}, 2, 2, 2, 1, 2, 1},
      {"nobody", {}, 0, 0, 0, 0, 0, 0},
      {"absent is idle", {{absent, absent, 900, 900}, day}, 2, 2, 2, 1, 1, 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(devices(row.programs, Sharing::alone), row.alone);
    EXPECT_EQ(devices(row.programs, Sharing::peaks), row.peaks);
    EXPECT_EQ(devices(row.programs, Sharing::sigma), row.sigma);
    EXPECT_EQ(devices(row.programs, Sharing::means), row.means);
    EXPECT_EQ(devices(row.programs, Sharing::samples), row.samples);
    EXPECT_EQ(devices(row.programs, Sharing::samples, 250), row.quarter);
  }
}

TEST(Share, ASampleInWhichNobodyIsThereIsNone) {
  const std::vector<Duty> programs{{absent, 600, 600, absent}, {absent, absent, 600, 0}};
  const Pressed both = pressed(programs, {0, 1});
  EXPECT_EQ(both.samples, 3);
  EXPECT_EQ(both.violated, 1);
  EXPECT_EQ(pressed(programs, {}).samples, 0);
}

TEST(Share, EachStandsOnOneDeviceAndNoDeviceIsBeyondTheBudget) {
  Rng chance(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<Duty> programs(1 + chance.below(30));
    for (Duty& duty : programs)
      for (int k = 0; k < 50; ++k) duty.push_back(chance.below(3) == 0 ? int(chance.below(1001)) : 0);
    const auto budget = std::int64_t(chance.below(200));
    std::vector<std::size_t> seen;
    for (const auto& device : share(programs, Sharing::samples, budget)) {
      seen.insert(seen.end(), device.begin(), device.end());
      const Pressed found = pressed(programs, device);
      EXPECT_LE(found.violated * 1000, found.samples * budget);
    }
    std::ranges::sort(seen);
    for (std::size_t k = 0; k < programs.size(); ++k) EXPECT_EQ(seen.at(k), k);
    EXPECT_EQ(seen.size(), programs.size());
  }
}

TEST(Share, RoomBesideIsTheMostThatMayShare) {
  Rng chance(5);
  for (int round = 0; round < 100; ++round) {
    Duty busy;
    for (int k = 0; k < 40; ++k) busy.push_back(chance.below(3) == 0 ? int(chance.below(1001)) : 100);
    const auto budget = std::int64_t(chance.below(300));
    const std::int64_t room = room_beside({busy.begin(), busy.end()}, 1000, budget);
    const auto shares = [&](std::int64_t steady) {
      return devices({busy, Duty(busy.size(), int(steady))}, Sharing::samples, budget) == 1;
    };
    EXPECT_TRUE(shares(room));
    EXPECT_FALSE(shares(room + 1));
  }
  EXPECT_EQ(room_beside({}, 7, 0), 7);
  EXPECT_EQ(room_beside({9}, 7, 0), 0);
}

}  // namespace
}  // namespace busbar::model
