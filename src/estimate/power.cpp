// SPDX-License-Identifier: Apache-2.0
#include "estimate/power.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace busbar::estimate {
namespace {

/// Volts that a balanced load of one amp a line works on.
Volts across(Supply supply) { return supply.volts * (supply.phases == 3 ? std::numbers::sqrt3 : 1.0); }

}  // namespace

Amps continuous(const Feed& feed) { return feed.breaker * feed.derate; }

VoltAmps apparent_power(Supply supply, Amps amps) { return {across(supply).value * amps.value}; }
VoltAmps capacity(const Feed& feed) { return apparent_power(feed.supply, continuous(feed)); }

Amps load_current(Watts load, Supply supply, double power_factor) {
  return {load.value / (across(supply).value * power_factor)};
}

std::array<Amps, 3> line_currents_between(const std::array<Watts, 3>& pairs, Volts line_to_line) {
  std::array<Amps, 3> lines;
  for (std::size_t line = 0; line < 3; ++line) {  // L1 is in pairs 0 and 2, L2 in 1 and 0, L3 in 2 and 1
    const double a = pairs[line].value / line_to_line.value;
    const double b = pairs[(line + 2) % 3].value / line_to_line.value;
    lines[line] = {std::sqrt(a * a + b * b + a * b)};
  }
  return lines;
}

std::vector<Watts> sums(const std::vector<Watts>& loads, const std::vector<std::size_t>& places,
                        std::size_t count) {
  std::vector<Watts> sum(count);
  for (std::size_t k = 0; k < loads.size(); ++k) sum[places[k]] += loads[k];
  return sum;
}

namespace {

constexpr double nothing = 1e-9;  // watts: below it a change is rounding

/// Takes one load off the fullest place, or swaps it for a smaller one, where that lowers the higher of the
/// two.
bool mend(const std::vector<Watts>& loads, std::vector<std::size_t>& places, std::vector<Watts>& sum) {
  const auto full = static_cast<std::size_t>(std::ranges::max_element(sum) - sum.begin());
  for (std::size_t k = 0; k < loads.size(); ++k) {
    if (places[k] != full) continue;
    for (std::size_t other = 0; other < sum.size(); ++other) {
      if (other == full) continue;
      if (sum[other].value + loads[k].value < sum[full].value - nothing) {
        sum[full] -= loads[k], sum[other] += loads[k], places[k] = other;
        return true;
      }
    }
    for (std::size_t j = 0; j < loads.size(); ++j) {
      const Watts less = loads[k] - loads[j];
      if (places[j] == full || less.value <= nothing) continue;
      if (sum[places[j]].value + less.value < sum[full].value - nothing) {
        sum[full] -= less, sum[places[j]] += less;
        std::swap(places[k], places[j]);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<std::size_t> balance(const std::vector<Watts>& loads, std::size_t places) {
  std::vector<std::size_t> order(loads.size()), placed(loads.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return loads[a] > loads[b] || (loads[a] == loads[b] && a < b);
  });
  std::vector<Watts> sum(places);
  for (const std::size_t k : order) {
    placed[k] = static_cast<std::size_t>(std::ranges::min_element(sum) - sum.begin());
    sum[placed[k]] += loads[k];
  }
  constexpr int most_rounds = 1000;
  for (int round = 0; round < most_rounds && mend(loads, placed, sum);) ++round;
  return placed;
}

double imbalance(const std::array<Watts, 3>& phases) {
  const Watts mean = (phases[0] + phases[1] + phases[2]) / 3;
  return mean.value > 0 ? *std::ranges::max_element(phases) / mean - 1 : 0;
}

Watts facility_power(Watts machines, double pue) { return machines * pue; }

KilowattHours energy(Watts load, Seconds time) { return {load.value / 1000 * (time / hour)}; }
Usd cost(KilowattHours energy, UsdPerKilowattHour tariff) { return {energy.value * tariff.value}; }

double btu_per_hour(Watts heat) { return heat.value * 3.412142; }
double tons_of_cooling(Watts heat) { return btu_per_hour(heat) / 12000; }

double air_per_hour(Watts heat, double warming_kelvin) {
  constexpr double density = 1.2, heat_capacity = 1005;
  return heat.value / (density * heat_capacity * warming_kelvin) * 3600;
}

}  // namespace busbar::estimate
