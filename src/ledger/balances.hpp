// SPDX-License-Identifier: Apache-2.0
// balances.hpp: what was held and what it cost, exactly, by account. Folds the same records as the state.
#pragma once
#include <compare>
#include <map>
#include <string>

#include "model/cluster.hpp"

namespace busbar::ledger {

/// Millionths of the currency, times milliseconds, times thousandths of a device: a sum that never rounds.
__extension__ using Exact = __int128;

/// Cost of holding `milli` thousandths for `held` at `per_hour` (of a whole device or CPU).
/// Exact for 10,000 devices over a century at 10,000.00 an hour; intervals may be split anywhere without changing the sum.
constexpr Exact charge(Money per_hour, std::int64_t milli, Duration held) { return Exact{per_hour.count} * milli * held.count(); }

/// An Exact as money: divided by 1000 thousandths and 3,600,000 ms once, half to even.
Money rounded(Exact exact);

struct Account {
  std::string tenant, project, user;
  auto operator<=>(const Account&) const = default;
};
struct Balance {
  std::int64_t device_milli_ms = 0;  // thousandths of a device times milliseconds
  std::int64_t cpu_milli_ms = 0;
  Exact cost = 0;
  bool operator==(const Balance&) const = default;
};

/// Charges each attempt from its launch decision to its end, at the prices that held meanwhile.
/// Call with each record and the state *before* it is applied.
class Balances {
 public:
  void fold(const model::Cluster& before, const model::Record& record);
  /// Balances with everything that still runs charged up to `now`.
  std::map<Account, Balance> at(const model::Cluster& cluster, Instant now) const;

 private:
  std::map<Account, Balance> settled_;
};

}  // namespace busbar::ledger
