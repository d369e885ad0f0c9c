// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/timeline.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace busbar::sim {

Timeline::Timeline(Instant begin, std::size_t spans)
    : begin_(begin), span_(std::chrono::minutes(1)), part_(spans), whole_(spans + 1) {
  BUSBAR_CHECK(spans > 0 && spans % 2 == 0, "pairs of spans become one");
}

void Timeline::add(Instant at, double change) {
  BUSBAR_CHECK(at >= begin_, "a timeline begins with the first event");
  while (at - begin_ >= span_ * std::int64_t(part_.size())) double_spans();
  const std::size_t in = std::size_t((at - begin_) / span_);
  part_[in] += change * double((span_ * std::int64_t(in + 1) - (at - begin_)).count());
  whole_[in + 1] += change;
}

/// What is there from the beginning of an odd span on fills half of the pair it becomes a part of, and is
/// whole from the next pair on.
void Timeline::double_spans() {
  const std::size_t pairs = part_.size() / 2;
  std::vector<double> part(part_.size()), whole(whole_.size());
  double odd_before = 0;
  for (std::size_t k = 0; k < pairs; ++k) {
    const double even = whole_[2 * k], odd = whole_[2 * k + 1];
    part[k] = part_[2 * k] + part_[2 * k + 1] + odd * double(span_.count());
    whole[k] = even + odd_before;
    odd_before = odd;
  }
  whole[pairs] = odd_before + whole_.back();
  part_ = std::move(part);
  whole_ = std::move(whole);
  span_ *= 2;
}

std::vector<double> Timeline::averages(Instant until) const {
  std::vector<double> found;
  double level = 0;
  for (std::size_t k = 0; begin_ + span_ * std::int64_t(k) < until; ++k) {
    if (k < whole_.size()) level += whole_[k];
    found.push_back(level + (k < part_.size() ? part_[k] / double(span_.count()) : 0));
  }
  return found;
}

}  // namespace busbar::sim
