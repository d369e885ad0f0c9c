// SPDX-License-Identifier: Apache-2.0
// tco.hpp: what owning, renting and paying by the token come to, and where they cost the same. Money that is
// paid once, by the month whatever happens, and by the hour of use are kept apart: mixing them is the usual
// mistake of such calculators.
#pragma once
#include <optional>

#include "estimate/power.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

using UsdPerMonth = Amount<struct UsdPerMonthUnit>;
using UsdPerMillionTokens = Amount<struct UsdPerMillionTokensUnit>;

constexpr double hours_per_month = 730, hours_per_year = 8760, months_per_year = 12;

/// Machines that are bought.
struct Owned {
  Usd capex;         // all that is paid at the start: machines, network, racks, installation
  Usd residual;      // what they are sold for at the end
  double years = 4;  // until then
  Watts busy;        // of all machines at work
  Watts idle;        // and without it
  double pue = 1;    // of the place where they stand
  UsdPerKilowattHour tariff;
  UsdPerMonth fixed;  // room, people, maintenance: whatever the machines do
};

/// (capex - residual) / months: straight-line.
UsdPerMonth amortised(const Owned& owned);
/// Of `busy_hours` (0 to 730) in a month at work and the rest idle.
UsdPerMonth power_bill(const Owned& owned, double busy_hours);
/// What has to be paid month by month once the machines are there: power and what is fixed, never the
/// purchase.
UsdPerMonth running(const Owned& owned, double busy_hours);

/// A commitment by the month as a price by the hour, whether it is used or not: month / 730.
UsdPerHour committed_hour(UsdPerMonth month);
UsdPerMonth month_of(UsdPerHour price, double hours = hours_per_month);

/// Months until a purchase has paid for itself: capex / (rent - running). Nothing where renting costs no more
/// than running what one owns. `running` excludes the amortised purchase: counting it there pays it twice.
std::optional<double> break_even_months(Usd capex, UsdPerMonth rent, UsdPerMonth running);

/// What an hour of one owned GPU costs that is really used: per_year / (gpus x 8760 x utilisation), per_year
/// being capex / years and all that is paid in a year. Source: the usual build-or-rent model.
UsdPerHour per_delivered_hour(Usd per_year, double gpus, double utilisation);
/// The utilisation at which that equals `rent`, with `per_used_hour` being what is paid only for hours that
/// are used: per_year / (gpus x 8760 x (rent - per_used_hour)). Above 1: renting is cheaper at any use.
/// Nothing where an hour of use alone costs as much as renting it.
std::optional<double> break_even_utilisation(Usd per_year, double gpus, UsdPerHour rent,
                                             UsdPerHour per_used_hour = {});

/// A bill for so many GPU-hours where `gpus` of them cost `price` an hour.
Usd gpu_hours_bill(double gpu_hours, UsdPerHour price, double gpus);

/// Room, power and cooling by the kilowatt that is reserved, as colocation sells it.
UsdPerMonth colocation(Watts reserved, UsdPerMonth per_kilowatt);

Usd token_bill(Tokens tokens, UsdPerMillionTokens price);
/// What tokens bring in, or cost, at a steady rate.
UsdPerHour per_hour_of_tokens(TokensPerSecond rate, UsdPerMillionTokens price);

/// How much cheaper: 0.84 is 84 % less than `before`.
template <class Price>
double saved(Price before, Price after) {
  return 1 - after / before;
}

}  // namespace busbar::estimate
