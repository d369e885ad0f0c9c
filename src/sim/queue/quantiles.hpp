// SPDX-License-Identifier: Apache-2.0
// quantiles.hpp: how waits are distributed, in memory that does not grow with their number.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "base/units.hpp"

namespace busbar::sim {

/// The wait that a share of all does not exceed. Exact up to `most_exact` waits; of more, cells of which each
/// is 1/128 wider than the one before give it to 0.8 %.
class Quantiles {
 public:
  static constexpr std::size_t most_exact = std::size_t{1} << 22;

  explicit Quantiles(std::size_t exact = most_exact) : exact_most_(exact) {}
  /// Not negative.
  void add(Duration wait);
  std::int64_t count() const { return count_; }
  Duration longest() const { return longest_; }
  /// The shortest wait that so many thousandths of all (0 to 1000) did not exceed; of none 0.
  double seconds_at(int thousandths) const;
  /// How many waited no longer than this: the share, from 0 to 1.
  double share_within(Duration wait) const;

 private:
  std::size_t exact_most_;
  std::int64_t count_ = 0;
  Duration longest_{0};
  mutable std::vector<std::int64_t> exact_;  // milliseconds; sorted when asked
  mutable bool sorted_ = true;
  std::map<std::int64_t, std::int64_t> cells_;  // by index: how many; only once they are too many for exact_
};

}  // namespace busbar::sim
