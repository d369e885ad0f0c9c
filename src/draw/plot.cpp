// SPDX-License-Identifier: Apache-2.0
#include "draw/plot.hpp"

#include <algorithm>

namespace busbar::draw {

std::string both(const std::function<std::string(const Canvas&)>& draw) { return draw(wide) + draw(narrow); }

void grid(Picture& picture, const Canvas& on, const std::vector<Tick>& numbers) {
  const double top = numbers.back().value;
  for (const Tick& tick : numbers) {
    const double y = on.top + on.down() * (1 - tick.value / top);
    picture.line({on.left, y}, {on.width - on.right, y}, tick.value == 0 ? "axis" : "grid");
    picture.words({on.left - 6, y + 4}, Picture::Side::ends, tick.label);
  }
}

std::string stacked(const std::vector<Stack>& bars, const std::string& says) {
  double most = 0;
  for (const Stack& bar : bars) {
    double sum = 0;
    for (const double part : bar.parts) sum += part;
    most = std::max(most, sum);
  }
  const std::vector<Tick> ticks = number_ticks(most, 5);
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.left = on.width / 5;
    on.right = 22;
    constexpr double row_height = 26;
    on.height = on.top + on.bottom + row_height * double(bars.size());
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down(), last = ticks.back().value;
    for (const Tick& tick : ticks) {
      const double x = on.left + on.across() * tick.value / last;
      picture.line({x, on.top}, {x, floor}, tick.value == 0 ? "axis" : "grid");
      picture.words({x, floor + 19}, Picture::Side::centred, tick.label);
    }
    for (std::size_t k = 0; k < bars.size(); ++k) {
      const double y = on.top + row_height * (double(k) + 0.5);
      picture.words({on.left - 8, y + 4}, Picture::Side::ends, bars[k].name);
      double x = on.left;
      for (std::size_t part = 0; part < bars[k].parts.size(); ++part) {
        const double width = on.across() * bars[k].parts[part] / last;
        picture.rectangle({x, y - 8}, width, 16, "a bar p" + std::to_string(part));
        x += width;
      }
    }
    return picture.svg(says, on.kind);
  });
}

}  // namespace busbar::draw
