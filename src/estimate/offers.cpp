// SPDX-License-Identifier: Apache-2.0
#include "estimate/offers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "base/text.hpp"
#include "estimate/sheet_row.hpp"

namespace busbar::estimate {
namespace {

constexpr std::array<std::string_view, 4> terms_names = {"on demand", "spot", "1 year", "3 years"};
constexpr std::array<std::string_view, 3> kind_names = {"cloud", "market", "owned"};

constexpr std::array<std::string_view, 26> columns = {"kind",
                                                      "provider",
                                                      "region",
                                                      "instance",
                                                      "gpu",
                                                      "gpu_count",
                                                      "gpu_memory_gb",
                                                      "vcpus",
                                                      "memory_gb",
                                                      "price_hour",
                                                      "spot_price_hour",
                                                      "price_month_1y",
                                                      "price_month_3y",
                                                      "as_of_date",
                                                      "source",
                                                      "bandwidth_gbs",
                                                      "network_gbps",
                                                      "reliability",
                                                      "longest_days",
                                                      "verified",
                                                      "price_buy",
                                                      "years",
                                                      "watts",
                                                      "tariff",
                                                      "pue",
                                                      "note"};

constexpr double most_money = 1e9, most_count = 1e6;

template <class Quantity>
std::optional<Quantity> money(SheetRow& row, std::string_view column) {
  const auto read = row.number(column, 0, most_money);
  if (!read) return std::nullopt;
  return Quantity{*read};
}

void read_kind(SheetRow& row, Offer& offer) {
  const std::string kind = row.text("kind");
  if (kind.empty()) return;
  const auto found = std::ranges::find(kind_names, kind);
  if (found == kind_names.end())
    return row.refuse("kind", "found " + text::quote(kind) + "; cloud, market or owned would be right");
  offer.kind = OfferKind(found - kind_names.begin());
}

void read_date(SheetRow& row, Offer& offer) {
  const std::string text = row.needed("as_of_date", "the day of the price, such as 2026-07-20,");
  const Result<Date> date = parse_date(text);
  if (!text.empty() && !date) row.refuse("as_of_date", date.error().message);
  if (date) offer.as_of = *date;
}

void read_verified(SheetRow& row, Offer& offer) {
  const std::string verified = text::lower(row.text("verified"));
  if (verified == "yes" || verified == "true")
    offer.verified = true;
  else if (verified == "no" || verified == "false")
    offer.verified = false;
  else if (!verified.empty())
    row.refuse("verified", "found " + text::quote(verified) + "; yes or no would be right");
}

/// What an hour of hardware costs that was bought: the purchase spread over its years at full use, and power.
void read_purchase(SheetRow& row, Offer& offer) {
  const auto buy = money<Usd>(row, "price_buy");
  const auto years = row.number("years", 0.1, 30), watts = row.number("watts", 0, 1e7);
  const auto tariff = row.number("tariff", 0, 10), pue = row.number("pue", 1, 5);
  if (!buy || offer.hour) return;
  if (!years) return row.refuse("years", "found nothing; how long the machine serves would be right");
  if (watts && !tariff)
    return row.refuse("tariff", "found nothing; US dollars for a kWh would be right beside watts");
  const KilowattHours used = energy(facility_power({watts.value_or(0)}, pue.value_or(1)), hour);
  offer.hour = UsdPerHour{buy->value / (*years * hours_per_year) + cost(used, {tariff.value_or(0)}).value};
}

void read_prices(SheetRow& row, Offer& offer) {
  offer.hour = money<UsdPerHour>(row, "price_hour");
  offer.spot_hour = money<UsdPerHour>(row, "spot_price_hour");
  offer.month_1y = money<UsdPerMonth>(row, "price_month_1y");
  offer.month_3y = money<UsdPerMonth>(row, "price_month_3y");
  read_purchase(row, offer);
  if (!offer.hour && !offer.spot_hour && !offer.month_1y && !offer.month_3y)
    row.refuse("price_hour",
               "found no price at all; one of price_hour, spot_price_hour, price_month_1y, price_month_3y or "
               "price_buy with years would be right");
}

void read_machine(SheetRow& row, Offer& offer) {
  offer.gpu = row.text("gpu");
  offer.gpus = row.number("gpu_count", 0, most_count).value_or(0);
  if (!offer.gpu.empty() && offer.gpus <= 0)
    row.refuse("gpu_count", "found nothing or 0; how many " + text::quote(offer.gpu) + " would be right");
  offer.gpu_memory_gb = row.number("gpu_memory_gb", 0, most_count);
  offer.vcpus = row.number("vcpus", 0, most_count);
  offer.memory_gb = row.number("memory_gb", 0, 1e9);
  offer.bandwidth_gbs = row.number("bandwidth_gbs", 0, 1e6);
  offer.network_gbps = row.number("network_gbps", 0, 1e6);
  offer.reliability = row.number("reliability", 0, 1);
  offer.longest_days = row.number("longest_days", 0, 1e5);
}

Result<Offer> read(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  Offer offer;
  read_kind(row, offer);
  offer.provider = row.needed("provider", "who offers it");
  offer.region = row.text("region");
  offer.instance = row.needed("instance", "what it is called");
  read_machine(row, offer);
  read_date(row, offer);
  offer.source = row.needed("source", "where the price was read");
  read_verified(row, offer);
  read_prices(row, offer);
  if (row.error()) return *row.error();
  return offer;
}

auto name_in(const Offer& offer) {
  return std::tie(offer.kind, offer.provider, offer.region, offer.instance);
}

}  // namespace

Result<Date> parse_date(std::string_view text) {
  const auto parts = text::split(text, '-');
  const Error wrong{Errc::invalid,
                    "found " + text::quote(text) + "; a day such as 2026-07-20 would be right"};
  if (parts.size() != 3 || text.size() != 10 || parts[0].size() != 4 || parts[1].size() != 2) return wrong;
  const auto year = text::parse_whole(parts[0], 1900, 9999), month = text::parse_whole(parts[1], 1, 12),
             of_month = text::parse_whole(parts[2], 1, 31);
  if (!year || !month || !of_month) return wrong;
  const Date date{std::chrono::year(int(*year)), std::chrono::month(unsigned(*month)),
                  std::chrono::day(unsigned(*of_month))};
  if (!date.ok()) return wrong;
  return date;
}

std::string show(Date date) {
  return text::rfc3339(Instant{std::chrono::sys_days(date).time_since_epoch()}).substr(0, 10);
}

int days_between(Date from, Date to) {
  return static_cast<int>((std::chrono::sys_days(to) - std::chrono::sys_days(from)).count());
}

std::string_view name_of(Terms terms) { return terms_names[static_cast<std::size_t>(terms)]; }
std::string_view name_of(OfferKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<UsdPerHour> price(const Offer& offer, Terms terms) {
  switch (terms) {
    case Terms::on_demand:
      return offer.hour;
    case Terms::spot:
      return offer.spot_hour;
    case Terms::one_year:
      return offer.month_1y ? std::optional(committed_hour(*offer.month_1y)) : std::nullopt;
    case Terms::three_years:
      return offer.month_3y ? std::optional(committed_hour(*offer.month_3y)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<UsdPerHour> gpu_price(const Offer& offer, Terms terms) {
  const auto whole = price(offer, terms);
  if (!whole || offer.gpus <= 0) return std::nullopt;
  return *whole / offer.gpus;
}

Result<std::vector<Offer>> parse_offers(const Sheet& sheet) {
  constexpr std::array<std::string_view, 4> needed = {"provider", "instance", "as_of_date", "source"};
  if (Status fine = check_columns(sheet, needed, columns); !fine) return fine.error();
  std::vector<Offer> offers;
  offers.reserve(sheet.rows());
  for (std::size_t row = 0; row < sheet.rows(); ++row) {
    Result<Offer> offer = read(sheet, row);
    if (!offer) return offer.error();
    offers.push_back(std::move(*offer));
  }
  return offers;
}

std::vector<Offer> extended(const std::vector<Offer>& shipped, std::vector<Offer> mine) {
  const auto key = [](const Offer& offer) {
    return std::make_tuple(offer.kind, offer.provider, offer.region, offer.instance, offer.as_of);
  };
  std::map<decltype(key(Offer{})), bool> overridden;
  for (const Offer& offer : mine) overridden[key(offer)] = true;
  for (const Offer& offer : shipped) {
    if (!overridden.contains(key(offer))) mine.push_back(offer);
  }
  return mine;
}

std::vector<Offer> as_of(const std::vector<Offer>& offers, Date date) {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < offers.size(); ++k) {
    if (offers[k].as_of <= date) order.push_back(k);
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (name_in(offers[a]) != name_in(offers[b])) return name_in(offers[a]) < name_in(offers[b]);
    return offers[a].as_of != offers[b].as_of ? offers[a].as_of > offers[b].as_of : a < b;
  });
  const auto tail = std::ranges::unique(
      order, [&](std::size_t a, std::size_t b) { return name_in(offers[a]) == name_in(offers[b]); });
  order.erase(tail.begin(), tail.end());
  std::ranges::sort(order);
  std::vector<Offer> newest;
  for (const std::size_t k : order) newest.push_back(offers[k]);
  return newest;
}

}  // namespace busbar::estimate
