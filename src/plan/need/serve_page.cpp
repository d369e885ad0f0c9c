// SPDX-License-Identifier: Apache-2.0
// The page of `busbar plan serve --report`.
#include <fmt/format.h>

#include <algorithm>

#include "draw/page.hpp"
#include "draw/plot.hpp"
#include "plan/need/page.hpp"

namespace busbar::plan {
namespace {

using namespace draw;

std::string lead(const ServeReport& report) {
  const ServeAnswer* a = report.shown();
  if (a == nullptr) return "It fits on none of these places.";
  if (!a->service)
    return fmt::format("A copy on {}: one user reads {:.0f} tokens/s, {:.0f} at once {:.0f} tokens/s.",
                       name_of(a->place), a->alone.value.value, a->batch, a->full.value.value);
  return fmt::format("{} of {} for {:.3g} requests a second; 95 answers of 100 begin within {:.2g} s.",
                     counted(a->service->copies, "copy", "copies"), name_of(a->place),
                     report.question.load->rate(), a->service->seen.first_token.late.value);
}

/// Requests and tokens of each of some sixty equal spans, against what the copies can write.
std::string load_curve(const Load& load) {
  constexpr std::size_t spans = 60;
  std::vector<double> tokens(spans, 0.0);
  const double length = load.span().value / double(spans);
  for (const Request& each : load.requests)
    tokens[std::min(std::size_t(each.at.value / length), spans - 1)] += each.output / length;
  const std::vector<Tick> ticks = number_ticks(std::ranges::max(tokens), 4);
  return both([&](const Canvas& on) {
    Picture picture(on.width, on.height);
    grid(picture, on, ticks);
    std::vector<Point> points;
    for (std::size_t k = 0; k < spans; ++k)
      points.push_back({on.left + on.across() * (double(k) + 0.5) / double(spans),
                        on.top + on.down() * (1 - tokens[k] / ticks.back().value)});
    picture.area(points, on.top + on.down(), "a area");
    picture.curve(points, "a line");
    picture.words({on.left, on.height - 6}, Picture::Side::begins, "0");
    picture.words({on.width - on.right, on.height - 6}, Picture::Side::ends, spoken(load.span().value));
    return picture.svg("Tokens to write each second, over time", on.kind);
  });
}

std::string rentals_table(const ServeReport& report) {
  std::string html =
      table_head({"offer", "GPUs", "copies", "terms", "a month", "first token, 95 %", "price of"});
  for (std::size_t k = 0; k < std::min(report.terms.first, report.rentals.rentals.size()); ++k) {
    const ServeRental& each = report.rentals.rentals[k];
    const ServeAnswer& a = each.answer;
    const auto late = a.service ? a.service->seen.first_token.late : a.first_token;
    html += table_row(
        each.choice.offer.provider + " " + each.choice.offer.region + " " + each.choice.offer.instance,
        {fmt::format("{:g} x {}", each.choice.offer.gpus * each.choice.machines, each.choice.offer.gpu),
         std::to_string(a.service ? a.service->copies : 1), std::string(estimate::name_of(each.choice.terms)),
         dollars(each.month.value.value), fmt::format("{:.2g} s", late.value),
         estimate::show(each.choice.offer.as_of) + (each.choice.stale ? " (stale)" : "")});
  }
  return html + table_end();
}

/// What a month costs on the cheapest offers, and by the token.
std::string months(const ServeReport& report) {
  std::vector<Stack> stacks;
  for (const ServeRental& each : report.rentals.rentals) {
    if (stacks.size() == report.terms.first) break;
    stacks.push_back({fmt::format("{:g} x {}, {}", each.choice.offer.gpus * each.choice.machines,
                                  each.choice.offer.gpu, estimate::name_of(each.choice.terms)),
                      {each.month.value.value}});
  }
  if (report.api && report.question.load)
    stacks.push_back({"by the token", {month_by_token(*report.question.load, *report.api).value}});
  return stacked(stacks, "Cost of a month by way");
}

}  // namespace

std::string serve_page(const ServeReport& report) {
  std::string html = lead_paragraph(lead(report));
  std::vector<MemoryBar> bars;
  const auto add = [&](const ServeAnswer& each) {
    const std::string name = name_of(each.place);
    if (!each.fits || std::ranges::find(bars, name, &MemoryBar::name) != bars.end() || bars.size() >= 10)
      return;
    const estimate::Bytes all = each.place.device.memory * each.serving.share;
    bars.push_back({name, parts_of(each), all, all, each.place.device.memory});
  };
  for (const ServeAnswer& each : report.answers) add(each);
  for (const ServeRental& each : report.rentals.rentals) add(each.answer);
  if (!bars.empty())
    html += section("Memory of a device", memory_bars(bars),
                    "GiB of a device of one copy: weights, work, and what is left for keys and values.");
  if (report.question.load)
    html += section("Requests", load_curve(*report.question.load), "Tokens to be written each second.");
  if (!report.rentals.rentals.empty())
    html += section("A month", months(report), "US dollars a month of 730 hours, cheapest first.") +
            rentals_table(report);
  html += bullet_list("Taken for granted", report.terms.assumed);
  return page("Serving " + report.question.model.name, html);
}

}  // namespace busbar::plan
