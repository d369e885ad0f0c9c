// SPDX-License-Identifier: Apache-2.0
// spread.hpp: between which factors of a prediction four of five such cases lie.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "estimate/constants.hpp"
#include "estimate/units.hpp"

namespace busbar::plan {

struct Spread {
  double low, high;  // measured / predicted
};

/// As errors of this kind ("train_time") were spread, of this program where it is known; wider by the spread
/// of learned shares between generations where nothing was learned on a device's own: the two are
/// independent, so that the squares of their logarithms add.
inline Spread spread(const estimate::Constants& constants, std::string_view kind, std::string_view stack,
                     bool measured = true) {
  const auto wider = [&](const char* end) {
    const double log = std::log(constants.of(std::string(end) + std::string(kind), stack));
    return measured ? log : std::copysign(std::hypot(log, std::log(constants.of("unseen"))), log);
  };
  return {std::exp(wider("low.")), std::exp(wider("high."))};
}

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
