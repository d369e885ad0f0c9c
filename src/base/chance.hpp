// SPDX-License-Identifier: Apache-2.0
// chance.hpp: the only two sources of surprise, as things that are passed to you.
#pragma once
#include <cstdint>

#include "base/units.hpp"

namespace busbar {

/// Time as the core sees it: never runs backwards, whatever is done to the machine's clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;
  /// How far the machine's clock has been set since this was last asked; zero when it went on steadily.
  virtual Duration jumped() { return Duration{0}; }
};

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): small, and the same stream on every platform,
/// which std::uniform_int_distribution does not promise.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// A number from 0 to below-1. The bias of the remainder is below 2^-32 for below < 2^32.
  std::uint64_t below(std::uint64_t below) { return next() % below; }

 private:
  std::uint64_t state_;
};

}  // namespace busbar
