// SPDX-License-Identifier: Apache-2.0
#include "wire/quotas.hpp"

#include <gtest/gtest.h>

namespace busbar::wire {
namespace {

TEST(Quotas, AsPeopleWriteThem) {
  struct Row {
    const char* text;
    const char* read;
  };
  constexpr const char* form =
      "; PROJECT=GPUS or PROJECT=GPUS:LIMIT, such as vision=4 or vision=4:8, would be right";
  const Row rows[] = {
      {"vision=4", "vision=4"},
      {"vision=4:8,speech=2", "speech=2,vision=4:8"},
      {"a=2.5:2.50", "a=2.5:2.5"},
      {"a=0:1", "a=0:1"},
      {"a=b=1", "a=b=1"},
      {"none", "none"},
      {"vision", "found \"vision\""},
      {"=4", "found \"=4\""},
      {"a=-1", "found \"a=-1\""},
      {"a=1.2345", "found \"a=1.2345\""},
      {"a=4:", "found \"a=4:\""},
      {"", "found \"\""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto quotas = parse_quotas(row.text);
    const std::string refused = std::string(row.read) + form;
    EXPECT_EQ(quotas ? show(*quotas) : quotas.error().message,
              std::string(row.read).starts_with("found") ? refused : row.read);
  }
  EXPECT_EQ(parse_quotas("a=4:2").error().message,
            "found \"a=4:2\"; a limit of 4 or more, as so much is guaranteed, would be right");
  EXPECT_EQ(parse_quotas("a=4,a=2").error().message,
            "found \"a=2\"; each project once (\"a\" stands there already) would be right");
}

}  // namespace
}  // namespace busbar::wire
