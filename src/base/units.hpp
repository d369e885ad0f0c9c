// SPDX-License-Identifier: Apache-2.0
// units.hpp: the quantities the whole program counts in. Whole numbers: sums are exact, replays equal.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>

namespace busbar {

/// A whole number of one unit. Quantities of one kind add and compare; kinds do not mix.
template <class Unit>
struct Quantity {
  std::int64_t count = 0;
  constexpr auto operator<=>(const Quantity&) const = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.count + b.count}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.count - b.count}; }
  friend constexpr Quantity operator*(Quantity a, std::int64_t times) { return {a.count * times}; }
  constexpr Quantity& operator+=(Quantity other) { return count += other.count, *this; }
  constexpr Quantity& operator-=(Quantity other) { return count -= other.count, *this; }
};

using Bytes = Quantity<struct BytesUnit>;
using Cpus = Quantity<struct CpuMilliUnit>;      // thousandths of a CPU: 500 is half a core
using Share = Quantity<struct DeviceMilliUnit>;  // thousandths of a device: 2000 is two GPUs
using Money = Quantity<struct MicroUnit>;        // millionths of the ledger's currency: 2.50 is 2'500'000

constexpr Share whole_device{1000};
constexpr Bytes KiB{1024}, MiB{1024LL * 1024}, GiB{1024LL * 1024 * 1024};

/// A name for one thing of one kind; 0 means "none yet".
template <class Kind>
struct Id {
  std::int64_t value = 0;
  constexpr auto operator<=>(const Id&) const = default;
};
using JobId = Id<struct JobKind>;  // 1 .. 2^31 - 1
using NodeId = Id<struct NodeKind>;
using DeviceId = Id<struct DeviceKind>;
using Seq = Id<struct SeqKind>;      // place of a record in the journal; the first is 1
using Epoch = Id<struct EpochKind>;  // which leadership wrote or ordered something; only ever rises

using Duration = std::chrono::milliseconds;
/// The line on which events lie: milliseconds since 1970, never running backwards within one journal.
/// It has no now(): an Instant comes from a Clock that you were handed.
struct Timeline {
  using duration = Duration;
};
using Instant = std::chrono::time_point<Timeline, Duration>;

}  // namespace busbar
