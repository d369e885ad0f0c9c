// SPDX-License-Identifier: Apache-2.0
#include "sched/reserved.hpp"

#include <algorithm>

#include "sched/index.hpp"

namespace busbar::sched {

Reserved::Reserved(const model::Cluster& cluster) {
  for (const auto& [name, reservation] : cluster.reservations) all_.push_back(&reservation);
}

Bars Reserved::bars(const model::Job& job, const Shape& shape, Instant start) const {
  Bars bars;
  if (all_.empty()) return bars;
  const auto end = end_of(shape, start);
  for (std::uint32_t place = 0; place < all_.size(); ++place) {
    if (all_[place]->meets(start, end) && !all_[place]->is_for(job)) bars.push_back(place);
  }
  return bars;
}

std::vector<const model::Reservation*> Reserved::closed_to(const model::Job& job) const {
  std::vector<const model::Reservation*> closed;
  std::ranges::copy_if(all_, std::back_inserter(closed),
                       [&](const model::Reservation* one) { return !one->is_for(job); });
  return closed;
}

std::vector<Instant> Reserved::openings_for(const model::Job& job) const {
  std::vector<Instant> openings;
  for (const model::Reservation* one : closed_to(job)) openings.push_back(one->until);
  std::ranges::sort(openings);
  return openings;
}

std::vector<NodeId> Reserved::own(const model::Job& job, Instant now) const {
  std::vector<NodeId> nodes;
  for (const model::Reservation* one : all_) {
    if (one->from <= now && now < one->until && one->is_for(job))
      nodes.insert(nodes.end(), one->nodes.begin(), one->nodes.end());
  }
  std::ranges::sort(nodes);
  return nodes;
}

bool Reserved::closes(const Bars& bars, const std::vector<Spot>& spots) const {
  return std::ranges::any_of(bars, [&](std::uint32_t bar) {
    return std::ranges::any_of(spots, [&](const Spot& spot) { return at(bar).has(spot.node); });
  });
}

Barred::Barred(Space& space, const Reserved& reserved, const Bars& bars)
    : space_(space), reserved_(reserved) {
  close(bars);
}

Barred::~Barred() { open(); }

void Barred::close(const Bars& bars) {
  for (const std::uint32_t bar : bars) {
    for (const NodeId id : reserved_.at(bar).nodes) {
      const std::size_t node = space_.find(id);
      if (node == space_.size() || !space_.at(node).up) continue;
      space_.change(node).up = false;
      closed_.push_back(node);
    }
  }
}

void Barred::open() {
  for (const std::size_t node : closed_) space_.change(node).up = true;
  closed_.clear();
}

std::vector<std::size_t> Barred::turn_to(const Bars& bars) {
  std::vector<std::size_t> turned = closed_;
  open();
  close(bars);
  turned.insert(turned.end(), closed_.begin(), closed_.end());
  std::ranges::sort(turned);
  const auto repeated = std::ranges::unique(turned);
  turned.erase(repeated.begin(), repeated.end());
  return turned;
}

}  // namespace busbar::sched
