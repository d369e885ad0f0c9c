// SPDX-License-Identifier: Apache-2.0
// balances.hpp: what was held and what it cost, exactly, by account. Folds the same records as the state.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/cluster.hpp"

namespace busbar::ledger {

/// Millionths of the currency, times milliseconds, times thousandths of a device: a sum that never rounds.
__extension__ using Exact = __int128;

/// Cost of holding `milli` thousandths for `held` at `per_hour` (of a whole device or CPU).
/// Exact for 10,000 devices over a century at 10,000.00 an hour; intervals may be split anywhere without
/// changing the sum.
constexpr Exact charge(Money per_hour, std::int64_t milli, Duration held) {
  return Exact{per_hour.count} * milli * held.count();
}

/// An Exact as money: divided by 1000 thousandths and 3,600,000 ms once, half to even.
Money rounded(Exact exact);

using model::Account;

struct Balance {
  std::int64_t device_milli_ms =
      0;  // thousandths of a device times milliseconds: 29 years of 10,000 devices fit
  std::int64_t cpu_milli_ms = 0;
  Exact cost = 0;
  bool operator==(const Balance&) const = default;
};

/// Charges each attempt from its launch decision to its end, at the prices that held meanwhile. A value.
/// An account is kept as what it holds now and what that came to until it last changed, so a record costs
/// O(log accounts) and nothing walks over what runs; only a change of prices touches every account.
class Balances {
 public:
  /// Call with each record and the state *before* it is applied. A record that apply() would refuse changes
  /// nothing.
  void fold(const model::Cluster& before, const model::Record& record);

  /// With everything that still runs charged up to `now`, which is not before the last record.
  std::map<Account, Balance> at(Instant now) const;

  /// All of it as text, to be kept with a snapshot of the state, and back. Errc::invalid for any other text.
  std::string text() const;
  static Result<Balances> read(std::string_view text);

  bool operator==(const Balances&) const = default;

 private:
  struct Standing {
    Balance settled;                               // up to `as_of`
    std::int64_t device_milli = 0, cpu_milli = 0;  // held since then
    Instant as_of;
    bool operator==(const Standing&) const = default;
  };
  Balance settled(const Standing& standing, Instant at) const;
  void change(const Account& account, std::int64_t device_milli, std::int64_t cpu_milli, Instant at);

  std::map<Account, Standing> standings_;
  Money per_device_hour_, per_cpu_hour_;
};

}  // namespace busbar::ledger
