// SPDX-License-Identifier: Apache-2.0
#include "plan/need/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/page.hpp"
#include "draw/plot.hpp"

namespace busbar::plan {

using namespace draw;

std::string memory_bars(const std::vector<MemoryBar>& bars) {
  double most = 1;
  for (const MemoryBar& bar : bars)
    most = std::max({most, bar.device / estimate::GiB, bar.high / estimate::GiB});
  const std::vector<Tick> ticks = number_ticks(most, 5);
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.left = on.width / 5, on.right = 22;
    constexpr double row = 44;
    on.height = on.top + on.bottom + row * double(bars.size());
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down();
    const auto x_of = [&](double gib) { return on.left + on.across() * gib / ticks.back().value; };
    for (const Tick& tick : ticks) {
      picture.line({x_of(tick.value), on.top}, {x_of(tick.value), floor}, tick.value == 0 ? "axis" : "grid");
      picture.words({x_of(tick.value), floor + 19}, Picture::Side::centred, tick.label);
    }
    for (std::size_t k = 0; k < bars.size(); ++k) {
      const MemoryBar& bar = bars[k];
      const double y = on.top + row * (double(k) + 0.5);
      picture.words({on.left - 8, y + 4}, Picture::Side::ends, bar.name);
      double from = 0;
      int shade = 0;
      for (const Part& part : bar.parts) {
        const double gib = std::max(part.value, 0.0) / estimate::GiB.value;
        const double width = x_of(from + gib) - x_of(from);
        const std::string kind = shade++ % 2 == 0 ? "a bar p3" : "a bar p1";
        picture.rectangle({x_of(from), y - 8}, width, 16, kind);
        const double letters = 6.5 * double(std::string_view(part.name).size());
        if (width > letters + 6)
          picture.words({x_of(from) + width / 2, y - 11}, Picture::Side::centred, part.name);
        from += gib;
      }
      picture.line({x_of(bar.low / estimate::GiB), y + 11}, {x_of(bar.high / estimate::GiB), y + 11}, "most");
      const double end = x_of(bar.device / estimate::GiB);
      picture.line({end, y - 14}, {end, y + 14}, "b line");
    }
    return picture.svg("Memory of a device, part by part, against what it has", on.kind);
  });
}

std::string part_rows(const std::vector<Part>& parts) {
  std::vector<Stack> stacks;
  double sum = 0;
  for (const Part& part : parts) sum += std::max(part.value, 0.0);
  for (const Part& part : parts)
    if (part.value > sum / 1000) stacks.push_back({part.name, {part.value}});
  return stacked(stacks, "Parts and how large each is");
}

std::string dollars(double usd) {
  return usd < 1000 ? fmt::format("${:.2f}", usd) : "$" + short_number(std::round(usd));
}
std::string lead_paragraph(const std::string& text) {
  return "<p class=\"lead\">" + tag("span", text) + "</p>";
}
std::string table_head(const std::vector<std::string>& columns) {
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& each : columns) html += tag("th", each);
  return html + "</tr></thead><tbody>";
}
std::string table_row(const std::string& name, const std::vector<std::string>& cells) {
  std::string html = "<tr><th scope=\"row\">" + escaped(name) + "</th>";
  for (const std::string& each : cells) html += tag("td", each);
  return html + "</tr>";
}
std::string table_end() { return "</tbody></table></div>"; }
std::string bullet_list(const std::string& title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = "<section>" + tag("h2", title) + "<ul>";
  for (const std::string& each : items) html += tag("li", each);
  return html + "</ul></section>\n";
}

}  // namespace busbar::plan
