// SPDX-License-Identifier: Apache-2.0
// share.hpp: which programs may share a device although together they were promised more than it has: such as
// are seldom busy at the same time (docs/adr/0030). Integers only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"

namespace busbar::model {

/// How busy a program kept its device, sample by sample, in thousandths of the device; `absent` where it was
/// not there. All programs have as many samples, taken at the same moments.
using Duty = std::vector<int>;
constexpr int absent = -1;

/// What has to hold of the programs of one device, as far as they are known.
enum class Sharing {
  alone,    // nobody shares
  peaks,    // the sum of what each took at most is no more than the device
  sigma,    // mean + 5 standard deviations of the sum, as if they were independent (N-sigma, EuroSys'21)
  means,    // the sum of what each takes on average
  samples,  // the sum passes the device in no more than `budget` of the samples there were
};

/// Programs by device, as indices into `programs`; each stands on exactly one. The busiest first, each on the
/// fullest device that may take it, else on one of its own. `budget`: of a thousandth. Cost: O(programs x
/// devices x samples).
std::vector<std::vector<std::size_t>> share(const std::vector<Duty>& programs, Sharing sharing,
                                            std::int64_t budget_milli);

/// Samples in which somebody was there, and those in which together they wanted more than the device.
struct Pressed {
  std::int64_t samples = 0, violated = 0;
};
Pressed pressed(const std::vector<Duty>& programs, const std::vector<std::size_t>& device);

/// The same for something that takes its part all the time, beside programs that together wanted so much in
/// each sample: how large may it be, so that the sum passes `capacity` in no more than `budget` of the
/// samples? Never below 0. Cost: O(samples).
std::int64_t room_beside(std::vector<std::int64_t> wanted, std::int64_t capacity, std::int64_t budget_milli);

}  // namespace busbar::model
