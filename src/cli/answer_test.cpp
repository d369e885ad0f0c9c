// SPDX-License-Identifier: Apache-2.0
#include "cli/answer.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "cli/base64.hpp"

namespace busbar::cli {
namespace {

TEST(Answer, TimesAreReadAsTheyAreShown) {
  for (const std::int64_t at : {0LL, 1LL, 1'795'251'900'123LL, 951'782'399'999LL}) {
    const Instant instant{Duration(at)};
    EXPECT_EQ(parse_rfc3339(text::rfc3339(instant)), instant);
  }
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z"), Instant(Duration(1000)));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), Instant(Duration(500)));
  for (const char* wrong : {"", "now", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T09:05:00",
                            "2026-11-21T09:05:00+01:00"}) {
    EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
  }
}

TEST(Answer, MissingAndMistypedFieldsAreDefaults) {
  const auto job = read_job(
      *parse_json(R"({"id":"x","array_id":null,"state":"PENDING","tasks":[{"devices":7}],"gpus":3})"));
  EXPECT_EQ(job.id, 0);
  EXPECT_EQ(job.array, 0);
  EXPECT_EQ(job.array_index, -1);
  EXPECT_TRUE(job.waits());
  EXPECT_FALSE(job.over());
  ASSERT_EQ(job.tasks.size(), 1u);
  EXPECT_TRUE(job.tasks[0].devices.empty());
  EXPECT_TRUE(read_job(*parse_json("[1]")).state.empty());
}

TEST(Answer, WhatIsNoJsonIsAnErrorOfOurs) {
  const auto value = parse_json("<html>");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Errc::internal);
}

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("AP8+/w=="), std::string("\0\xff\x3e\xff", 4));
}

}  // namespace
}  // namespace busbar::cli
