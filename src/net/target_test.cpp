// SPDX-License-Identifier: Apache-2.0
#include "net/target.hpp"

#include <gtest/gtest.h>

#include "net/http.hpp"

namespace busbar::net {
namespace {

struct Row {
  const char* target;
  const char* told;  // path, then name=value of the query; "refused"
};

constexpr Row rows[] = {
    {"/", "/"},
    {"/v1/jobs/7", "/v1/jobs/7"},
    {"/v1/jobs?all=1&project=a%20b", "/v1/jobs all=1 project=a b"},
    {"/a%2Fb?x=1+2&y=%2B", "/a/b x=1 2 y=+"},
    {"/a+b", "/a+b"},
    {"/?x", "/ x="},
    {"/?x=1&&x=2&", "/ x=2"},
    {"/?a=b=c#there", "/ a=b=c"},
    {"", "refused"},
    {"*", "refused"},
    {"http://host/", "refused"},
    {"/%", "refused"},
    {"/%4", "refused"},
    {"/%zz", "refused"},
    {"/?x=%f", "refused"},
};

std::string told(std::string_view target) {
  const auto parsed = parse_target(target);
  if (!parsed) return "refused";
  std::string text = parsed->path;
  for (const auto& [name, value] : parsed->query) text += " " + name + "=" + value;
  return text;
}

TEST(Target, Rows) {
  for (const Row& row : rows) EXPECT_EQ(told(row.target), row.told) << row.target;
}

TEST(Target, WhatIsEncodedComesBackWhateverTheBytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const auto parsed = parse_target("/?x=" + percent_encode(all));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->query.at("x"), all);
}

}  // namespace
}  // namespace busbar::net
