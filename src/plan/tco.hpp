// SPDX-License-Identifier: Apache-2.0
// tco.hpp: own, colocate, rent, mix both or pay by the token: what each costs over the years, where owning
// and renting cost the same, and what decides between them. Takes no side: every option is reckoned from the
// same demand.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/offers.hpp"
#include "estimate/tco.hpp"

namespace busbar::plan {

/// How many GPUs are at work, as shares of the time: from the most to the fewest. Shares add to 1.
struct DemandStep {
  double share, gpus;
};
using Demand = std::vector<DemandStep>;

/// A demand of `peak` GPUs of which on the mean `busy` (0 to 1] are at work. In between the load duration
/// curve peak (1 - t)^(1/busy - 1), t being the share of time in which more is wanted: flat at 1, a straight
/// line at one half, rare peaks near 0.
Demand demand_of(double peak, double busy);
/// Recorded: a table with `hours` and `gpus`, hours in which so many were at work. Errors name the line.
Result<Demand> parse_demand(std::string name, std::string_view text);
double peak_of(const Demand& demand);
/// Mean over peak.
double busy_of(const Demand& demand);
/// GPUs, on the mean, that are at work beyond the first `owned`.
double beyond(const Demand& demand, double owned);

/// How the price on demand of one GPU changed: of each offer that was seen on two days at least half a year
/// apart, the last price over the first, by the year; the median of them.
struct PriceFall {
  double a_year = 1;  // of a price, what is left of it after a year
  int offers = 0, providers = 0;
  estimate::Date from{}, to{};
};
/// Nothing where no offer of `gpu` was seen twice by that day.
std::optional<PriceFall> price_fall(const std::vector<estimate::Offer>& offers, const std::string& gpu,
                                    estimate::Date by);
/// The mean price over so many years, of today's, if it goes on so.
double mean_over(const PriceFall& fall, double years);

struct TcoQuestion {
  Demand demand;
  double gpus_per_node = 8;
  double years = 4;
  estimate::Usd gpu_price;                           // of one GPU as bought
  double server_factor = 1.4;                        // what servers and network add to it
  double residual_share = 0.1;                       // of the purchase, at the end
  estimate::Watts busy_watts{850}, idle_watts{150};  // of a GPU with its share of the machine
  double pue = 1.4;
  estimate::UsdPerKilowattHour tariff{0.15};
  estimate::UsdPerMonth site{0}, staff{0};  // of all machines
  estimate::UsdPerMonth colo_kilowatt{200};
  double nameplate_watts = 1275;  // of a GPU with its share: what colocation reserves
  std::optional<estimate::UsdPerHour> rent, rent_1y, rent_3y;  // of one GPU
  std::optional<PriceFall> fall;                               // of rent by the hour, where it was seen
  double stored_gb = 0, egress_gb = 0;                         // egress by the month
  double cloud_gb_month = 0.023, own_gb_month = 0.006, egress_gb_price = 0.09;
  estimate::Tokens tokens_per_month{0};
  std::optional<estimate::UsdPerMillionTokens> token_price;
  std::optional<double> needed_in_weeks;
  double delivery_weeks = 12;
  bool sovereign = false;  // data may not leave one's own machines
};

enum class Way { own, colocate, rent, commit, hybrid, tokens };
std::string_view name_of(Way way);

/// One way, by the month.
struct TcoOption {
  Way way;
  double owned = 0;      // GPUs that are bought
  double committed = 0;  // GPUs under a commitment
  estimate::Usd capex;
  estimate::UsdPerMonth purchase, power, site, staff, rent, storage, egress, tokens;
  std::string refused;  // why it is out of the question; "" when it is not
  estimate::UsdPerMonth month() const {
    return purchase + power + site + staff + rent + storage + egress + tokens;
  }
  /// All that is paid month by month.
  estimate::UsdPerMonth running() const { return month() - purchase; }
};

/// How the result moves with one thing that was taken for granted.
struct Swing {
  std::string what;
  std::string range;  // "$0.11 to $0.19"
  double low, high;   // owning over renting, by the month, at both ends
  std::string basis;  // "judgement", or what the range was read off
};

struct TcoAnswer {
  std::vector<TcoOption> options;                         // cheapest first; those out of the question last
  std::optional<double> months, months_low, months_high;  // break-even of own against rent; absent: never
  std::optional<double> utilisation;                      // of the peak; above 1: renting is cheaper at any
  double own_over_rent = 1;                               // by the month
  std::vector<Swing> swings;                              // widest first
  std::string factor, why;                                // what decides: "steadiness", and a sentence
};

/// Errors (Errc::invalid) name the flag: no demand, no price to compare with. Cost: some 100 us.
Result<TcoAnswer> compare(const TcoQuestion& question);

/// One page: cumulative cost with its band, the options by their parts, what moves the result.
/// Self-contained.
std::string tco_page(const TcoQuestion& question, const TcoAnswer& answer,
                     const std::vector<std::string>& assumptions);

}  // namespace busbar::plan
