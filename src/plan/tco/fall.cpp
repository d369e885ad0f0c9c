// SPDX-License-Identifier: Apache-2.0
// How rent fell, of what the catalogue saw on more than one day.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "plan/offers.hpp"
#include "plan/tco.hpp"

namespace busbar::plan {

using estimate::Date;
using estimate::Offer;

std::optional<PriceFall> price_fall(const std::vector<Offer>& offers, const std::string& gpu, Date by) {
  struct Seen {
    const Offer* first;
    const Offer* last;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Seen> seen;
  const OffersQuestion question{.date = by, .gpu = gpu, .kinds = {estimate::OfferKind::cloud}};
  for (const Offer& offer : offers) {
    if (offer.as_of > by || !offer.hour || offer.hour->value <= 0 || !serves(offer, question)) continue;
    Seen& one =
        seen.try_emplace({offer.provider, offer.region, offer.instance}, Seen{&offer, &offer}).first->second;
    if (offer.as_of < one.first->as_of) one.first = &offer;
    if (offer.as_of > one.last->as_of) one.last = &offer;
  }
  PriceFall fall;
  std::vector<double> rates;
  std::set<std::string> providers;
  for (const auto& [name, one] : seen) {
    const int days = estimate::days_between(one.first->as_of, one.last->as_of);
    constexpr int least_days = 180;  // a year is read off no less than half of one
    if (days < least_days) continue;
    if (rates.empty() || one.first->as_of < fall.from) fall.from = one.first->as_of;
    if (rates.empty() || one.last->as_of > fall.to) fall.to = one.last->as_of;
    rates.push_back(std::pow(*one.last->hour / *one.first->hour, 365.0 / days));
    providers.insert(one.first->provider);
  }
  if (rates.empty()) return std::nullopt;
  std::ranges::sort(rates);
  const std::size_t middle = rates.size() / 2;
  fall.a_year = rates.size() % 2 == 1 ? rates[middle] : (rates[middle - 1] + rates[middle]) / 2;
  fall.offers = int(rates.size()), fall.providers = int(providers.size());
  return fall;
}

double mean_over(const PriceFall& fall, double years) {
  const double rate = std::log(fall.a_year);
  return std::abs(rate) < 1e-9 ? 1 : (std::pow(fall.a_year, years) - 1) / (years * rate);
}

}  // namespace busbar::plan
