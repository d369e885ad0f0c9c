// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <map>

#include "plan/rent/places.hpp"

namespace busbar::plan {
namespace {

using estimate::hours_per_month;
using estimate::Offer;
using estimate::Terms;
using estimate::Usd;

/// Machines for so many copies; those of one copy stand in one machine.
double machines_for(const Offer& offer, double copies, int devices) {
  if (by_device(offer)) return std::ceil(copies) * devices;
  return std::ceil(copies / std::floor(offer.gpus / devices));
}

/// Copies of so many devices each; their load is replayed once, however many offers share them.
class Copies {
 public:
  Copies(const ServeQuestion& question, const estimate::Constants& constants)
      : question_(question), constants_(constants) {}

  const ServeAnswer& one(const estimate::Device& device, int tp) {
    const auto [at, fresh] = copies_.try_emplace(site_of(device, tp));
    if (fresh) {
      ServeQuestion each = question_;
      each.serving.tp = tp, each.serving.stages = 1;
      at->second.answer = answer(each, {device, tp, std::nullopt}, constants_);
    }
    return at->second.answer;
  }
  const ServeAnswer& with_load(const estimate::Device& device, int tp) {
    one(device, tp);
    Copy& copy = copies_.at(site_of(device, tp));
    if (!copy.replayed) copy.answer = served(question_, std::move(copy.answer), constants_);
    copy.replayed = true;
    return copy.answer;
  }

 private:
  struct Copy {
    ServeAnswer answer;
    bool replayed = false;
  };
  const ServeQuestion& question_;
  const estimate::Constants& constants_;
  std::map<Site, Copy> copies_;
};

/// One way to serve on one offer, before its load is replayed.
struct Sketch {
  const Candidate* candidate;
  Terms terms;
  int tp;
  double dollars;  // of a month, at least
};

/// What answers people all day is not put where it may be taken away, unless somebody asks for it.
bool taken_away(Terms terms, const OffersQuestion& question) {
  return terms == Terms::spot && question.terms.empty();
}

void sketch(const Candidate& candidate, const ServeQuestion& question, const OffersQuestion& offers,
            Copies& copies, std::vector<Sketch>& into, Rentals<ServeRental>& found) {
  bool held = false, in_time = false;
  for (int tp = 1; tp <= candidate.device.in_node && question.model.heads % tp == 0; tp *= 2) {
    if (!question.automatic && tp != question.serving.tp) continue;
    const ServeAnswer& copy = copies.one(candidate.device, tp);
    held |= copy.fits;
    if (!copy.fits || copy.first_token > question.promise.first_token) continue;
    in_time = true;
    const double machines = machines_for(*candidate.offer, std::max(1.0, least_copies(question, copy)), tp);
    for (const Terms terms : terms_of(offers)) {
      const auto hour = estimate::price(*candidate.offer, terms);
      if (hour && !taken_away(terms, offers))
        into.push_back({&candidate, terms, tp, hour->value * machines * hours_per_month});
    }
  }
  found.too_small += !held, found.late += held && !in_time;
}

/// Cheapest first; of those that differ in their region alone the cheapest.
void keep_one_of_each_region(std::vector<Sketch>& sketches) {
  std::ranges::sort(sketches, {}, &Sketch::dollars);
  std::set<std::tuple<std::string, Site, double, Terms>> seen;
  std::erase_if(sketches, [&](const Sketch& each) {
    const Offer& offer = *each.candidate->offer;
    if (offer.kind != estimate::OfferKind::cloud) return false;
    return !seen.emplace(offer.provider, site_of(each.candidate->device, each.tp), offer.gpus, each.terms)
                .second;
  });
}

/// The cheapest bill of each provider, GPU and terms so far.
class Cheapest {
 public:
  explicit Cheapest(std::size_t wanted) : wanted_(wanted) {}

  double of(const Sketch& sketch) const {
    const auto found = bills_.find(key(sketch));
    return found == bills_.end() ? std::numeric_limits<double>::infinity() : found->second;
  }
  void add(const Sketch& sketch, double bill) {
    double& there = bills_.try_emplace(key(sketch), bill).first->second;
    there = std::min(there, bill);
  }
  /// Whether as many as are wanted cost no more than this.
  bool all_below(double dollars) const {
    return std::size_t(std::ranges::count_if(
               bills_, [&](const auto& each) { return each.second <= dollars; })) >= wanted_;
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, Terms>;
  static Key key(const Sketch& sketch) {
    const Offer& offer = *sketch.candidate->offer;
    const bool listing = offer.kind != estimate::OfferKind::cloud;  // each is a machine of its own
    return {offer.provider, offer.gpu, listing ? offer.instance : "", sketch.terms};
  }
  std::size_t wanted_;
  std::map<Key, double> bills_;
};

estimate::Interval<Usd> month_of(const Offer& offer, const Choice& choice, const ServeAnswer& copy) {
  const auto bill = [&](double copies) {
    return choice.bill * (machines_for(offer, copies, copy.place.devices) / choice.machines);
  };
  if (!copy.service) return {choice.bill, choice.bill, choice.bill};
  const auto high = copy.service->high;
  return {choice.bill, bill(copy.service->low),
          high ? bill(*high) : Usd{std::numeric_limits<double>::infinity()}};
}

std::optional<ServeRental> rental(const Sketch& sketch, const ServeAnswer& copy, OffersQuestion question) {
  const Offer& offer = *sketch.candidate->offer;
  question.gpus = machines_for(offer, copy.service ? copy.service->copies : 1, sketch.tp) * offer.gpus;
  question.hours = hours_per_month;
  auto choice = choose(offer, sketch.terms, question);
  if (!choice) return std::nullopt;
  choice->bill = choice->all * (estimate::hour * hours_per_month);  // by the month, a commitment too
  const Usd bill = choice->bill;
  return ServeRental{std::move(*choice), copy, {bill, bill, bill}};
}

}  // namespace

Result<Rentals<ServeRental>> rent(const ServeQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const estimate::Constants& constants) {
  const Result<Candidates> there = candidates(catalogue, wanted.offers);
  if (!there) return there.error();
  Rentals<ServeRental> found{.offers = there->all.size(), .unknown = there->unknown};
  Copies copies(question, constants);
  std::vector<Sketch> sketches;
  for (const Candidate& each : there->all) sketch(each, question, wanted.offers, copies, sketches, found);
  keep_one_of_each_region(sketches);
  Cheapest cheapest(wanted.keep);
  for (const Sketch& each : sketches) {
    if (cheapest.all_below(each.dollars)) break;  // a replay costs more than a sketch
    if (cheapest.of(each) <= each.dollars) continue;
    const ServeAnswer& copy = copies.with_load(each.candidate->device, each.tp);
    if (question.load && !copy.service) {
      ++found.late;
      continue;
    }
    auto had = rental(each, copy, wanted.offers);
    if (!had) continue;
    cheapest.add(each, had->month.value.value);
    found.rentals.push_back(std::move(*had));
  }
  keep_cheapest(found.rentals, false);
  if (found.rentals.size() > wanted.keep) found.rentals.resize(wanted.keep);
  for (ServeRental& each : found.rentals) {
    each.answer = bounded(question, std::move(each.answer), constants);
    each.month = month_of(each.choice.offer, each.choice, each.answer);
  }
  return found;
}

}  // namespace busbar::plan
