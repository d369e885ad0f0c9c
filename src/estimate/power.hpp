// SPDX-License-Identifier: Apache-2.0
// power.hpp: what a feed carries and what a load draws from it: one and three phases, derating, phase
// balance, energy and heat.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "estimate/units.hpp"

namespace busbar::estimate {

using Volts = Amount<struct VoltsUnit>;
using Amps = Amount<struct AmpsUnit>;
using VoltAmps = Amount<struct VoltAmpsUnit>;  // apparent power; watts where the power factor is 1
using KilowattHours = Amount<struct KilowattHoursUnit>;
using UsdPerKilowattHour = Amount<struct UsdPerKilowattHourUnit>;

/// How electricity arrives. `volts` is line to line where there are three phases, else between the two wires.
struct Supply {
  Volts volts;
  int phases = 1;  // 1 or 3
  bool operator==(const Supply&) const = default;
};

/// A breaker and the circuit behind it. North American practice loads it to 0.8 of the breaker for hours on
/// end (NEC 210.20, 645.5); a European rating states what may flow for ever: 1.
struct Feed {
  Supply supply;
  Amps breaker;
  double derate = 0.8;
  bool operator==(const Feed&) const = default;
};

/// What may flow for hours. Source: as Feed.
Amps continuous(const Feed& feed);

/// volts x amps, and times sqrt(3) where there are three phases: each of three lines carries `amps`. A
/// balanced load is taken for granted; what is on the lines of one that is not: line_currents.
VoltAmps apparent_power(Supply supply, Amps amps);
VoltAmps capacity(const Feed& feed);

/// Current in each line for a balanced load. `power_factor` in (0, 1].
/// The usual mistake is 3 x the line-to-line voltage in the denominator, which is sqrt(3) too small a
/// current.
Amps load_current(Watts load, Supply supply, double power_factor = 1);

/// Loads between two lines of a three-phase supply without neutral (208 V): pair 0 is L1-L2, 1 is L2-L3, 2 is
/// L3-L1. The current of a line is the vector sum of its two pairs, which are 60 degrees apart:
/// sqrt(a^2 + b^2 + a b). Balanced pairs give sqrt(3) x their current.
std::array<Amps, 3> line_currents_between(const std::array<Watts, 3>& pairs, Volts line_to_line);

/// Which of `places` equal places each load goes to, so that the fullest holds little: largest first onto the
/// emptiest (Graham 1969: within 4/3 - 1/(3 places) of the best), then single moves and swaps while they
/// help. Ties go to the lower number. Cost: O(n log n + n places) and the few rounds of mending.
std::vector<std::size_t> balance(const std::vector<Watts>& loads, std::size_t places);

/// Load that each place got.
std::vector<Watts> sums(const std::vector<Watts>& loads, const std::vector<std::size_t>& places,
                        std::size_t count);

/// How far the fullest of three phases is above their mean, as a share of it; 0 where nothing flows.
double imbalance(const std::array<Watts, 3>& phases);

/// What a site draws for so much at the machines. Source: definition of PUE (ISO/IEC 30134-2).
Watts facility_power(Watts machines, double pue);

KilowattHours energy(Watts load, Seconds time);
Usd cost(KilowattHours energy, UsdPerKilowattHour tariff);

/// Heat is what is drawn, in the unit that cooling is sold in: 3412.142 BTU/h to a kW, 12,000 BTU/h to a ton.
double btu_per_hour(Watts heat);
double tons_of_cooling(Watts heat);
/// Air that carries `heat` away while it warms by `warming_kelvin`, in cubic metres an hour; at 1.2 kg/m3 and
/// 1005 J/(kg K), air at 20 C near the sea.
double air_per_hour(Watts heat, double warming_kelvin);

}  // namespace busbar::estimate
