// SPDX-License-Identifier: Apache-2.0
#include "estimate/tco.hpp"

namespace busbar::estimate {
namespace {

constexpr double million = 1e6;

}  // namespace

UsdPerMonth amortised(const Owned& owned) {
  return {(owned.capex - owned.residual).value / (owned.years * months_per_year)};
}

UsdPerMonth power_bill(const Owned& owned, double busy_hours) {
  const KilowattHours used =
      energy(facility_power(owned.busy, owned.pue), hour * busy_hours) +
      energy(facility_power(owned.idle, owned.pue), hour * (hours_per_month - busy_hours));
  return {cost(used, owned.tariff).value};
}

UsdPerMonth running(const Owned& owned, double busy_hours) {
  return owned.fixed + power_bill(owned, busy_hours);
}

UsdPerHour committed_hour(UsdPerMonth month) { return {month.value / hours_per_month}; }
UsdPerMonth month_of(UsdPerHour price, double hours) { return {price.value * hours}; }

std::optional<double> break_even_months(Usd capex, UsdPerMonth rent, UsdPerMonth running) {
  const UsdPerMonth saved_by_owning = rent - running;
  if (saved_by_owning.value <= 0) return std::nullopt;
  return capex.value / saved_by_owning.value;
}

UsdPerHour per_delivered_hour(Usd per_year, double gpus, double utilisation) {
  return {per_year.value / (gpus * hours_per_year * utilisation)};
}

std::optional<double> break_even_utilisation(Usd per_year, double gpus, UsdPerHour rent,
                                             UsdPerHour per_used_hour) {
  const UsdPerHour saved_each = rent - per_used_hour;
  if (saved_each.value <= 0) return std::nullopt;
  return per_year.value / (gpus * hours_per_year * saved_each.value);
}

Usd gpu_hours_bill(double gpu_hours, UsdPerHour price, double gpus) {
  return price * (hour * (gpu_hours / gpus));
}

UsdPerMonth colocation(Watts reserved, UsdPerMonth per_kilowatt) {
  return per_kilowatt * (reserved.value / 1000);
}

Usd token_bill(Tokens tokens, UsdPerMillionTokens price) { return {tokens.value / million * price.value}; }

UsdPerHour per_hour_of_tokens(TokensPerSecond rate, UsdPerMillionTokens price) {
  return {token_bill(rate * hour, price).value};
}

}  // namespace busbar::estimate
