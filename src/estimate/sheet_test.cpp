// SPDX-License-Identifier: Apache-2.0
#include "estimate/sheet.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace busbar::estimate {
namespace {

TEST(Sheet, FieldsAreFoundByTheHeadersNames) {
  const auto sheet = Sheet::parse("s.csv", "# facts, with commas\na,b\r\n1,\"x, \"\"y\"\"\nz\"\n\n2,\n");
  ASSERT_TRUE(sheet) << sheet.error().message;
  ASSERT_EQ(sheet->rows(), 2u);
  EXPECT_EQ(sheet->at(0, "b"), "x, \"y\"\nz");
  EXPECT_EQ(**sheet->number(1, "a", 0, 10), 2);
  EXPECT_FALSE(*sheet->number(1, "b", 0, 10)) << "blank: the source does not say";
  EXPECT_EQ(sheet->at(1, "none"), "");
}

struct Refusal {
  const char* text;
  const char* says;
};
constexpr Refusal refusals[] = {
    {"", "s.csv: is empty; a line with the names of the columns would be right"},
    {"a,a\n", "s.csv:1: the column \"a\" is there twice"},
    {"a,b\n1\n", "s.csv:2: found 1 fields; 2, as in the header, would be right"},
    {"a\n\"1\n2\n", "s.csv:2: a quote is not closed"},
    {"a\n\"1\"2\n", "s.csv:2: a closed quote is followed by text; a comma would be right"},
    {"a\n\xff\n", "s.csv:2: found \"\\xFF\"; UTF-8 would be right"},
};
TEST(Sheet, RefusalsNameTheLine) {
  for (const Refusal& refusal : refusals) {
    const auto sheet = Sheet::parse("s.csv", refusal.text);
    ASSERT_FALSE(sheet) << refusal.says;
    EXPECT_EQ(sheet.error().message, refusal.says);
  }
}

TEST(Sheet, NumbersAreWithinTheirBounds) {
  const auto sheet = Sheet::parse("s.csv", "gpus\n0\nnan\n1e400\n0x8\n");
  ASSERT_TRUE(sheet);
  EXPECT_EQ(sheet->number(0, "gpus", 1, 1e6).error().message,
            "s.csv:2: gpus: found \"0\"; a number from 1 to 1e+06 would be right");
  for (std::size_t row = 1; row < sheet->rows(); ++row)
    EXPECT_FALSE(sheet->number(row, "gpus", 0, 1e6)) << row;
  EXPECT_EQ(sheet->needed("gpu").error().message, "s.csv: has no column gpu; there are gpus");
}

RC_GTEST_PROP(Sheet, WhatIsQuotedComesBack, (const std::string& ascii)) {
  std::string field, quoted;
  for (const char c : ascii) {
    if (static_cast<unsigned char>(c) >= 0x80) continue;
    field += c, quoted += c;
    if (c == '"') quoted += '"';
  }
  const auto sheet = Sheet::parse("s.csv", "a,b\n\"" + quoted + "\",1\n");
  RC_ASSERT(bool(sheet));
  RC_ASSERT(sheet->at(0, 0) == field);
}

}  // namespace
}  // namespace busbar::estimate
