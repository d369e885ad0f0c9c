// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "draw/page.hpp"
#include "draw/plot.hpp"

namespace busbar::plan {
namespace {

using namespace draw;

/// The racks that differ, as they are shown: at most so many.
std::vector<std::pair<std::size_t, std::size_t>> kinds_of(const ClusterPlan& plan, std::size_t most) {
  const auto key = [](const Rack& rack) {
    std::string text;
    for (const Placed& thing : rack.things) text += thing.what + "|";
    return text;
  };
  std::vector<std::pair<std::size_t, std::size_t>> groups;  // first, count
  for (std::size_t k = 0; k < plan.racks.size(); ++k) {
    if (!groups.empty() && key(plan.racks[groups.back().first]) == key(plan.racks[k]))
      ++groups.back().second;
    else
      groups.push_back({k, 1});
  }
  if (groups.size() > most) groups.resize(most);
  return groups;
}

std::string numbered(const std::pair<std::size_t, std::size_t>& group) {
  return group.second == 1 ? fmt::format("rack {}", group.first + 1)
                           : fmt::format("racks {}-{}", group.first + 1, group.first + group.second);
}

const char* shade(const std::string& what) {
  return what.ends_with("switch") ? "b bar p1" : what.starts_with("storage") ? "a bar p0" : "a bar p1";
}

/// The things of one rack from `left` on; neighbours of a kind are named once.
void draw_rack(Picture& picture, const Rack& rack, double left, double width, double floor, double unit,
               int units, bool on_floor) {
  for (std::size_t at = 0; at < rack.things.size();) {
    std::size_t end = at;
    std::vector<double> middles;  // of each of a kind; the name stands on the middle one, not on an edge
    for (; end < rack.things.size() && rack.things[end].what == rack.things[at].what; ++end) {
      const Placed& thing = rack.things[end];
      const int high = on_floor ? 5 : thing.outlet == "busbar" ? units : thing.units;
      const double top = floor - unit * (thing.from - 1 + high);
      picture.rectangle({left + 1, top + 0.5}, width - 2, unit * high - 1, shade(thing.what));
      middles.push_back(top + unit * high / 2);
    }
    picture.words(
        {left + width / 2, middles[middles.size() / 2] + 4}, Picture::Side::centred,
        end - at == 1 ? rack.things[at].what : fmt::format("{} x {}", end - at, rack.things[at].what));
    at = end;
  }
}

/// "3", or "A2" where two sides feed a rack.
std::string feed_name(const Rack& rack, std::size_t k) {
  if (rack.pdus[k].side == ' ') return std::to_string(k + 1);
  const std::size_t half = rack.pdus.size() / 2;
  return std::string(1, rack.pdus[k].side) + std::to_string(k % half + 1);
}

}  // namespace

std::string elevation(const ClusterQuestion& question, const ClusterPlan& plan) {
  const int units = plan.node.on_floor() ? 8 : question.room.rack_units;
  return both([&](const Canvas& of) {
    Canvas on = of;
    const bool narrow = on.width < 500;
    const auto groups = kinds_of(plan, narrow ? 2 : 5);
    constexpr double unit = 11;
    on.height = on.top + 24 + unit * units + 8;
    Picture picture(on.width, on.height);
    const double width = 150, gap = 18, floor = on.top + 20 + unit * units;
    for (std::size_t k = 0; k < groups.size(); ++k) {
      const double left = 30 + double(k) * (width + gap);
      const Rack& rack = plan.racks[groups[k].first];
      picture.words({left + width / 2, on.top + 8}, Picture::Side::centred, numbered(groups[k]));
      for (const double y : {floor, floor - unit * units}) picture.line({left, y}, {left + width, y}, "axis");
      for (const double x : {left, left + width}) picture.line({x, floor}, {x, floor - unit * units}, "axis");
      draw_rack(picture, rack, left, width, floor, unit, units, plan.node.on_floor());
      if (k == 0)
        for (int u = 5; u <= units; u += 5)
          picture.words({left - 5, floor - unit * u + 10}, Picture::Side::ends, std::to_string(u));
    }
    return picture.svg("Which thing stands in which unit of each kind of rack", on.kind);
  });
}

std::string phase_loads(const ClusterPlan& plan) {
  const double most = estimate::continuous(plan.feed).value;
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.left = on.width < 500 ? 96 : 130, on.right = 40;
    const auto groups = kinds_of(plan, 4);
    const int phases = plan.feed.supply.phases;
    const double bar_height = 9, row = bar_height * phases + 9;
    std::size_t rows = 0;
    for (const auto& group : groups) rows += plan.racks[group.first].pdus.size();
    on.height = on.top + on.bottom + row * double(rows);
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down(), scale = plan.feed.breaker.value * 1.02;
    const auto x_of = [&](double amps) { return on.left + on.across() * amps / scale; };
    for (const Tick& tick : number_ticks(plan.feed.breaker.value, 4)) {
      if (tick.value > scale) continue;
      picture.line({x_of(tick.value), on.top}, {x_of(tick.value), floor}, tick.value == 0 ? "axis" : "grid");
      picture.words({x_of(tick.value), floor + 18}, Picture::Side::centred, tick.label + " A");
    }
    double y = on.top + 4;
    for (const auto& group : groups) {
      const Rack& rack = plan.racks[group.first];
      for (std::size_t k = 0; k < rack.pdus.size(); ++k, y += row) {
        picture.words({on.left - 8, y + row / 2}, Picture::Side::ends,
                      numbered(group) + ", " + feed_name(rack, k));
        for (int line = 0; line < phases; ++line)
          picture.rectangle({on.left, y + bar_height * line},
                            std::max(x_of(rack.pdus[k].lines[std::size_t(line)].value) - on.left, 1.0),
                            bar_height - 1.5, "a bar p" + std::to_string(line + 1));
      }
    }
    picture.line({x_of(most), on.top}, {x_of(most), floor}, "most");
    return picture.svg("Amps in each line of each PDU against what it may carry", on.kind);
  });
}

