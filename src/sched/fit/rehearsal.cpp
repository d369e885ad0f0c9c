// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/rehearsal.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/chance.hpp"

namespace busbar::sched {
namespace {

constexpr int full = 1000, scale = 256;
constexpr int rounds = 30;
constexpr std::int64_t trust = 1;                    // the chain's guess counts as so many devices seen
constexpr std::int64_t keep_part = 9, keep_of = 10;  // of what earlier rounds saw

/// Demands side by side, smaller sizes first; `before`: how many tasks ask for less.
struct Demand {
  int size;
  std::int64_t count, before;
};
using DemandList = std::vector<Demand>;

/// A first guess, and for holes that no round sees: each hole takes whatever comes next and fits; one time in
/// fifty it is given up. `known` replaces the guess of smaller holes as it goes along.
std::int32_t chain(const DemandList& demands, std::int64_t all, const HoleLosses& known, int hole) {
  const std::int64_t patience = std::max<std::int64_t>(all, 1);
  std::int64_t sum = patience * hole * scale, weight = patience;
  for (const auto& [size, count, before] : demands) {
    if (size > hole) break;
    sum += 50 * count * known[static_cast<std::size_t>(hole - size)];
    weight += 50 * count;
  }
  return static_cast<std::int32_t>(sum / weight);
}

/// What the rounds saw of holes of one size: how often, and what of them was empty in the end.
struct Seen {
  std::int64_t often = 0, empty = 0;
};

class Round {
 public:
  Round(const DemandList& demands, std::int64_t all, const HoleLosses& losses, int number)
      : demands_(demands),
        all_(all),
        number_(number),
        losses_(losses),
        hole_(all < 256 ? 500 : 4000, full),
        next_(hole_.size()),
        first_(full + 1, none),
        capacity_(static_cast<std::int64_t>(hole_.size()) * full) {
    for (std::size_t d = 0; d < hole_.size(); ++d) put(static_cast<int>(d));
  }

  /// Sum of what was in use at 85, 90, 95, 100 and 105 % arrived.
  std::int64_t play() {
    Rng rng(static_cast<std::uint64_t>(number_) + 1);
    std::int64_t used = 0, sum = 0, arrived = 0;
    std::int64_t due = capacity_ * 85 / 100;
    while (arrived < capacity_ * 105 / 100) {
      const int size = draw(rng);
      arrived += size;
      if (place(size)) used += size;
      for (; due <= arrived && due <= capacity_; due += capacity_ / 20) sum += used;
    }
    return sum + used;
  }

  void report(std::vector<Seen>& seen) const {
    for (const auto& [device, hole] : visits_) note(seen, hole, device);
    for (std::size_t d = 0; d < hole_.size(); ++d) note(seen, hole_[d], static_cast<int>(d));
  }

 private:
  static constexpr int none = -1;

  void note(std::vector<Seen>& seen, int hole, int device) const {
    Seen& of = seen[static_cast<std::size_t>(hole)];
    of.often += 1000;
    of.empty += std::int64_t{1000} * hole_[static_cast<std::size_t>(device)];
  }

  int draw(Rng& rng) const {
    const auto lot = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(all_)));
    return std::prev(std::ranges::upper_bound(demands_, lot, {}, &Demand::before))->size;
  }

  bool place(int size) {
    int best = none;
    std::int32_t most = 0;
    for (auto hole = std::ranges::lower_bound(present_, size); hole != present_.end(); ++hole) {
      const std::int32_t gain =
          losses_[static_cast<std::size_t>(*hole)] - losses_[static_cast<std::size_t>(*hole - size)];
      if (best == none || gain > most) best = *hole, most = gain;
    }
    if (best == none) return false;
    int& first = first_[static_cast<std::size_t>(best)];
    const int device = first;
    first = next_[static_cast<std::size_t>(device)];
    if (first == none) present_.erase(std::ranges::lower_bound(present_, best));
    visits_.emplace_back(device, best);
    hole_[static_cast<std::size_t>(device)] = best - size;
    if (best > size) put(device);
    return true;
  }

  void put(int device) {
    const int hole = hole_[static_cast<std::size_t>(device)];
    int& first = first_[static_cast<std::size_t>(hole)];
    if (first == none) present_.insert(std::ranges::lower_bound(present_, hole), hole);
    next_[static_cast<std::size_t>(device)] = first;
    first = device;
  }

  const DemandList& demands_;
  std::int64_t all_;
  int number_;
  const HoleLosses& losses_;
  std::vector<int> hole_, next_;  // by device: its hole, and the next device with the same
  std::vector<int> first_;        // by hole: the first such device
  std::vector<int> present_;      // the holes there are, rising
  std::int64_t capacity_;
  std::vector<std::pair<int, int>> visits_;  // device and the hole that it had
};

/// Nobody shares devices: what one task leaves of a device is lost, a whole one is not.
HoleLosses nothing_shared() {
  HoleLosses losses{};
  for (int hole = 1; hole < full; ++hole) losses[static_cast<std::size_t>(hole)] = hole * scale;
  return losses;
}

}  // namespace

Demands demands_of(const std::map<model::Want, std::int64_t>& work) {
  Demands demands;
  for (const auto& [want, count] : work) {
    const std::int64_t milli = want.gpus.count;
    if (milli <= 0) continue;
    if (milli < full) {
      demands[static_cast<int>(milli)] += count;
    } else {
      demands[full] += count * std::min<std::int64_t>((milli + full - 1) / full, 1024);
    }
  }
  return demands;
}

HoleLosses rehearse(Demands by_size) {
  if (by_size.empty() || by_size.begin()->first == full) return nothing_shared();
  for (const int size : {full / 4, full / 2, full}) ++by_size[size];
  DemandList demands;
  std::int64_t all = 0;
  for (const auto& [size, count] : by_size) {
    if (count > 0) demands.push_back({size, count, all});
    all += count;
  }

  HoleLosses losses{};
  for (int hole = 1; hole <= full; ++hole)
    losses[static_cast<std::size_t>(hole)] = chain(demands, all, losses, hole);

  HoleLosses best = losses;
  std::int64_t most = -1;
  std::vector<Seen> seen(full + 1);
  for (int round = 0; round <= rounds; ++round) {
    Round played(demands, all, losses, round);
    const std::int64_t used = played.play();
    if (used > most) most = used, best = losses;
    for (Seen& of : seen) of = {of.often * keep_part / keep_of, of.empty * keep_part / keep_of};
    played.report(seen);
    for (int hole = 1; hole <= full; ++hole) {
      const Seen& of = seen[static_cast<std::size_t>(hole)];
      const std::int64_t guess = chain(demands, all, losses, hole);
      losses[static_cast<std::size_t>(hole)] =
          static_cast<std::int32_t>((of.empty * scale + trust * 1000 * guess) / (of.often + trust * 1000));
    }
  }
  return best;
}

}  // namespace busbar::sched
