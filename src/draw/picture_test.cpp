// SPDX-License-Identifier: Apache-2.0
#include "draw/picture.hpp"

#include <gtest/gtest.h>

namespace busbar::draw {
namespace {

TEST(Picture, NamesFromATraceStayText) {
  const struct {
    const char* text;
    const char* safe;
  } cases[] = {
      {"vision", "vision"},
      {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
      {"a & b", "a &amp; b"},
      {"\" onload=\"x", "&quot; onload=&quot;x"},
      {"it's", "it&#39;s"},
      {"two\nlines\x1b[31m", "two?lines?[31m"},
      {"M\xC3\xBCller", "M\xC3\xBCller"},
  };
  for (const auto& row : cases) EXPECT_EQ(escaped(row.text), row.safe);
}

TEST(Picture, IsMadeOfShapes) {
  Picture picture(100, 50);
  picture.line({0, 1.25}, {10, 20}, "grid");
  picture.curve({{0, 0}}, "a");  // one point is no line
  picture.curve({{0, 0}, {5.04, 10.06}}, "a");
  picture.area({{0, 5}, {10, 6}}, 50, "b");
  picture.words({3, 4}, Picture::Side::ends, "<0>");
  EXPECT_EQ(
      picture.svg("jobs \"over\" time", "wide"),
      "<svg class=\"wide\" viewBox=\"0 0 100 50\" role=\"img\" aria-label=\"jobs &quot;over&quot; time\">"
      "<line x1=\"0\" y1=\"1.3\" x2=\"10\" y2=\"20\" class=\"grid\"/>"
      "<path d=\"M0 0L5 10.1\" class=\"a\"/>"
      "<path d=\"M0 5L10 6L10 50L0 50Z\" class=\"b\"/>"
      "<text x=\"3\" y=\"4\" text-anchor=\"end\" class=\"t\">&lt;0&gt;</text></svg>");
}

}  // namespace
}  // namespace busbar::draw
