// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "plan/rent/places.hpp"

namespace busbar::plan {
namespace {

using estimate::Seconds;
using estimate::Terms;
using estimate::Usd;

/// A commitment of which the work fills less than a quarter is told only to those who ask for it.
bool mostly_unused(const Choice& choice, double hours) {
  return choice.bill.value > 4 * choice.all.value * hours;
}

/// Each answer once, however many offers share it.
class Answers {
 public:
  Answers(const TrainQuestion& question, Seconds setup, const estimate::Constants& constants)
      : question_(question), setup_(setup), constants_(constants) {}

  /// Nothing where it does not fit, or where there are more devices than a step has work for.
  const TrainAnswer* at(const estimate::Device& device, int number) {
    const auto [at, fresh] = answers_.try_emplace(site_of(device, number));
    if (fresh) {
      at->second = best(question_, {device, number, std::nullopt}, constants_);
      if (at->second) ways_ += std::size_t(at->second->ways), begin_later(at->second->time);
    }
    const bool of_use = at->second && at->second->fits &&
                        at->second->training.global_batch <= question_.training.global_batch;
    return of_use ? &*at->second : nullptr;
  }
  std::size_t ways() const { return ways_; }

 private:
  void begin_later(estimate::Interval<Seconds>& time) const {
    for (Seconds* each : {&time.value, &time.low, &time.high}) *each += setup_;
  }

  const TrainQuestion& question_;
  Seconds setup_;
  const estimate::Constants& constants_;
  std::map<Site, std::optional<TrainAnswer>> answers_;
  std::size_t ways_ = 0;
};

estimate::Interval<Usd> cost_of(const Choice& choice, const TrainAnswer& answer) {
  const auto paid = [&](Seconds time) {
    const Usd by_time = choice.all * time;
    return choice.terms >= Terms::one_year ? std::max(choice.bill, by_time) : by_time;
  };
  return {choice.bill, paid(answer.time.low), paid(answer.time.high)};
}

/// The run on this offer under each of its terms.
void price(const estimate::Offer& offer, const TrainAnswer& answer, OffersQuestion question,
           Rentals<TrainRental>& into) {
  const bool all_terms = question.terms.empty();
  question.gpus = answer.place.devices;
  question.hours = answer.time.value / estimate::hour;
  for (const Terms terms : terms_of(question)) {
    auto choice = choose(offer, terms, question);
    if (!choice) continue;
    into.plans += std::size_t(answer.ways);
    if (all_terms && mostly_unused(*choice, question.hours)) continue;
    TrainRental rental{std::move(*choice), answer};
    rental.answer.cost = cost_of(rental.choice, answer);
    into.rentals.push_back(std::move(rental));
  }
}

}  // namespace

Result<Rentals<TrainRental>> rent(const TrainQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const estimate::Constants& constants) {
  const Result<Candidates> there = candidates(catalogue, wanted.offers);
  if (!there) return there.error();
  Rentals<TrainRental> found{.offers = there->all.size(), .unknown = there->unknown};
  Answers answers(question, wanted.setup, constants);
  for (const Candidate& each : there->all) {
    bool held = false, in_time = false;
    for (const int number : numbers(each, wanted.most_devices)) {
      const TrainAnswer* answer = answers.at(each.device, number);
      if (answer == nullptr) continue;
      held = true;
      if (wanted.within && answer->time.high > *wanted.within) continue;
      in_time = true;
      price(*each.offer, *answer, wanted.offers, found);
    }
    found.too_small += !held, found.late += held && !in_time;
  }
  found.ways = answers.ways();
  keep_cheapest(found.rentals, true);
  for (std::size_t k = 0; k < found.rentals.size(); ++k) {
    if (found.front.empty() ||
        found.rentals[k].answer.time.value < found.rentals[found.front.back()].answer.time.value)
      found.front.push_back(k);
  }
  return found;
}

}  // namespace busbar::plan
