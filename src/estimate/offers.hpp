// SPDX-License-Identifier: Apache-2.0
// offers.hpp: what can be rented or is owned, at which price, as of which day and by whose word.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/sheet.hpp"
#include "estimate/tco.hpp"

namespace busbar::estimate {

using Date = std::chrono::year_month_day;

/// "2026-07-20". Errors: Errc::invalid, for what is no day of the calendar.
Result<Date> parse_date(std::string_view text);
std::string show(Date date);
/// Whole days from one to the other; negative where `to` is earlier.
int days_between(Date from, Date to);

/// How an offer can be paid for.
enum class Terms { on_demand, spot, one_year, three_years };
std::string_view name_of(Terms terms);

enum class OfferKind {
  cloud,   // a provider's list price
  market,  // somebody's machine on a market place: each listing differs
  owned,   // hardware of one's own; its price is what an hour of it costs
};
std::string_view name_of(OfferKind kind);

/// One row of offers.csv. What the row leaves blank is absent.
struct Offer {
  OfferKind kind = OfferKind::cloud;
  std::string provider, region, instance;
  std::string gpu;  // a name of devices.csv, or another; "" where it has none
  double gpus = 0;  // 0.125: an eighth of one
  std::optional<double> gpu_memory_gb, vcpus, memory_gb;
  std::optional<UsdPerHour> hour, spot_hour;      // of the whole instance
  std::optional<UsdPerMonth> month_1y, month_3y;  // with a commitment so long
  Date as_of{};
  std::string source;
  // What listings of market places and one's own machines say besides.
  std::optional<double> bandwidth_gbs, network_gbps;  // of a device's memory; of the machine
  std::optional<double> reliability;                  // 0 to 1
  std::optional<double> longest_days;                 // that it can be rented
  std::optional<bool> verified;
};

/// The price by the hour under these terms; a commitment counts by month / 730. Nothing where it is not
/// offered.
std::optional<UsdPerHour> price(const Offer& offer, Terms terms);
/// Likewise for one GPU of it, or the part of one that it has. Nothing where it has none.
std::optional<UsdPerHour> gpu_price(const Offer& offer, Terms terms);

/// A table with the columns of catalog/README.md. Needed: provider, instance, as_of_date, source and at least
/// one price. A row of owned hardware may instead say price_buy, years,
/// watts, tariff (and gpu_count): its hour is then reckoned, at full use. Errors (Errc::invalid):
/// a column that is not known, a row without a price, a price or number that is none or out of range.
/// Each names file, line and column.
Result<std::vector<Offer>> parse_offers(const Sheet& sheet);

/// `mine` first; what is in both (provider, region, instance, date and kind alike) is taken from `mine`.
std::vector<Offer> extended(const std::vector<Offer>& shipped, std::vector<Offer> mine);

/// Of every offer the newest row that is no later than `date`, so that yesterday's prices can be asked for.
/// Order: as given. Cost: O(n log n).
std::vector<Offer> as_of(const std::vector<Offer>& offers, Date date);

}  // namespace busbar::estimate
