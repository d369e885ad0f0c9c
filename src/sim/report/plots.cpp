// SPDX-License-Identifier: Apache-2.0
#include "sim/report/plots.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "draw/axis.hpp"
#include "draw/picture.hpp"
#include "draw/plot.hpp"

namespace busbar::sim {
using namespace draw;
namespace {

constexpr const char* line_kinds[] = {"a line", "b line"};
constexpr const char* bar_kinds[] = {"a bar", "b bar"};
constexpr const char* dot_kinds[] = {"a dot", "b dot"};

/// No more than `most` values: averages of as many as it takes.
Series thinned(const Series& series, std::size_t most) {
  const std::size_t each = (series.values.size() + most - 1) / most;
  if (each <= 1) return series;
  Series made{series.begin, series.span * std::int64_t(each), {}};
  for (std::size_t at = 0; at < series.values.size(); at += each) {
    const std::size_t count = std::min(each, series.values.size() - at);
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) sum += series.values[at + k];
    made.values.push_back(sum / double(count));
  }
  return made;
}

}  // namespace

Series series_of(const Timeline& timeline, Instant until) {
  return {timeline.begin(), timeline.span(), timeline.averages(until)};
}

std::string over_time(const std::vector<Series>& lines, Instant end, double most, const std::string& says) {
  return both([&](const Canvas& on) {
    Picture picture(on.width, on.height);
    std::vector<Series> drawn;
    double highest = most;
    for (const Series& line : lines) {
      drawn.push_back(thinned(line, on.points));
      for (const double value : drawn.back().values) highest = std::max(highest, value);
    }
    const Instant begin = lines.front().begin;
    const double seconds = std::max(double((end - begin).count()) / 1000, 1.0);
    const std::vector<Tick> numbers = number_ticks(highest, on.numbers);
    const double top = numbers.back().value, floor = on.top + on.down();
    grid(picture, on, numbers);
    for (const Tick& tick : date_ticks(begin, end, on.dates)) {
      const double x = on.left + on.across() * tick.value / seconds;
      picture.line({x, floor}, {x, floor + 4}, "axis");
      picture.words({std::min(x, on.width - 18), floor + 19}, Picture::Side::centred, tick.label);
    }
    for (std::size_t k = 0; k < drawn.size(); ++k) {
      const Series& line = drawn[k];
      std::vector<Point> points;
      for (std::size_t at = 0; at < line.values.size(); ++at) {
        const double middle = double((line.span * std::int64_t(2 * at + 1) / 2).count()) / 1000;
        points.push_back(
            {on.left + on.across() * middle / seconds, floor - on.down() * line.values[at] / top});
      }
      if (k == 0) picture.area(points, floor, "a area");
      picture.curve(points, line_kinds[k % 2]);
    }
    if (most > 0) {
      const double y = floor - on.down() * most / top;
      picture.line({on.left, y}, {on.width - on.right, y}, "most");
    }
    return picture.svg(says, on.kind);
  });
}

std::string spreads(const std::vector<Spread>& rows, const std::string& says) {
  double longest = 0;
  for (const Spread& row : rows)
    for (const Sums* sums : row.waits)
      if (sums != nullptr) longest = std::max(longest, double(sums->waits.longest().count()) / 1000);
  const std::vector<Tick> ticks = wait_ticks(longest);
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.left = on.width / 5;
    on.right = 22;
    const std::size_t runs = rows.front().waits.size();
    const double row_height = runs > 1 ? 34 : 24;
    on.height = on.top + on.bottom + row_height * double(rows.size());
    Picture picture(on.width, on.height);
    const double last = ticks.back().value, floor = on.top + on.down();
    const auto x_of = [&](double seconds) { return on.left + on.across() * wait_place(seconds, last); };
    // A narrow page has no room for every label.
    const std::size_t stride = std::string_view(on.kind) == "narrow" && ticks.size() > 5 ? 2 : 1;
    for (std::size_t k = 0; k < ticks.size(); ++k) {
      const double x = x_of(ticks[k].value);
      picture.line({x, on.top}, {x, floor}, k == 0 ? "axis" : "grid");
      if (k % stride == 0) picture.words({x, floor + 19}, Picture::Side::centred, ticks[k].label);
    }
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const double top = on.top + row_height * double(k);
      const std::size_t letters = std::size_t(on.left / 8);  // some 8 pixels each
      std::string name = rows[k].name;
      if (name.size() > letters) name = name.substr(0, letters - 1) + "\xE2\x80\xA6";
      picture.words({on.left - 8, top + row_height / 2 + 4}, Picture::Side::ends, name);
      for (std::size_t run = 0; run < runs; ++run) {
        const Sums* sums = rows[k].waits[run];
        if (sums == nullptr || sums->jobs == 0) continue;
        const double y = top + row_height * (double(run) + 1) / (double(runs) + 1);
        const double p50 = x_of(sums->waits.seconds_at(500)), p90 = x_of(sums->waits.seconds_at(900));
        picture.line({p90, y}, {x_of(sums->waits.seconds_at(990)), y}, line_kinds[run % 2]);
        picture.rectangle({p50, y - 4}, std::max(p90 - p50, 2.0), 8, bar_kinds[run % 2]);
        picture.dot({x_of(double(sums->waits.longest().count()) / 1000), y}, 3.5, dot_kinds[run % 2]);
      }
    }
    return picture.svg(says, on.kind);
  });
}

