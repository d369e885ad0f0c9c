// SPDX-License-Identifier: Apache-2.0
#include "plan/rent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace busbar::plan {
namespace {

using estimate::Constants;
using estimate::Device;
using estimate::Offer;
using estimate::Seconds;

using Devices = estimate::Shelf<Device>;

/// Sold by the device, not by the machine.
bool by_device(const Offer& offer) {
  return offer.instance.starts_with("per-gpu:") || offer.instance.starts_with("per-chip:");
}

/// The device as it stands in a machine of this offer.
std::optional<Device> device_of(const Offer& offer, const Devices& devices) {
  const Device* known = devices.find(offer.gpu);
  if (known == nullptr) return std::nullopt;
  Device device = *known;
  if (!by_device(offer)) device.in_node = std::max(1, int(offer.gpus));
  if (offer.network_gbps) device.network = {*offer.network_gbps * 1e9 / 8 / std::max(offer.gpus, 1.0)};
  if (offer.bandwidth_gbs) device.bandwidth = {*offer.bandwidth_gbs * 1e9};
  return device;
}

/// How many devices can be had: of whole nodes (of `node` devices) several, doubling.
std::vector<int> numbers(const Offer& offer, const Device& device, int node, int most) {
  std::vector<int> all;
  int number = std::max(1, int(offer.gpus));
  while (number <= most) {
    all.push_back(number);
    if (!by_device(offer) && device.in_node < node) break;
    number *= 2;
  }
  return all;
}

/// What two offers share whose answer is the same.
using Site = std::tuple<std::string, int, double, double, int>;
Site site_of(const Device& device, int number) {
  return {device.name, device.in_node, device.network.value, device.bandwidth.value, number};
}

struct Candidate {
  const Offer* offer;
  Device device;
};

/// The offers of the day that are asked for, with whole devices that are known.
template <class Rental>
std::vector<Candidate> candidates(const Devices& devices, const std::vector<Offer>& known,
                                  const OffersQuestion& question, Rentals<Rental>& into) {
  std::vector<Candidate> all;
  std::set<std::string> unknown;
  for (const Offer& offer : known) {
    if (!serves(offer, question) || offer.gpus < 1) continue;
    if (auto device = device_of(offer, devices))
      all.push_back({&offer, std::move(*device)});
    else
      unknown.insert(offer.gpu);
  }
  into.offers = all.size();
  into.unknown.assign(unknown.begin(), unknown.end());
  return all;
}

auto rank_of(const Choice& choice) {
  return std::tuple(std::round(choice.bill.value * 1000), choice.machines, choice.age_days,
                    std::string_view(choice.offer.provider), std::string_view(choice.offer.region),
                    std::string_view(choice.offer.instance), choice.terms);
}

/// A commitment of which the work fills less than a quarter is told only to those who ask for it.
bool mostly_unused(const Choice& choice, double hours) {
  return choice.bill.value > 4 * choice.all.value * hours;
}

/// Cheapest first, of each provider, GPU and terms the cheapest; with `numbers` of each number of them.
template <class Rental>
void order(Rentals<Rental>& found, bool numbers) {
  std::ranges::sort(found.rentals,
                    [](const Rental& a, const Rental& b) { return rank_of(a.choice) < rank_of(b.choice); });
  std::set<std::tuple<std::string, std::string, double, estimate::Terms>> seen;
  std::erase_if(found.rentals, [&](const Rental& each) {
    const Offer& offer = each.choice.offer;
    if (offer.kind != estimate::OfferKind::cloud) return false;  // each listing is a machine of its own
    return !seen.emplace(offer.provider, offer.gpu, numbers ? offer.gpus * each.choice.machines : 0,
                         each.choice.terms)
                .second;
  });
}

}  // namespace

Result<Rentals<TrainRental>> rent(const TrainQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const Constants& constants) {
  if (Status sound = check(catalogue.offers, wanted.offers); !sound) return sound.error();
  const std::vector<Offer> known = estimate::as_of(catalogue.offers, wanted.offers.date);
  Rentals<TrainRental> found;
  std::map<Site, std::optional<TrainAnswer>> answers;
  for (const Candidate& each : candidates(catalogue.devices, known, wanted.offers, found)) {
    bool held = false, in_time = false;
    for (const int number : numbers(*each.offer, each.device,
                                    catalogue.devices.find(each.offer->gpu)->in_node, wanted.most_devices)) {
      const auto [at, fresh] = answers.try_emplace(site_of(each.device, number));
      if (fresh) at->second = best(question, {each.device, number, std::nullopt}, constants);
      if (fresh && at->second) found.ways += std::size_t(at->second->ways);
      if (!at->second || !at->second->fits) continue;
      const TrainAnswer& answer = *at->second;
      if (answer.training.global_batch > question.training.global_batch)
        break;  // more than there is work for
      held = true;
      if (wanted.within && answer.time.high > *wanted.within) continue;
      in_time = true;
      OffersQuestion priced = wanted.offers;
      priced.gpus = number;
      priced.hours = answer.time.value / estimate::hour;
      for (const estimate::Terms terms : terms_of(priced)) {
        auto choice = choose(*each.offer, terms, priced);
        if (choice) found.plans += std::size_t(answer.ways);
        if (!choice || (wanted.offers.terms.empty() && mostly_unused(*choice, priced.hours))) continue;
        TrainRental rental{std::move(*choice), answer};
        const estimate::UsdPerHour all = rental.choice.all;
        const double least = rental.choice.bill.value;
        const auto paid = [&](Seconds time) {
          return terms >= estimate::Terms::one_year ? estimate::Usd{std::max(least, (all * time).value)}
                                                    : all * time;
        };
        rental.answer.cost = estimate::Interval<estimate::Usd>{rental.choice.bill, paid(answer.time.low),
                                                               paid(answer.time.high)};
        found.rentals.push_back(std::move(rental));
      }
    }
    found.too_small += !held, found.late += held && !in_time;
  }
  order(found, true);
  for (std::size_t k = 0; k < found.rentals.size(); ++k) {
    if (found.front.empty() ||
        found.rentals[k].answer.time.value < found.rentals[found.front.back()].answer.time.value)
      found.front.push_back(k);
  }
  return found;
}

