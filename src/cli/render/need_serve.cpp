// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "cli/render/money.hpp"
#include "cli/render/need.hpp"
#include "cli/render/table.hpp"
#include "estimate/constants.hpp"

namespace busbar::cli::render {
namespace {

using estimate::Bytes;
using plan::ServeAnswer;
using plan::ServeReport;
using plan::Service;

/// "4 (3 to 6)"; "4" where the interval is no wider.
std::string copies_of(const Service& service) {
  if (service.low == service.copies && service.high == service.copies) return std::to_string(service.copies);
  return service.high ? fmt::format("{} ({} to {})", service.copies, service.low, *service.high)
                      : fmt::format("{} ({}, or none would do)", service.copies, service.low);
}

std::string load_of(const plan::Load& load) {
  return fmt::format("{:.3g} requests a second of {:.0f} tokens, answers of {:.0f}", load.rate(),
                     load.input(), load.output());
}

std::string headline(const ServeReport& report, const ServeAnswer& a) {
  const std::string name = report.question.model.name;
  const std::string copy = plan::name_of(a.place);
  if (!report.question.load) {
    const std::string copies = a.beside == 1 ? copy : fmt::format("{} copies of {}", a.beside, copy);
    return fmt::format(
               "{} on {}: fits; one user reads {:.0f} tokens/s ({:.0f} to {:.0f}), "
               "{:.0f} at once {:.0f} tokens/s ({:.0f} to {:.0f})\n",
               name, copies, a.alone.value.value, a.alone.low.value, a.alone.high.value, a.batch,
               a.full.value.value, a.full.low.value, a.full.high.value) +
           (a.beside == 1 ? "" : "(of one copy)\n");
  }
  const std::string asked = load_of(*report.question.load);
  if (!a.service)
    return fmt::format(
        "{} on {}: fits, but no number of copies answers {} in time (within {}, {:g} tokens/s)\n", name, copy,
        asked, said(report.question.promise.first_token), report.question.promise.token_speed.value);
  const Service& service = *a.service;
  std::string text = fmt::format("{} on {} cop{} of {}: {} answer{} {}\n", name, copies_of(service),
                                 service.copies == 1 ? "y" : "ies", copy,
                                 a.devices() == 1 ? "1 device" : fmt::format("{} devices", a.devices()),
                                 a.devices() == 1 ? "s" : "", asked);
  text += fmt::format(
      "answers begin within {} (half within {}) and go on at {:.0f} tokens/s (one of twenty below "
      "{:.0f}); this is {:.0f} % of what so many copies could carry\n",
      said(service.seen.first_token.late), said(service.seen.first_token.usual),
      1 / service.seen.token.usual.value, 1 / service.seen.token.late.value, 100 * service.full);
  return text;
}

/// "$292 ($292 to $584)"; without the interval where it has no width.
std::string months_of(const estimate::Interval<estimate::Usd>& month) {
  std::string text = money(month.value.value);
  if (month.low == month.high) return text;
  if (!std::isfinite(month.high.value)) return text + " or more";
  return text + fmt::format(" ({} to {})", money(month.low.value), money(month.high.value));
}

std::string cheapest(const ServeReport& report) {
  if (report.rentals.rentals.empty()) return "";
  const plan::ServeRental& best = report.rentals.rentals.front();
  std::string text =
      fmt::format("cheapest for rent: {} a month, {} x {} from {}, {}; price of {}\n", months_of(best.month),
                  best.choice.offer.gpus * best.choice.machines, best.choice.offer.gpu, where(best.choice),
                  estimate::name_of(best.choice.terms), price_of(best.choice));
  if (!report.api || !report.question.load) return text;
  const double by_token = plan::month_by_token(*report.question.load, *report.api).value;
  const double mine = best.month.value.value;
  text += fmt::format("paid by the token at {} and {} a million: {} a month, ",
                      money(report.api->input.value), money(report.api->output.value), money(by_token));
  text += mine < by_token
              ? fmt::format(
                    "{:.2g} times as much; copies of one's own are cheaper from {:.0f} % of this load on\n",
                    by_token / mine, 100 * mine / by_token)
              : fmt::format("cheaper; one's own would be from {:.1f} times this load on, were they as busy\n",
                            mine / by_token);
  return text;
}

std::string in_full(const ServeReport& report, const ServeAnswer& a, const Screen& screen) {
  std::string text = fmt::format("\n{}\n\nmemory of a device: {}\n", parameters_of(report.question.model),
                                 said(a.place.device.memory));
  text += part_bars(plan::parts_of(a), 1, a.place.device.memory.value, screen,
                    [](double bytes) { return said(Bytes{bytes}); });
  return text + fmt::format("keys and values of {:.0f} tokens\n", a.tokens_in_room);
}

std::string places(const ServeReport& report, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const ServeAnswer& a : report.answers) {
    const auto per_million =
        a.place.price && a.fits ? money(plan::per_million(report.question, a, *a.place.price).value) : "-";
    rows.push_back({{plan::name_of(a.place)},
                    {a.fits ? "yes" : "no", a.fits ? Tone::good : Tone::bad},
                    {said(a.memory.weights)},
                    {said(std::max(a.room, Bytes{}))},
                    {a.fits ? fmt::format("{:.1f}", a.alone.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.full.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.batch) : "-"},
                    {a.fits ? said(a.first_token) : "-"},
                    {a.service                         ? copies_of(*a.service)
                     : a.fits && !report.question.load ? std::to_string(a.beside)
                                                       : "-"},
                    {per_million}});
  }
  return "\n" + table({{"PLACE"},
                       {"FITS"},
                       {"WEIGHTS", true},
                       {"ROOM", true},
                       {"ALONE tok/s", true},
                       {"ALL tok/s", true},
                       {"AT ONCE", true},
                       {"FIRST TOKEN", true},
                       {"COPIES", true},
                       {"$/M WRITTEN", true}},
                      rows, screen);
}

/// Fewer bits are read faster and leave more room; how much worse the answers are no formula says.
std::string stored(const ServeReport& report, const Screen& screen) {
  if (report.stored.empty()) return "";
  std::vector<std::vector<Cell>> rows;
  for (const ServeAnswer& a : report.stored)
    rows.push_back({{std::string(plan::name_of(a.serving.quant))},
                    {a.fits ? plan::name_of(a.place) : "does not fit", a.fits ? Tone::plain : Tone::bad},
                    {said(a.memory.weights)},
                    {a.fits ? said(a.room) : "-"},
                    {a.fits ? fmt::format("{:.1f}", a.alone.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.full.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.batch) : "-"}});
  return "\none copy, its weights stored otherwise\n" + table({{"WEIGHTS"},
                                                               {"A COPY"},
                                                               {"OF EACH", true},
                                                               {"ROOM", true},
                                                               {"ALONE tok/s", true},
                                                               {"ALL tok/s", true},
                                                               {"AT ONCE", true}},
                                                              rows, screen);
}

std::string rentals(const ServeReport& report, const Screen& screen) {
  std::string text = "\nfor rent, by the month of 730 hours\n";
  std::vector<std::vector<Cell>> rows;
  for (const plan::ServeRental& each : report.rentals.rentals) {
    if (rows.size() == report.terms.first) break;
    const ServeAnswer& a = each.answer;
    const double machine_gpus = each.choice.offer.gpus * each.choice.machines;
    const auto late = a.service ? a.service->seen.first_token.late : a.first_token;
    rows.push_back(
        {{money(each.month.value.value)},
         {fmt::format("{:g} x {}{}", machine_gpus, each.choice.offer.gpu, unmeasured(a.measured))},
         {a.service ? copies_of(*a.service) : "1"},
         {std::to_string(a.place.devices)},
         {said(late)},
         {money(plan::per_million(report.question, a, each.choice.all / double(a.devices())).value)},
         {where(each.choice)},
         {std::string(estimate::name_of(each.choice.terms))},
         {price_of(each.choice), each.choice.stale ? Tone::bad : Tone::plain}});
  }
  if (!rows.empty())
    text += table({{"A MONTH", true},
                   {"GPUS"},
                   {"COPIES", true},
                   {"OF", true},
                   {"FIRST TOKEN", true},
                   {"$/M WRITTEN", true},
                   {"WHERE"},
                   {"TERMS"},
                   {"PRICE OF"}},
                  rows, screen);
  if (report.terms.rent.offers.terms.empty())
    text += "spot machines, which may be taken back at any time, are told for --terms spot\n";
  return text + looked_at(report.rentals, report.terms);
}

std::vector<Width> widths_of(const ServeReport& report, const ServeAnswer& a) {
  const estimate::Constants& constants = estimate::built_in_constants();
  const std::string& stack = report.question.serving.stack;
  std::vector<Width> all;
  const auto add = [&](const char* what, const estimate::Interval<estimate::TokensPerSecond>& of,
                       const char* kind) {
    all.push_back({what, of.low / of.value, of.high / of.value, std::string(constants.source(kind, stack))});
  };
  add("alone", a.alone, "low.decode_b1");
  add("all at once, copies", a.full, "low.serving_peak");
  all.back().why += wider(a.measured);
  return all;
}

const char* programs(const ServeReport& report) {
  return report.question.serving.stack.empty() ? "vllm, trtllm, llamacpp" : "";
}

/// Why there is nothing to tell in full.
std::string nowhere(const ServeReport& report) {
  const std::string& name = report.question.model.name;
  if (report.terms.places.empty() && report.rentals.offers == 0) return name + ": no offer is of that kind\n";
  if (report.terms.places.empty() && report.rentals.late > 0)
    return fmt::format(
        "{}: {} offers hold it, and none of them answers in time: within {}, {:g} tokens/s "
        "(--first-token, --token-speed)\n",
        name, report.rentals.late, said(report.question.promise.first_token),
        report.question.promise.token_speed.value);
  return name +
         (report.question.automatic
              ? ": fits on none of these; fewer bits (--quant fp8, Q4_K_M), more devices or larger ones "
                "would hold it\n"
              : fmt::format(": does not fit cut into {} (--tp); another number, fewer bits or larger "
                            "devices would hold it\n",
                            report.question.serving.tp));
}

}  // namespace

std::string serve(const ServeReport& report, const Screen& screen) {
  const ServeAnswer* shown = report.shown();
  std::string text;
  if (shown == nullptr)
    text += nowhere(report);
  else
    text += headline(report, *shown) + cheapest(report) + in_full(report, *shown, screen);
  if (!report.answers.empty()) text += places(report, screen);
  text += stored(report, screen) + rentals(report, screen) + "\n" + assumptions(report.terms.assumed);
  return shown == nullptr ? text : text + widths(widths_of(report, *shown), programs(report), screen);
}

}  // namespace busbar::cli::render
