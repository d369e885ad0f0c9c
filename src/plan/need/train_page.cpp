// SPDX-License-Identifier: Apache-2.0
// The page of `busbar plan train --report`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/page.hpp"
#include "draw/plot.hpp"
#include "plan/need.hpp"
#include "plan/need/page.hpp"

namespace busbar::plan {
namespace {

using namespace draw;

/// Places that are drawn: those that were named, then each device once of those for rent that are told.
std::vector<const TrainAnswer*> drawn(const TrainReport& report) {
  std::vector<const TrainAnswer*> all;
  for (const TrainAnswer& each : report.answers) all.push_back(&each);
  for (const std::size_t k : report.told()) {
    const TrainAnswer& each = report.rentals.rentals[k].answer;
    const bool there = std::ranges::any_of(
        all, [&](const TrainAnswer* other) { return other->place.device.name == each.place.device.name; });
    if (!there && all.size() < 10) all.push_back(&each);
  }
  return all;
}

/// Every offer as a dot, cost over time, both by factors of ten; the line joins those that none beats.
std::string cost_over_time(const TrainReport& report) {
  const auto& all = report.rentals.rentals;
  double longest = 1, least = 1e300, most = 0;
  for (const TrainRental& each : all) {
    longest = std::max(longest, each.answer.time.value.value);
    least = std::min(least, each.answer.cost->value.value),
    most = std::max(most, each.answer.cost->value.value);
  }
  const std::vector<Tick> times = wait_ticks(longest);
  const int low = int(std::floor(std::log10(std::max(least, 1e-3)))),
            high = std::max(low + 1, int(std::ceil(std::log10(std::max(most, 1e-2)))));
  return both([&](const Canvas& of) {
    Canvas on = of;
    on.height += 90, on.left += 20, on.right += 14;
    Picture picture(on.width, on.height);
    const double floor = on.top + on.down();
    const auto at = [&](const TrainAnswer& answer) {
      const double place = wait_place(answer.time.value.value, times.back().value);
      const double up = (std::log10(std::max(answer.cost->value.value, 1e-3)) - low) / (high - low);
      return Point{on.left + on.across() * place, floor - on.down() * up};
    };
    for (int decade = low; decade <= high; ++decade) {
      const double y = floor - on.down() * (decade - low) / double(high - low);
      picture.line({on.left, y}, {on.width - on.right, y}, decade == low ? "axis" : "grid");
      picture.words({on.left - 6, y + 4}, Picture::Side::ends, "$" + short_number(std::pow(10.0, decade)));
    }
    for (const Tick& tick : times) {
      const double x = on.left + on.across() * wait_place(tick.value, times.back().value);
      picture.line({x, on.top}, {x, floor}, "grid");
      if (on.width > 500 || tick.label.size() < 5)
        picture.words({x, floor + 18}, Picture::Side::centred, tick.label);
    }
    for (const TrainRental& each : all) {
      const Point here = at(each.answer);
      picture.dot(here, 2.5, each.choice.terms == estimate::Terms::spot ? "b dot" : "other dot");
    }
    std::vector<Point> front;
    for (const std::size_t k : report.rentals.front) front.push_back(at(all[k].answer));
    picture.curve(front, "a line");
    for (const Point& point : front) picture.dot(point, 4.5, "a dot");
    return picture.svg("Cost over time of the run on every offer", on.kind);
  });
}

std::string rentals_table(const TrainReport& report) {
  std::string html = table_head({"offer", "GPUs", "terms", "time", "cost", "80 %", "price of"});
  for (const std::size_t k : report.told()) {
    const auto& [choice, answer] = report.rentals.rentals[k];
    html += table_row(choice.offer.provider + " " + choice.offer.region + " " + choice.offer.instance,
                      {name_of(answer.place), std::string(estimate::name_of(choice.terms)),
                       spoken(answer.time.value.value), dollars(answer.cost->value.value),
                       dollars(answer.cost->low.value) + " to " + dollars(answer.cost->high.value),
                       estimate::show(choice.offer.as_of) + (choice.stale ? " (stale)" : "")});
  }
  return html + table_end();
}

std::string lead(const TrainReport& report) {
  const TrainAnswer* shown = report.shown();
  if (shown == nullptr) return "Nothing that is for rent holds it.";
  const std::string place = name_of(shown->place);
  if (!shown->fits)
    return fmt::format("It does not fit on {}: {:.1f} GiB of {:.1f} GiB a device.", place,
                       shown->memory.total() / estimate::GiB, shown->place.device.memory / estimate::GiB);
  std::string text = fmt::format("On {}: {} ({} to {}), {:.3g} kWh", place, spoken(shown->time.value.value),
                                 spoken(shown->time.low.value), spoken(shown->time.high.value),
                                 shown->energy.value.value / 3.6e6);
  if (shown->cost)
    text += fmt::format(", {} ({} to {})", dollars(shown->cost->value.value), dollars(shown->cost->low.value),
                        dollars(shown->cost->high.value));
  return text + ".";
}

}  // namespace

std::string train_page(const TrainReport& report) {
  std::string html = lead_paragraph(lead(report));
  std::vector<MemoryBar> bars;
  for (const TrainAnswer* each : drawn(report))
    bars.push_back({name_of(each->place), parts_of(each->memory), each->need.low, each->need.high,
                    each->place.device.memory});
  html +=
      section("Memory of a device", memory_bars(bars),
              "GiB of the fullest device, from the left: weights, gradients, optimizer, activations, logits, "
              "buffers, overhead, where there are any. The dotted line below is where four of five such runs "
              "end, the upright line is the device.");
  const TrainAnswer* shown = report.shown();
  if (shown != nullptr) {
    const bool hours = shown->time.value > estimate::hour * 2;
    std::vector<Part> times = parts_of(shown->token);
    for (Part& part : times)
      part.value *= report.question.tokens / shown->place.devices / (hours ? 3600 : 60);
    html += section("Where the time goes", part_rows(times),
                    std::string(hours ? "Hours" : "Minutes") + " of the run on " + name_of(shown->place) +
                        ", " + cut_of(shown->training) + ".");
  }
  if (!report.rentals.rentals.empty())
    html +=
        section("Cost over time", cost_over_time(report),
                "Each dot is an offer with so many GPUs (spot in the second colour); the line joins those "
                "that no other beats in both.") +
        rentals_table(report);
  if (!report.remedies.empty()) html += bullet_list("What would make it fit", report.remedies);
  html += bullet_list("Taken for granted", report.terms.assumed);
  return page(fmt::format("{}, {}: what it needs", report.question.model.name,
                          name_of(report.question.training.method)),
              html);
}

}  // namespace busbar::plan