namespace {

/// One way to serve on one offer, before its load is replayed.
struct Sketch {
  const Candidate* candidate;
  estimate::Terms terms;
  int tp;
  double dollars;  // of a month, at least
};

/// Machines for so many copies; those of one copy stand in one machine.
double machines_for(const Offer& offer, double copies, int devices) {
  if (by_device(offer)) return std::ceil(copies) * devices;
  return std::ceil(copies / std::floor(offer.gpus / devices));
}

using estimate::hours_per_month;

estimate::Interval<estimate::Usd> month(const Offer& offer, const Choice& choice, const ServeAnswer& copy) {
  const auto bill = [&](double copies) {
    return choice.bill * (machines_for(offer, copies, copy.place.devices) / choice.machines);
  };
  if (!copy.service) return {choice.bill, choice.bill, choice.bill};
  const auto high = copy.service->high;
  return {choice.bill, bill(copy.service->low),
          high ? bill(*high) : estimate::Usd{std::numeric_limits<double>::infinity()}};
}

}  // namespace

Result<Rentals<ServeRental>> rent(const ServeQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const Constants& constants) {
  if (Status sound = check(catalogue.offers, wanted.offers); !sound) return sound.error();
  const std::vector<Offer> known = estimate::as_of(catalogue.offers, wanted.offers.date);
  Rentals<ServeRental> found;
  const std::vector<Candidate> all = candidates(catalogue.devices, known, wanted.offers, found);
  std::map<Site, ServeAnswer> copies;  // of so many devices each
  const auto copy_of = [&](const Device& device, int tp) -> ServeAnswer& {
    const auto [at, fresh] = copies.try_emplace(site_of(device, tp));
    ServeQuestion each = question;
    each.serving.tp = tp, each.serving.stages = 1;
    if (fresh) at->second = answer(each, {device, tp, std::nullopt}, constants);
    return at->second;
  };
  std::vector<Sketch> sketches;
  for (const Candidate& each : all) {
    bool held = false;
    for (int tp = 1; tp <= each.device.in_node && question.model.heads % tp == 0; tp *= 2) {
      if (!question.automatic && tp != question.serving.tp) continue;
      const ServeAnswer& copy = copy_of(each.device, tp);
      if (!copy.fits || copy.first_token > question.promise.first_token) continue;
      held = true;
      const double machines = machines_for(*each.offer, std::max(1.0, least_copies(question, copy)), tp);
      for (const estimate::Terms terms : terms_of(wanted.offers)) {
        // What answers people all day is not put where it may be taken away, unless somebody asks for it.
        if (terms == estimate::Terms::spot && wanted.offers.terms.empty()) continue;
        if (const auto hour = estimate::price(*each.offer, terms))
          sketches.push_back({&each, terms, tp, hour->value * machines * hours_per_month});
      }
    }
    found.too_small += !held;
  }
  std::ranges::sort(sketches, {}, &Sketch::dollars);
  // A replay costs more than a sketch: none is replayed that is dearer at best than the so-manieth found.
  constexpr std::size_t enough = 60;
  std::map<Site, bool> replayed;
  for (const Sketch& sketch : sketches) {
    if (found.rentals.size() >= enough) {
      std::ranges::sort(found.rentals, {}, [](const ServeRental& each) { return each.choice.bill.value; });
      if (sketch.dollars > found.rentals[enough - 1].choice.bill.value) break;
    }
    const Offer& offer = *sketch.candidate->offer;
    ServeAnswer& copy = copy_of(sketch.candidate->device, sketch.tp);
    bool& done = replayed[site_of(sketch.candidate->device, sketch.tp)];
    if (!done) copy = served(question, copy, constants);
    done = true;
    if (question.load && !copy.service) {
      ++found.late;
      continue;
    }
    OffersQuestion priced = wanted.offers;
    priced.gpus = machines_for(offer, copy.service ? copy.service->copies : 1, sketch.tp) * offer.gpus;
    priced.hours = hours_per_month;
    if (auto choice = choose(offer, sketch.terms, priced)) {
      choice->bill = choice->all * (estimate::hour * hours_per_month);  // by the month, a commitment too
      found.rentals.push_back({std::move(*choice), copy, month(offer, *choice, copy)});
    }
  }
  order(found, false);
  return found;
}

}  // namespace busbar::plan
