// SPDX-License-Identifier: Apache-2.0
#include "plan/serve.hpp"

#include <algorithm>
#include <cmath>

#include "estimate/tco.hpp"
#include "plan/spread.hpp"

namespace busbar::plan {

ServeAnswer answer(const ServeQuestion& question, const Place& place, const estimate::Constants& constants) {
  ServeAnswer said;
  const estimate::Serving& s = question.serving;
  said.place = place;
  said.place.devices = s.devices();
  said.serving = s;
  said.measured = was_measured(constants, Kind::serving_peak, place.device);
  said.memory = estimate::serving_memory(question.model, s, constants);
  said.room = estimate::kv_room(question.model, s, place.device, constants);
  said.tokens_in_room = std::max(0.0, said.room / estimate::kv_per_token(question.model, s));
  said.fits = said.room >= said.memory.kv;
  if (!said.fits) return said;
  said.alone = around(estimate::decode_alone(question.model, s, place.device, constants),
                      spread(constants, Kind::decode_b1, s.stack, &place.device));
  const estimate::Peak peak = estimate::peak(question.model, s, place.device, constants);
  said.full = around(peak.output, spread(constants, Kind::serving_peak, s.stack, &place.device));
  said.batch = peak.batch;
  said.first_token =
      estimate::Tokens{s.input} / estimate::prefill_alone(question.model, s, place.device, constants);
  return said;
}

double least_copies(const ServeQuestion& question, const ServeAnswer& copy) {
  if (!question.load || copy.full.value.value <= 0) return 1;
  return question.load->rate() * question.load->output() / copy.full.value.value;
}

namespace {

/// The fewest copies, were each so many times slower.
std::optional<int> copies_of(const ServeQuestion& question, const ServeAnswer& copy, double slower,
                             const estimate::Constants& constants) {
  constexpr double spare = 1.2;
  const estimate::Pace pace = estimate::pace(question.model, copy.serving, copy.place.device, constants);
  const int fewest = std::max(1, int(std::ceil(spare * slower * least_copies(question, copy))));
  return copies_for(*question.load, pace.slower(slower), question.promise, fewest);
}

}  // namespace

ServeAnswer served(const ServeQuestion& question, ServeAnswer copy, const estimate::Constants& constants) {
  if (!question.load || !copy.fits) return copy;
  const auto copies = copies_of(question, copy, 1, constants);
  if (!copies) return copy;
  const estimate::Pace pace = estimate::pace(question.model, copy.serving, copy.place.device, constants);
  copy.service = Service{*copies, *copies, copies, replay(*question.load, pace, *copies),
                         least_copies(question, copy) / *copies};
  return copy;
}

ServeAnswer bounded(const ServeQuestion& question, ServeAnswer served, const estimate::Constants& constants) {
  if (!served.service) return served;
  const estimate::Interval<estimate::TokensPerSecond>& speed = served.full;
  served.service->low =
      copies_of(question, served, speed.value / speed.high, constants).value_or(served.service->copies);
  served.service->high = copies_of(question, served, speed.value / speed.low, constants);
  return served;
}

namespace {

bool better_filled(const ServeQuestion& question, const ServeAnswer& a, const ServeAnswer& b) {
  const auto in_time = [&](const ServeAnswer& each) {
    return each.first_token <= question.promise.first_token;
  };
  if (in_time(a) != in_time(b)) return in_time(a);
  return a.full.value * a.beside > b.full.value * b.beside;
}

}  // namespace

ServeAnswer best(const ServeQuestion& question, const Place& place, const estimate::Constants& constants) {
  std::optional<ServeAnswer> found;
  ServeAnswer last;
  for (int tp = 1; tp <= std::min(place.devices, place.device.in_node); tp *= 2) {
    if (question.model.heads % tp != 0) break;
    ServeQuestion each = question;
    each.serving.tp = tp;
    each.serving.stages = 1;
    last = answer(each, place, constants);
    if (!last.fits) continue;
    if (!question.load) {
      last.beside = place.devices / tp;
      if (!found || better_filled(question, last, *found)) found = last;
      continue;
    }
    // More devices a copy are looked at only while they may come to fewer in all.
    if (found && found->service && least_copies(question, last) * tp >= found->devices()) continue;
    last = served(each, std::move(last), constants);
    if (!found || (last.service && (!found->service || last.devices() < found->devices()))) found = last;
  }
  return bounded(question, found.value_or(last), constants);
}

estimate::Usd month_by_token(const Load& load, const TokenPrices& prices) {
  const double requests = load.rate() * 3600 * estimate::hours_per_month;
  return (prices.input * load.input() + prices.output * load.output()) * (requests / 1e6);
}

estimate::Usd per_million(const ServeQuestion& question, const ServeAnswer& answer,
                          estimate::UsdPerHour device) {
  const double written =
      question.load ? question.load->rate() * question.load->output() : answer.full.value.value;
  return estimate::Usd{device.value * answer.devices() / 3600 / written * 1e6};
}

}  // namespace busbar::plan
