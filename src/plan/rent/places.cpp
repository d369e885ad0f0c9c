// SPDX-License-Identifier: Apache-2.0
#include "plan/rent/places.hpp"

#include <cmath>

namespace busbar::plan {
namespace {

using estimate::Device;
using estimate::Offer;

Device in_machine(Device device, const Offer& offer) {
  if (!by_device(offer)) device.in_node = std::max(1, int(offer.gpus));
  if (offer.network_gbps) device.network = {*offer.network_gbps * 1e9 / 8 / std::max(offer.gpus, 1.0)};
  if (offer.bandwidth_gbs) device.bandwidth = {*offer.bandwidth_gbs * 1e9};
  return device;
}

}  // namespace

Result<Candidates> candidates(const estimate::Catalogue& catalogue, const OffersQuestion& question) {
  if (Status sound = check(catalogue.offers, question); !sound) return sound.error();
  Candidates found;
  found.offers = estimate::as_of(catalogue.offers, question.date);
  std::set<std::string> unknown;
  for (const Offer& offer : found.offers) {
    if (!serves(offer, question) || offer.gpus < 1) continue;
    if (const Device* device = catalogue.devices.find(offer.gpu))
      found.all.push_back({&offer, in_machine(*device, offer), device->in_node});
    else
      unknown.insert(offer.gpu);
  }
  found.unknown.assign(unknown.begin(), unknown.end());
  return found;
}

bool by_device(const Offer& offer) {
  return offer.instance.starts_with("per-gpu:") || offer.instance.starts_with("per-chip:");
}

std::vector<int> numbers(const Candidate& candidate, int most) {
  const bool several = by_device(*candidate.offer) || candidate.device.in_node >= candidate.node;
  std::vector<int> all;
  for (int number = std::max(1, int(candidate.offer->gpus)); number <= most; number *= 2) {
    all.push_back(number);
    if (!several) break;
  }
  return all;
}

Site site_of(const Device& device, int number) {
  return {device.name, device.in_node, device.network.value, device.bandwidth.value, number};
}

bool ranks_before(const Choice& a, const Choice& b) {
  const auto rank = [](const Choice& each) {
    return std::tuple(std::round(each.bill.value * 1000), each.machines, each.age_days,
                      std::string_view(each.offer.provider), std::string_view(each.offer.region),
                      std::string_view(each.offer.instance), each.terms);
  };
  return rank(a) < rank(b);
}

}  // namespace busbar::plan
