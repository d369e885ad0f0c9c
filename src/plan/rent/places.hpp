// SPDX-License-Identifier: Apache-2.0
// places.hpp: which devices offers have, in which numbers, and which of them are alike.
#pragma once
#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "plan/rent.hpp"

namespace busbar::plan {

/// An offer with whole devices that are known.
struct Candidate {
  const estimate::Offer* offer;
  estimate::Device device;  // as it stands in a machine of this offer
  int node;                 // devices of a usual node
};

/// The offers of the day that are asked for.
struct Candidates {
  std::vector<estimate::Offer> offers;
  std::vector<Candidate> all;        // point into `offers`
  std::vector<std::string> unknown;  // GPUs that the catalogue does not have
};
Result<Candidates> candidates(const estimate::Catalogue& catalogue, const OffersQuestion& question);

/// Sold by the device, not by the machine.
bool by_device(const estimate::Offer& offer);

/// How many devices can be had, doubling up to `most`: of whole nodes several, of smaller machines one.
std::vector<int> numbers(const Candidate& candidate, int most);

/// What two offers share whose answer is the same.
using Site = std::tuple<std::string, int, double, double, int>;
Site site_of(const estimate::Device& device, int number);

/// Cheapest bill first, then fewer machines, the younger price, the name.
bool ranks_before(const Choice& a, const Choice& b);

/// Sorts; keeps of each provider, GPU and terms the cheapest, with `numbers` of each number of them. A
/// listing of a market place is a machine of its own.
template <class Rental>
void keep_cheapest(std::vector<Rental>& rentals, bool numbers) {
  std::ranges::sort(rentals,
                    [](const Rental& a, const Rental& b) { return ranks_before(a.choice, b.choice); });
  std::set<std::tuple<std::string, std::string, double, estimate::Terms>> seen;
  std::erase_if(rentals, [&](const Rental& each) {
    const estimate::Offer& offer = each.choice.offer;
    if (offer.kind != estimate::OfferKind::cloud) return false;
    return !seen.emplace(offer.provider, offer.gpu, numbers ? offer.gpus * each.choice.machines : 0,
                         each.choice.terms)
                .second;
  });
}

}  // namespace busbar::plan