std::string network_drawing(const Network& network, std::int64_t nodes) {
  struct Level {
    std::string name;
    std::int64_t count;
  };
  std::vector<Level> levels;
  if (network.tree.cores > 0) levels.push_back({"core switches", network.tree.cores});
  if (network.tree.spines > 0) levels.push_back({"spine switches", network.tree.spines});
  levels.push_back({"leaf switches", network.tree.leaves});
  levels.push_back({"nodes", nodes});
  return both([&](const Canvas& of) {
    Canvas on = of;
    constexpr double row = 62, box = 16;
    const std::int64_t most = on.width < 500 ? 12 : 32;
    on.left = on.width < 500 ? 84 : 150;
    on.height = on.top + row * double(levels.size() - 1) + 40;
    Picture picture(on.width, on.height);
    const auto shown = [&](std::size_t level) { return std::min(levels[level].count, most); };
    const auto x_of = [&](std::size_t level, std::int64_t k) {
      return on.left + (on.width - on.left - 20) * (double(k) + 0.5) / double(shown(level));
    };
    for (std::size_t level = 0; level + 1 < levels.size(); ++level) {
      const double y = on.top + 10 + row * double(level);
      for (std::int64_t up = 0; up < shown(level); ++up)
        for (std::int64_t down = 0; down < shown(level + 1); ++down) {
          const bool leaf = level + 2 == levels.size();
          if (leaf && down * shown(level) / shown(level + 1) != up) continue;  // a node hangs on one leaf
          picture.line({x_of(level, up), y + box / 2}, {x_of(level + 1, down), y + row - box / 2}, "grid");
        }
    }
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const double y = on.top + 10 + row * double(level);
      picture.words({on.left - 8, y + 4}, Picture::Side::ends,
                    fmt::format("{} {}", levels[level].count, levels[level].name));
      for (std::int64_t k = 0; k < shown(level); ++k)
        picture.rectangle({x_of(level, k) - 5, y - box / 2}, 10, box,
                          level + 1 == levels.size() ? "a bar p1" : "b bar");
    }
    return picture.svg("The " + network.name + " network by its levels", on.kind);
  });
}

}  // namespace busbar::plan
