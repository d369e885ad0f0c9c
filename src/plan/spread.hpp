// SPDX-License-Identifier: Apache-2.0
// spread.hpp: between which factors of a prediction four of five such cases lie.
#pragma once
#include <string_view>

#include "estimate/constants.hpp"
#include "estimate/device.hpp"
#include "estimate/units.hpp"
#include "plan/measured.hpp"

namespace busbar::plan {

/// Whether anything of this kind was learned on devices of this generation. Memory knows no generations.
bool was_measured(const estimate::Constants& constants, Kind kind, const estimate::Device& device);

struct Spread {
  double low, high;  // measured / predicted
};
/// As errors of this kind were spread, of this program where it is known; wider by the spread of learned
/// shares between generations where nothing was learned on the device's own: the two are independent, so that
/// the squares of their logarithms add. No device: as on one that was measured.
Spread spread(const estimate::Constants& constants, Kind kind, std::string_view stack,
              const estimate::Device* device = nullptr);

template <class Amount>
estimate::Interval<Amount> around(Amount value, Spread of) {
  return {value, value * of.low, value * of.high};
}

/// Of a time, where the spread is that of its speed.
template <class Amount>
estimate::Interval<Amount> around_inverse(Amount value, Spread of) {
  return {value, value / of.high, value / of.low};
}

}  // namespace busbar::plan