std::string shares(const std::vector<const Sums*>& runs, const std::string& says) {
  double longest = 0, least = 1;  // the share that waited least: what is below it is not drawn
  for (const Sums* run : runs) {
    longest = std::max(longest, double(run->waits.longest().count()) / 1000);
    least = std::min(least, run->waits.share_within(std::chrono::seconds(1)));
  }
  const std::vector<Tick> ticks = wait_ticks(longest);
  const double bottom = least >= 0.75 ? 75 : least >= 0.5 ? 50 : 0;
  std::vector<Tick> percents;
  for (int k = 0; k <= 5; ++k) {
    const double above = (100 - bottom) * k / 5;
    percents.push_back({above, short_number(bottom + above) + " %"});
  }
  return both([&](const Canvas& on) {
    Picture picture(on.width, on.height);
    const double last = ticks.back().value, floor = on.top + on.down();
    grid(picture, on, percents);
    const std::size_t stride = std::string_view(on.kind) == "narrow" && ticks.size() > 5 ? 2 : 1;
    for (std::size_t k = 0; k < ticks.size(); k += stride) {
      const double x = on.left + on.across() * wait_place(ticks[k].value, last);
      picture.line({x, floor}, {x, floor + 4}, "axis");
      picture.words({std::min(x, on.width - 24), floor + 19}, Picture::Side::centred, ticks[k].label);
    }
    constexpr int steps = 160;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      std::vector<Point> points;
      for (int k = 0; k <= steps; ++k) {
        const Duration wait{std::int64_t(wait_at(double(k) / steps, last) * 1000)};
        const double above = runs[run]->waits.share_within(wait) * 100 - bottom;
        points.push_back({on.left + on.across() * k / steps, floor - on.down() * above / (100 - bottom)});
      }
      picture.curve(points, line_kinds[run % 2]);
    }
    return picture.svg(says, on.kind);
  });
}

std::string curves(const std::vector<Curve>& lines, const std::string& says) {
  double lowest = 100, right = 0;
  for (const Curve& line : lines) {
    if (line.points.empty()) continue;
    lowest = std::min(lowest, line.points.back().y);
    right = std::max(right, line.points.back().x);
  }
  const double bottom = std::max(std::floor(lowest / 10) * 10 - 10, 0.0), left = bottom;
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.height += 80;
    on.right = 96;  // names
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down(), span = std::max(right - left, 1.0);
    const auto at = [&](const Curve::Place& place) {
      return Point{on.left + on.across() * (place.x - left) / span,
                   floor - on.down() * (place.y - bottom) / (100 - bottom)};
    };
    std::vector<Tick> percents;
    for (double y = bottom; y <= 100; y += 5) percents.push_back({y - bottom, short_number(y) + " %"});
    grid(picture, on, percents);
    for (double x = left; x <= right; x += 10) {
      const double where = at({x, bottom}).x;
      picture.line({where, floor}, {where, floor + 4}, "axis");
      picture.words({where, floor + 19}, Picture::Side::centred, short_number(x) + " %");
    }
    std::vector<std::pair<double, std::size_t>> ends;  // y, which
    for (std::size_t k = 0; k < lines.size(); ++k) {
      std::vector<Point> points;
      for (const Curve::Place& place : lines[k].points)
        if (place.x >= left && place.y >= bottom) points.push_back(at(place));
      picture.curve(points, k == 0 ? "a line" : k == 1 ? "b line" : "other line");
      if (!points.empty()) ends.emplace_back(points.back().y, k);
    }
    std::ranges::sort(ends);
    double free = 0;  // names stand one below the other
    for (const auto& [y, k] : ends) {
      free = std::max(free, y);
      picture.words({on.width - on.right + 6, free + 4}, Picture::Side::begins, lines[k].name);
      free += 14;
    }
    return picture.svg(says, on.kind);
  });
}

}  // namespace busbar::sim
