// SPDX-License-Identifier: Apache-2.0
// plot.hpp: what the kinds of plot share: their sizes, their grid, and bars made of parts. Each is drawn
// twice, for a wide page and for a narrow one, so that letters stay readable on both; the page shows one of
// them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "draw/axis.hpp"
#include "draw/picture.hpp"

namespace busbar::draw {

/// Sizes of one drawing, in pixels.
struct Canvas {
  const char* kind;  // class of the page
  double width, height;
  double left, right;  // margins
  int dates, numbers;  // how many ticks there is room for
  std::size_t points;  // most of a line
  double top = 12, bottom = 26;

  double across() const { return width - left - right; }
  double down() const { return height - top - bottom; }
};
inline constexpr Canvas wide{"wide", 860, 240, 56, 16, 10, 4, 720},
    narrow{"narrow", 360, 200, 46, 10, 4, 4, 180};

/// The drawing for both.
std::string both(const std::function<std::string(const Canvas&)>& draw);

/// Lines across at these values, which stand beside them; the last is the top.
void grid(Picture& picture, const Canvas& on, const std::vector<Tick>& numbers);

/// A bar made of parts, each darker than the one before it.
struct Stack {
  std::string name;
  std::vector<double> parts;
};
std::string stacked(const std::vector<Stack>& bars, const std::string& says);

}  // namespace busbar::draw
