// SPDX-License-Identifier: Apache-2.0
// picture.hpp: the few shapes of SVG that the report's plots are made of. Colours and letters are the page's
// (page.cpp); here are only their classes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace busbar::draw {

/// Text of unknown origin for HTML and SVG, in content and in quoted attributes; control characters become
/// '?'.
std::string escaped(std::string_view text);

struct Point {
  double x = 0, y = 0;
};

/// Units are pixels at the width it is drawn for.
class Picture {
 public:
  Picture(double width, double height) : width_(width), height_(height) {}

  void line(Point from, Point to, std::string_view kind);
  void rectangle(Point corner, double width, double height, std::string_view kind);
  void dot(Point at, double radius, std::string_view kind);
  /// Through all points; fewer than two are nothing.
  void curve(const std::vector<Point>& points, std::string_view kind);
  /// The same, down to `floor` filled.
  void area(const std::vector<Point>& points, double floor, std::string_view kind);
  enum class Side { begins, centred, ends };
  void words(Point at, Side side, std::string_view text, std::string_view kind = "t");

  /// `says` is what somebody hears who cannot see it; `kind` is a class of the page.
  std::string svg(std::string_view says, std::string_view kind) const;

 private:
  double width_, height_;
  std::string shapes_;
};

}  // namespace busbar::draw
