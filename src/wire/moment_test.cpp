// SPDX-License-Identifier: Apache-2.0
#include "wire/moment.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace busbar::wire {
namespace {

using namespace std::chrono_literals;

Instant utc(int year, unsigned month, unsigned day, Duration time = 0s) {
  const std::chrono::sys_days date =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return Instant(date.time_since_epoch() + time);
}

/// Thursday, 26 November 2026, half past two in the afternoon, an hour ahead of UTC; two until 25 October.
LocalTime berlin() {
  return {utc(2026, 11, 26, 13h + 30min),
          [](Instant at) { return at < utc(2026, 10, 25, 1h) && at >= utc(2026, 3, 29, 1h) ? 2h : 1h; }};
}

TEST(Moment, Forms) {
  struct Row {
    const char* text;
    const char* utc;
  };
  constexpr Row rows[] = {
      // clang-format off
      {"now",                       "2026-11-26T13:30:00.000Z"},
      {"now+90",                    "2026-11-26T13:31:30.000Z"},
      {"now+1hour",                 "2026-11-26T14:30:00.000Z"},
      {"now+2 weeks",               "2026-12-10T13:30:00.000Z"},
      {"NOW+3Days",                 "2026-11-29T13:30:00.000Z"},
      {"now+2h30m",                 "2026-11-26T16:00:00.000Z"},
      {"now+1:00:00",               "2026-11-26T14:30:00.000Z"},
      {"16:00",                     "2026-11-26T15:00:00.000Z"},
      {"16:00:05",                  "2026-11-26T15:00:05.000Z"},
      {"14:30",                     "2026-11-27T13:30:00.000Z"},
      {"4pm",                       "2026-11-26T15:00:00.000Z"},
      {"4:30 PM",                   "2026-11-26T15:30:00.000Z"},
      {"12am",                      "2026-11-26T23:00:00.000Z"},
      {"noon",                      "2026-11-27T11:00:00.000Z"},
      {"midnight",                  "2026-11-26T23:00:00.000Z"},
      {"teatime",                   "2026-11-26T15:00:00.000Z"},
      {"today",                     "2026-11-25T23:00:00.000Z"},
      {"tomorrow",                  "2026-11-26T23:00:00.000Z"},
      {"tomorrow 8:00",             "2026-11-27T07:00:00.000Z"},
      {"8:00 tomorrow",             "2026-11-27T07:00:00.000Z"},
      {"12/01",                     "2026-11-30T23:00:00.000Z"},
      {"01/31",                     "2027-01-30T23:00:00.000Z"},
      {"12/01/27 noon",             "2027-12-01T11:00:00.000Z"},
      {"2026-12-01",                "2026-11-30T23:00:00.000Z"},
      {"2026-12-01T08:00",          "2026-12-01T07:00:00.000Z"},
      {"2026-12-01T08:00:30",       "2026-12-01T07:00:30.000Z"},
      {"2026-12-01 08:00",          "2026-12-01T07:00:00.000Z"},
      {"2026-12-01T08:00Z",         "2026-12-01T08:00:00.000Z"},
      {"2026-07-01T08:00",          "2026-07-01T06:00:00.000Z"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto moment = parse_moment(row.text, berlin());
    ASSERT_TRUE(moment) << moment.error().message;
    EXPECT_EQ(text::rfc3339(*moment), row.utc);
  }
}

TEST(Moment, WhatIsNoneIsRefusedWithWhatWouldBe) {
  for (const char* text : {"",
                           "soon",
                           "16",
                           "1600",
                           "24:00",
                           "16:60",
                           "4:3",
                           "13pm",
                           "0am",
                           "now+",
                           "now-1",
                           "now+1month",
                           "now+99999999999999",
                           "now+0h",
                           "13/01",
                           "02/30",
                           "120126",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-12-01T8",
                           "16:00Z",
                           "16:00 17:00",
                           "today tomorrow",
                           "pm",
                           "2026-12-01T08:00+01:00",
                           "1969-01-01"}) {
    SCOPED_TRACE(text);
    const auto moment = parse_moment(text, berlin());
    ASSERT_FALSE(moment);
    EXPECT_EQ(moment.error().message,
              "found " + text::quote(text) +
                  "; a moment such as now+2hours, 16:00, 4:30pm, noon, tomorrow 8:00, 2026-12-01 or "
                  "2026-12-01T08:00 would be right");
  }
}

}  // namespace
}  // namespace busbar::wire
