// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "cli/render/money.hpp"
#include "cli/render/need.hpp"
#include "cli/render/table.hpp"
#include "estimate/constants.hpp"

namespace busbar::cli::render {
namespace {

using estimate::Bytes;
using estimate::Seconds;
using plan::TrainAnswer;
using plan::TrainReport;

std::string cost_of(const estimate::Interval<estimate::Usd>& cost) {
  return fmt::format("{} ({} to {})", money(cost.value.value), money(cost.low.value), money(cost.high.value));
}

std::string headline(const TrainReport& report, const TrainAnswer& a) {
  std::string text = fmt::format("{}, {}, on {}: ", report.question.model.name,
                                 plan::name_of(a.training.method), plan::name_of(a.place));
  if (!a.fits)
    return text + fmt::format("does not fit: {} of {} a device\n", said(a.memory.total()),
                              said(a.place.device.memory));
  text += fmt::format("fits, {} ({} to {}), {:.3g} GPU-hours", said(a.time.value), said(a.time.low),
                      said(a.time.high), a.device_hours());
  if (a.cost) text += ", " + cost_of(*a.cost);
  if (report.terms.rent.within && a.time.high > *report.terms.rent.within)
    text += "; not over in time (--within), four times of five";
  text += "\n";
  if (report.terms.places.empty()) {
    const plan::Choice& choice = report.rentals.rentals.front().choice;
    text += fmt::format("cheapest for rent: {}, {}, {} an hour; price of {}\n", where(choice),
                        estimate::name_of(choice.terms), money(choice.all.value), price_of(choice));
  }
  const double hours = a.time.value / estimate::hour;
  text += fmt::format("{:.3g} kW at the plug, {:.3g} kWh ({:.3g} to {:.3g})",
                      a.energy.value.value / 3.6e6 / hours, a.energy.value.value / 3.6e6,
                      a.energy.low.value / 3.6e6, a.energy.high.value / 3.6e6);
  if (!a.cost)
    text += fmt::format(": {} of power if it is yours, at {} a kWh", money(report.power_bill(a).value),
                        money(report.terms.tariff.value));
  return text + "\n";
}

/// What devices send each other, and which rate that takes.
std::string network_of(const TrainAnswer& a) {
  std::string flows;
  const auto flow = [&](Bytes bytes, estimate::BytesPerSecond path, const char* where) {
    if (bytes.value < 1e5) return;
    flows += fmt::format("{} {} {} ({:.3g} of {:.3g} GB/s)", flows.empty() ? "" : ";", said(bytes), where,
                         (bytes / a.step()).value / 1e9, path.value / 1e9);
  };
  flow(a.traffic.inside, a.place.device.link, "within its node");
  flow(a.traffic.between, a.place.device.network, "to other nodes");
  if (flows.empty()) return "";
  return "\nnetwork, each device and step of " + said(a.step()) + ":" + flows + "\n";
}

std::string in_full(const TrainReport& report, const TrainAnswer& a, const Screen& screen) {
  std::string text = "\n" + parameters_of(report.question.model);
  text += a.training.method == estimate::Method::full
              ? ", all of them learn\n"
              : fmt::format(", {} learn\n", grouped(estimate::trainable(report.question.model, a.training)));
  text += plan::cut_of(a.training);
  if (a.ways > 1) text += fmt::format(" (the fastest of {} ways)", a.ways);
  text += "\n";
  text += fmt::format("\nmemory of a device: {} ({} to {}) of {}\n", said(a.memory.total()), said(a.need.low),
                      said(a.need.high), said(a.place.device.memory));
  text += part_bars(plan::parts_of(a.memory), 1, a.place.device.memory.value, screen,
                    [](double bytes) { return said(Bytes{bytes}); });
  text += fmt::format("\ntime for {} tokens, {} tokens/s\n", short_count(report.question.tokens),
                      short_count(report.question.tokens / a.time.value.value));
  text += part_bars(plan::parts_of(a.token), report.question.tokens / a.place.devices, a.time.value.value,
                    screen, [](double seconds) { return said(Seconds{seconds}); });
  if (a.place.devices > 1) text += network_of(a);
  if (a.memory.host.value > 0)
    text += fmt::format("\nmemory of the machine: {} for each device\n", said(a.memory.host));
  return text +
         fmt::format("\nfiles: {} to use it, {} to go on from\n", said(a.weights_file), said(a.checkpoint));
}

std::string places(const TrainReport& report, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const TrainAnswer& a : report.answers) {
    const bool best = std::ranges::any_of(report.front, [&](const TrainAnswer& each) {
      return plan::name_of(each.place) == plan::name_of(a.place);
    });
    rows.push_back({{plan::name_of(a.place)},
                    {a.fits ? "yes" : "no", a.fits ? Tone::good : Tone::bad},
                    {said(a.memory.total())},
                    {a.fits ? said(a.time.value) : "-"},
                    {a.fits ? fmt::format("{:.4g}", a.device_hours()) : "-"},
                    {a.fits && a.cost ? money(a.cost->value.value) : "-"},
                    {best ? "*" : ""},
                    {a.fits ? plan::cut_of(a.training) : "", Tone::faint}});
  }
  return "\n" +
         table({{"PLACE"},
                {"FITS"},
                {"OF EACH", true},
                {"TIME", true},
                {"GPU-HOURS", true},
                {"COST", true},
                {"*"},
                {"HOW"}},
               rows, screen) +
         "*: nothing here is both faster and cheaper\n";
}

std::string rentals(const TrainReport& report, const Screen& screen) {
  const auto& all = report.rentals;
  std::string text = report.terms.places.empty() ? "\nfor rent\n" : "\nfor rent instead\n";
  std::vector<std::vector<Cell>> rows;
  for (const std::size_t k : report.told()) {
    const auto& [choice, a] = all.rentals[k];
    const bool best = std::ranges::find(all.front, k) != all.front.end();
    rows.push_back({{money(a.cost->value.value)},
                    {fmt::format("{} to {}", money(a.cost->low.value), money(a.cost->high.value))},
                    {said(a.time.value)},
                    {best ? "*" : ""},
                    {plan::name_of(a.place) + unmeasured(a.measured)},
                    {where(choice)},
                    {std::string(estimate::name_of(choice.terms))},
                    {price_of(choice), choice.stale ? Tone::bad : Tone::plain}});
  }
  if (!rows.empty())
    text +=
        table({{"COST", true}, {"80 %"}, {"TIME", true}, {"*"}, {"GPUS"}, {"WHERE"}, {"TERMS"}, {"PRICE OF"}},
              rows, screen);
  return text + looked_at(all, report.terms);
}

template <class Amount>
Width width(const char* what, const estimate::Interval<Amount>& of, std::string why) {
  return {what, of.low.value / of.value.value, of.high.value / of.value.value, std::move(why)};
}

std::vector<Width> widths_of(const TrainReport& report, const TrainAnswer& a) {
  const estimate::Constants& constants = estimate::built_in_constants();
  const std::string& stack = report.question.training.stack;
  const auto source = [&](const char* what) { return std::string(constants.source(what, stack)); };
  std::vector<Width> all = {width("memory", a.need, source("low.train_mem"))};
  if (!a.fits) return all;
  all.push_back(width("time", a.time, source("low.train_time") + wider(a.measured)));
  all.push_back(width("energy", a.energy, "the time, and what a node draws: " + source("energy.node")));
  if (a.cost) all.push_back(width("cost", *a.cost, "the time; the price is as listed that day"));
  return all;
}

const char* programs(const TrainReport& report) {
  return report.question.training.stack.empty() ? "torchtune, litgpt, torchtitan, megatron, foundry" : "";
}

}  // namespace

std::string train(const TrainReport& report, const Screen& screen) {
  std::string text;
  const TrainAnswer* shown = report.shown();
  if (report.terms.places.empty() && report.rentals.offers == 0) return rentals(report, screen).substr(1);
  if (shown == nullptr)
    text += fmt::format("{}, {}: nothing that is for rent holds it{}\n", report.question.model.name,
                        plan::name_of(report.question.training.method),
                        report.rentals.late > 0 ? " and ends in time" : "");
  else
    text += headline(report, *shown) + in_full(report, *shown, screen);
  if (report.answers.size() > 1) text += places(report, screen);
  if (shown == nullptr || !shown->fits) {
    text += "\n";
    if (report.remedies.empty() && report.rentals.late == 0)
      text += "nothing that is known here would hold it\n";
    for (const std::string& remedy : report.remedies) text += "it would fit with " + remedy + "\n";
  }
  text += rentals(report, screen) + "\n" + assumptions(report.terms.assumed);
  return shown == nullptr ? text : text + widths(widths_of(report, *shown), programs(report), screen);
}

}  // namespace busbar::cli::render
