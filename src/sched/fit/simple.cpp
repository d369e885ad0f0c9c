// SPDX-License-Identifier: Apache-2.0
// simple.cpp: random, first, worst, and consolidate: policies of a line or two.
#include "sched/fit/policy.hpp"

#include "base/chance.hpp"

namespace busbar::sched {
namespace {

/// Any node alike: a lot for each job and node.
class Random final : public Policy {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}
  Choice choose(const Look& node, const Ask& ask) const override {
    Rng rng(seed_ ^ (static_cast<std::uint64_t>(ask.job) << 32) ^ static_cast<std::uint64_t>(node.tie));
    const auto lot = static_cast<std::int64_t>(rng.next() >> 2);
    if (ask.share == 0) return {lot, -1};
    const auto fits = [&](int d) { return node.suits[d] && node.milli[d] >= ask.share; };
    std::uint64_t room = 0;
    for (int d = 0; d < node.devices; ++d) room += fits(d);
    std::uint64_t chosen = rng.below(room);
    int device = 0;
    while (!fits(device) || chosen-- > 0) ++device;
    return {lot, device};
  }
  bool same_for_all() const override { return false; }

 private:
  std::uint64_t seed_;
};

/// The first node in order, and on it the first device.
class First final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    if (ask.share == 0) return {0, -1};
    int d = 0;
    while (!node.suits[d] || node.milli[d] < ask.share) ++d;
    return {0, d};
  }
};

/// The node with most free, devices first, then CPUs.
class Worst final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    int device = -1;
    for (int d = 0; ask.share > 0 && d < node.devices; ++d) {
      if (node.suits[d] && node.milli[d] >= ask.share && (device < 0 || node.milli[d] > node.milli[device]))
        device = d;
    }
    return {(node.free_milli << 32) + node.cpus, device};
  }
};

/// As Helios does on the Philly trace (Hu et al., SC'21): the node with the fewest free devices.
class Consolidate final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    return {-node.free_milli, tightest_device(node, ask.share)};
  }
};

}  // namespace

int tightest_device(const Look& node, int share) {
  if (share == 0) return -1;
  int best = -1;
  for (int d = 0; d < node.devices; ++d) {
    if (node.suits[d] && node.milli[d] >= share && (best < 0 || node.milli[d] < node.milli[best])) best = d;
  }
  return best;
}

PolicyMade random_fit(std::uint64_t seed) { return std::make_shared<const Random>(seed); }
PolicyMade first_fit() { return std::make_shared<const First>(); }
PolicyMade worst_fit() { return std::make_shared<const Worst>(); }
PolicyMade consolidate() { return std::make_shared<const Consolidate>(); }

}  // namespace busbar::sched
