// SPDX-License-Identifier: Apache-2.0
// The page of `busbar plan tco --report`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/page.hpp"
#include "draw/plot.hpp"
#include "plan/tco.hpp"

namespace busbar::plan {
namespace {

using namespace draw;

std::string thousands(double usd) { return "$" + short_number(std::round(usd / 1000)) + "k"; }

const TcoOption* option_of(const TcoAnswer& answer, Way way) {
  const auto found = std::ranges::find(answer.options, way, &TcoOption::way);
  return found == answer.options.end() ? nullptr : &*found;
}

/// What has been paid by month: owning from its purchase on, renting from nothing; where they cross is the
/// break-even, the shaded span is its band.
std::string crossing(const TcoQuestion& question, const TcoAnswer& answer) {
  const TcoOption &mine = *option_of(answer, Way::own), &theirs = *option_of(answer, Way::rent);
  const double months = std::max(question.years * 12, std::min(answer.months_high.value_or(0) * 1.1, 120.0));
  const double most =
      std::max(mine.capex.value + mine.running().value * months, theirs.month().value * months);
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.height += 60, on.left += 14, on.bottom += 16;
    Picture picture(on.width, on.height);
    std::vector<Tick> ticks = number_ticks(most / 1000, on.numbers + 1);
    for (Tick& tick : ticks) tick.label = "$" + tick.label + "k";
    grid(picture, on, ticks);
    const double top = ticks.back().value * 1000, floor = on.top + on.down();
    const auto at = [&](double month, double usd) {
      return Point{on.left + on.across() * month / months, floor - on.down() * usd / top};
    };
    if (answer.months) {
      const double from = std::min(*answer.months_low, months), to = std::min(*answer.months_high, months);
      picture.rectangle({at(from, 0).x, on.top}, std::max(at(to, 0).x - at(from, 0).x, 1.0), on.down(),
                        "a area");
    }
    for (int mark = 0; mark <= months + 0.5; mark += months > 72 ? 24 : 12) {
      const double month = mark;
      picture.line(at(month, 0), {at(month, 0).x, floor + 4}, "axis");
      picture.words({std::min(at(month, 0).x, on.width - 20), floor + 18}, Picture::Side::centred,
                    month == 0 ? "months: 0" : fmt::format("{:g}", month));
    }
    picture.curve({at(0, mine.capex.value), at(months, mine.capex.value + mine.running().value * months)},
                  "a line");
    picture.curve({at(0, 0), at(months, theirs.month().value * months)}, "b line");
    if (answer.months && *answer.months <= months)
      picture.dot(at(*answer.months, theirs.month().value * *answer.months), 4, "a dot");
    return picture.svg("What owning and renting have cost by month", on.kind);
  });
}

std::vector<Stack> parts(const TcoAnswer& answer) {
  std::vector<Stack> stacks;
  for (const TcoOption& option : answer.options) stacks.push_back({std::string(name_of(option.way)), {}});
  for (std::size_t k = 0; k < stacks.size(); ++k) {
    const TcoOption& option = answer.options[k];
    for (const auto part : {option.purchase, option.power + option.site, option.staff,
                            option.rent + option.tokens, option.storage + option.egress})
      stacks[k].parts.push_back(part.value / 1000);
  }
  return stacks;
}

std::string parts_table(const TcoAnswer& answer) {
  std::string html =
      "<div class=\"scroll\"><table><thead><tr><th>a month</th><th>purchase</th><th>power, "
      "room</th><th>people</th>"
      "<th>rent, tokens</th><th>storage, egress</th><th>all</th></tr></thead><tbody>";
  const std::vector<Stack> stacks = parts(answer);
  for (std::size_t k = 0; k < stacks.size(); ++k) {
    const TcoOption& option = answer.options[k];
    html +=
        "<tr><th scope=\"row\">" +
        tag("span", stacks[k].name +
                        (option.refused.empty() ? "" : " (out of the question: " + option.refused + ")")) +
        "</th>";
    for (const double part : stacks[k].parts) html += tag("td", thousands(part * 1000));
    html += tag("td", thousands(option.month().value)) + "</tr>";
  }
  return html + "</tbody></table></div>";
}

/// A bar for each doubt, from owning over renting at its one end to the other; the line is where they cost
/// alike.
std::string swings(const TcoAnswer& answer) {
  double most = 1.2;
  for (const Swing& swing : answer.swings) most = std::max({most, swing.low, swing.high});
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.left = on.width / 5, on.right = 22;
    constexpr double row = 26;
    on.height = on.top + on.bottom + row * double(answer.swings.size());
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down();
    const auto x_of = [&](double ratio) { return on.left + on.across() * ratio / most; };
    for (int halves = 0; halves <= 2 * most; halves += most > 3 ? 2 : 1) {
      const double ratio = halves / 2.0;
      picture.line({x_of(ratio), on.top}, {x_of(ratio), floor}, ratio == 1 ? "most" : "grid");
      picture.words({x_of(ratio), floor + 19}, Picture::Side::centred, fmt::format("{:g}", ratio));
    }
    for (std::size_t k = 0; k < answer.swings.size(); ++k) {
      const Swing& swing = answer.swings[k];
      const double y = on.top + row * (double(k) + 0.5);
      picture.words({on.left - 8, y + 4}, Picture::Side::ends, swing.what);
      const auto [low, high] = std::minmax(swing.low, swing.high);
      picture.rectangle({x_of(low), y - 7}, std::max(x_of(high) - x_of(low), 2.0), 14, "a bar p2");
    }
    return picture.svg("Owning over renting, as each input moves", on.kind);
  });
}

std::string lead(const TcoQuestion& question, const TcoAnswer& answer) {
  const TcoOption& best = answer.options.front();
  std::string text = fmt::format("Cheapest over {:g} years: {}, {} a month. ", question.years,
                                 name_of(best.way), thousands(best.month().value));
  text += answer.months
              ? fmt::format("Owning has paid for itself after {:.0f} months (80 %: {:.0f} to {:.0f}). ",
                            *answer.months, *answer.months_low, *answer.months_high)
              : "Owning never pays for itself: running it costs what renting does. ";
  return "<p class=\"lead\">" + tag("span", text + "What decides: " + answer.factor + ".") + "</p>";
}

}  // namespace

std::string tco_page(const TcoQuestion& question, const TcoAnswer& answer,
                     const std::vector<std::string>& assumptions) {
  std::string html = lead(question, answer) + tag("p", answer.why + ".");
  html += section(
      "Break-even", crossing(question, answer),
      "What has been paid in all by month: owning (the unbroken line) begins with its purchase, renting "
      "(broken) with nothing. The dot is where both have cost the same; four of five such cases lie in the "
      "shaded span.");
  html += section("The ways by their parts", stacked(parts(answer), "Cost a month by option"),
                  "Thousands of US dollars a month; from pale to dark: purchase, power and room, people, "
                  "rent or tokens, storage "
                  "and egress.") +
          parts_table(answer);
  html += section(
      "What moves it", swings(answer),
      "Owning over renting while one input goes through its range and the others stay; left of 1 owning "
      "is cheaper.");
  html += "<section>" + tag("h2", "Taken for granted") + "<ul>";
  for (const std::string& each : assumptions) html += tag("li", each);
  html += "</ul></section>\n";
  return page(fmt::format("Own or rent {:g} GPUs?", peak_of(question.demand)), html);
}

}  // namespace busbar::plan
