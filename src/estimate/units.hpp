// SPDX-License-Identifier: Apache-2.0
// units.hpp: the quantities that an estimate is made of. Real numbers, since every one of them is known to a
// few percent at best; what must be exact (parameters, money that is charged) is whole and lives elsewhere.
#pragma once
#include <compare>
#include <cstdint>

namespace busbar::estimate {

/// A real number of one unit. Quantities of one kind add, compare and divide to a ratio; kinds do not mix.
template <class Unit>
struct Amount {
  double value = 0;
  constexpr auto operator<=>(const Amount&) const = default;
  friend constexpr Amount operator+(Amount a, Amount b) { return {a.value + b.value}; }
  friend constexpr Amount operator-(Amount a, Amount b) { return {a.value - b.value}; }
  friend constexpr Amount operator*(Amount a, double times) { return {a.value * times}; }
  friend constexpr Amount operator*(double times, Amount a) { return {a.value * times}; }
  friend constexpr Amount operator/(Amount a, double parts) { return {a.value / parts}; }
  friend constexpr double operator/(Amount a, Amount b) { return a.value / b.value; }
  constexpr Amount& operator+=(Amount other) { return value += other.value, *this; }
  constexpr Amount& operator-=(Amount other) { return value -= other.value, *this; }
};

/// So much of `What` in a second.
template <class What>
struct PerSecond;

using Seconds = Amount<struct SecondsUnit>;
using Bytes = Amount<struct RealBytesUnit>;
using Flops = Amount<struct FlopsUnit>;    // floating-point operations, not a rate
using Tokens = Amount<struct TokensUnit>;  // positions of a sequence
using Joules = Amount<struct JoulesUnit>;
using Usd = Amount<struct UsdUnit>;  // US dollars, of the day that is said beside them
using BytesPerSecond = Amount<PerSecond<Bytes>>;
using FlopsPerSecond = Amount<PerSecond<Flops>>;
using TokensPerSecond = Amount<PerSecond<Tokens>>;
using Watts = Amount<PerSecond<Joules>>;
using UsdPerHour = Amount<struct UsdPerHourUnit>;

/// Quantity = rate x time, either way round.
template <class What>
constexpr Seconds operator/(Amount<What> what, Amount<PerSecond<Amount<What>>> rate) {
  return {what.value / rate.value};
}
template <class What>
constexpr Amount<What> operator*(Amount<PerSecond<Amount<What>>> rate, Seconds time) {
  return {rate.value * time.value};
}
template <class What>
constexpr Amount<PerSecond<Amount<What>>> operator/(Amount<What> what, Seconds time) {
  return {what.value / time.value};
}
constexpr Usd operator*(UsdPerHour rate, Seconds time) { return {rate.value * time.value / 3600}; }

constexpr Bytes KiB{1024.0}, MiB{1024.0 * 1024}, GiB{1024.0 * 1024 * 1024};  // of memory
constexpr Bytes GB{1e9};                                                     // of disks, links and makers
constexpr Seconds minute{60}, hour{3600}, day{86400};

/// What is expected, and between which values four of five such cases lie (an 80 % interval).
template <class Quantity>
struct Interval {
  Quantity value{}, low{}, high{};
  constexpr bool operator==(const Interval&) const = default;
};

}  // namespace busbar::estimate
