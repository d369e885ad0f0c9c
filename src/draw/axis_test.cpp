// SPDX-License-Identifier: Apache-2.0
#include "draw/axis.hpp"

#include <gtest/gtest.h>

namespace busbar::draw {
namespace {

Instant at(std::chrono::sys_days day, int hours = 0, int seconds = 0) {
  return Instant{std::chrono::duration_cast<Duration>(day.time_since_epoch()) + std::chrono::hours(hours) +
                 std::chrono::seconds(seconds)};
}

std::string told(const std::vector<Tick>& ticks) {
  std::string text;
  for (const Tick& tick : ticks) text += (text.empty() ? "" : " | ") + tick.label;
  return text;
}

TEST(Axis, NumbersStandAtRoundSteps) {
  const struct {
    double most;
    int count;
    const char* ticks;
  } cases[] = {
      {0, 5, "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1"},
      {1, 4, "0 | 0.5 | 1"},
      {8, 4, "0 | 2 | 4 | 6 | 8"},
      {9, 4, "0 | 5 | 10"},
      {2816, 4, "0 | 1,000 | 2,000 | 3,000"},
      {123'456, 5, "0 | 50,000 | 100,000 | 150,000"},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.most);
    EXPECT_EQ(told(number_ticks(row.most, row.count)), row.ticks);
    EXPECT_GE(number_ticks(row.most, row.count).back().value, row.most);
  }
}

TEST(Axis, DatesStandAtRoundTimes) {
  using namespace std::chrono_literals;
  const struct {
    Instant begin, end;
    int count;
    const char* ticks;
  } cases[] = {
      {at(2017y / 10 / 1, 0, 45), at(2017y / 12 / 15), 6,
       "5 Oct | 19 Oct | 2 Nov | 16 Nov | 30 Nov | 14 Dec"},
      {at(2026y / 3 / 2, 9), at(2026y / 3 / 2, 11), 6, "09:00 | 10:00 | 11:00"},
      {at(2026y / 3 / 2, 9), at(2026y / 3 / 4, 11), 5, "12:00 | 3 Mar | 12:00 | 4 Mar"},
      {at(2016y / 1 / 1), at(2026y / 1 / 1), 4, ""},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.ticks);
    const std::vector<Tick> ticks = date_ticks(row.begin, row.end, row.count);
    EXPECT_LE(ticks.size(), std::size_t(row.count) + 1);
    EXPECT_FALSE(ticks.empty());
    if (*row.ticks) {
      EXPECT_EQ(told(ticks), row.ticks);
    }
    for (const Tick& tick : ticks) EXPECT_GE(tick.value, 0);
  }
}

TEST(Axis, WaitsStandByTheirSize) {
  EXPECT_EQ(told(wait_ticks(0)), "1 s | 10 s | 1 min");
  EXPECT_EQ(told(wait_ticks(7200)), "1 s | 10 s | 1 min | 10 min | 1 h | 6 h");
  EXPECT_EQ(wait_place(0, 60), 0);
  EXPECT_EQ(wait_place(1, 60), 0);
  EXPECT_EQ(wait_place(60, 60), 1);
  EXPECT_NEAR(wait_place(60, 3600), 0.5, 1e-9);
  EXPECT_EQ(wait_place(1e9, 60), 1);
  EXPECT_NEAR(wait_at(wait_place(777, 3600), 3600), 777, 1e-6);
}

TEST(Axis, NumbersAreShort) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(1.999), "2");
  EXPECT_EQ(short_number(12.4), "12");
  EXPECT_EQ(short_number(1234567), "1,234,567");
}

}  // namespace
}  // namespace busbar::draw
