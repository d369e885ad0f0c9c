// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/quantiles.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.hpp"

namespace busbar::sim {
namespace {

constexpr int fine_bits = 7;
constexpr std::int64_t fine = std::int64_t{1} << fine_bits;

/// Small numbers have a cell each; from there on each power of two has `fine` cells.
std::int64_t cell_of(std::int64_t value) {
  if (value < fine) return value;
  const int shift = int(std::bit_width(std::uint64_t(value))) - 1 - fine_bits;
  return (std::int64_t(shift) + 1) * fine + (value >> shift) - fine;
}
/// The least value of a cell.
std::int64_t value_of(std::int64_t cell) {
  if (cell < fine) return cell;
  return (fine + cell % fine) << (cell / fine - 1);
}

}  // namespace

void Quantiles::add(Duration wait) {
  const std::int64_t milli = wait.count();
  BUSBAR_CHECK(milli >= 0, "nobody waits for less than no time");
  ++count_;
  longest_ = std::max(longest_, wait);
  if (!cells_.empty()) return void(++cells_[cell_of(milli)]);
  exact_.push_back(milli);
  sorted_ = false;
  if (exact_.size() <= exact_most_) return;
  for (const std::int64_t each : exact_) ++cells_[cell_of(each)];
  exact_ = {};
}

double Quantiles::seconds_at(int thousandths) const {
  if (count_ == 0) return 0;
  const std::int64_t rank = std::max<std::int64_t>((count_ * thousandths + 999) / 1000, 1);  // counted from 1
  if (!cells_.empty()) {
    std::int64_t within = 0;
    for (const auto& [cell, many] : cells_) {
      within += many;
      if (within >= rank) return double(std::min(value_of(cell + 1) - 1, longest_.count())) / 1000;
    }
  }
  if (!std::exchange(sorted_, true)) std::ranges::sort(exact_);
  return double(exact_[std::size_t(rank) - 1]) / 1000;
}

double Quantiles::share_within(Duration wait) const {
  if (count_ == 0) return 0;
  std::int64_t within = 0;
  if (!cells_.empty()) {
    for (const auto& [cell, many] : cells_)
      if (value_of(cell) <= wait.count()) within += many;
  } else {
    if (!std::exchange(sorted_, true)) std::ranges::sort(exact_);
    within = std::ranges::upper_bound(exact_, wait.count()) - exact_.begin();
  }
  return double(within) / double(count_);
}

}  // namespace busbar::sim
