// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/moment.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

TEST(Moment, IsReadAsTracesWriteIt) {
  const struct {
    const char* text;
    const char* means;  // "": refused
  } cases[] = {
      // clang-format off
      {"2017-10-01",               "2017-10-01T00:00:00.000Z"},
      {"2017-10-01 00:00:45",      "2017-10-01T00:00:45.000Z"},
      {"2017-10-01T00:00:45Z",     "2017-10-01T00:00:45.000Z"},
      {"2024-02-29 23:59:59.9876", "2024-02-29T23:59:59.987Z"},
      {"2023-02-29",               ""},
      {"2017-13-01",               ""},
      {"2017-10-01 24:00:00",      ""},
      {"2017-10-01 00:00",         ""},
      {"2017-10-01 00:00:45.",     ""},
      {"2017-10-01 00:00:45 CET",  ""},
      {"1969-12-31",               ""},
      {"+017-10-01",               ""},
      {"Unknown",                  ""},
      {"",                         ""},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.text);
    const Result<Instant> read = parse_moment(row.text);
    ASSERT_EQ(bool(read), *row.means != 0);
    if (read) {
      EXPECT_EQ(text::rfc3339(*read), row.means);
    }
  }
  EXPECT_EQ(parse_moment("yesterday").error().message,
            "found \"yesterday\"; a time such as 2017-10-01 or 2017-10-01 00:00:45 would be right");
}

TEST(Moment, SecondsAreExactToAThousandth) {
  const struct {
    const char* text;
    std::int64_t milli;  // -1: refused
    const char* shown;
  } cases[] = {
      // clang-format off
      {"30",                  30'000, "30"},
      {"2951.0",           2'951'000, "2951"},
      {"0.5",                    500, "0.5"},
      {"0.0019",                   1, "0.001"},
      {"10000",           10'000'000, "10000"},
      {"10000.001",               -1, ""},
      {"1e3",                     -1, ""},
      {"-1",                      -1, ""},
      {".5",                      -1, ""},
      {"5.",                      -1, ""},
      {"nan",                     -1, ""},
      {"99999999999999999999",    -1, ""},
      {"",                        -1, ""},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.text);
    const Result<Duration> read = parse_seconds(row.text, std::chrono::seconds(10'000));
    ASSERT_EQ(read ? read->count() : -1, row.milli);
    if (read) {
      EXPECT_EQ(show_seconds(*read), row.shown);
    }
  }
  EXPECT_EQ(parse_seconds("-1", std::chrono::seconds(9)).error().message,
            "found \"-1\"; seconds from 0 to 9 would be right");
}

}  // namespace
}  // namespace busbar::sim
