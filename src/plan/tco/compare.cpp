// SPDX-License-Identifier: Apache-2.0
// Every way from the same demand; break-even; how far the result moves; what decides.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "plan/tco.hpp"

namespace busbar::plan {
namespace {

using namespace estimate;

constexpr std::string_view names[] = {"own", "colocate", "rent", "commit", "hybrid", "per token"};

Owned owned_of(const TcoQuestion& q, double gpus) {
  const Usd capex = q.gpu_price * q.server_factor * gpus;
  return {.capex = capex,
          .residual = capex * q.residual_share,
          .years = q.years,
          .busy = q.busy_watts * gpus,
          .idle = q.idle_watts * gpus,
          .pue = q.pue,
          .tariff = q.tariff};
}

/// Hours a month in which `owned` GPUs are at work, all counted together.
double busy_hours(const TcoQuestion& q, double owned) {
  if (owned <= 0) return 0;
  return (beyond(q.demand, 0) - beyond(q.demand, owned)) / owned * hours_per_month;
}

/// What is bought, its power and people; a site grows with what stands in it, people do not.
TcoOption bought(const TcoQuestion& q, Way way, double gpus) {
  const Owned owned = owned_of(q, gpus);
  TcoOption option{.way = way, .owned = gpus, .capex = owned.capex, .purchase = amortised(owned)};
  option.power = power_bill(owned, busy_hours(q, gpus));
  option.site = q.site * (gpus / peak_of(q.demand));
  option.staff = gpus > 0 ? q.staff : UsdPerMonth{};
  option.storage = {q.stored_gb * q.own_gb_month};
  return option;
}

void store_in_cloud(const TcoQuestion& q, TcoOption& option) {
  option.storage = {q.stored_gb * q.cloud_gb_month};
  option.egress = {q.egress_gb * q.egress_gb_price};
}

TcoOption own(const TcoQuestion& q) { return bought(q, Way::own, peak_of(q.demand)); }

TcoOption colocate(const TcoQuestion& q) {
  TcoOption option = bought(q, Way::colocate, peak_of(q.demand));
  option.site = colocation({q.nameplate_watts * option.owned}, q.colo_kilowatt);
  option.power = {};  // is in the price by the kilowatt
  return option;
}

TcoOption rent(const TcoQuestion& q) {
  TcoOption option{.way = Way::rent};
  option.rent = month_of(*q.rent, beyond(q.demand, 0) * hours_per_month);
  store_in_cloud(q, option);
  return option;
}

/// Whole machines, or of the only one some GPUs, up to `last`: the cheapest, with the rest rented by the
/// hour.
TcoOption best_mix(const TcoQuestion& q, double last, const std::function<TcoOption(double)>& with) {
  std::optional<TcoOption> best;
  const double peak = peak_of(q.demand);
  const double whole = peak > q.gpus_per_node ? q.gpus_per_node : 1,
               step = std::max(whole, std::ceil(peak / 2000));
  const auto steps = static_cast<std::int64_t>(std::ceil(last / step));
  for (std::int64_t k = 1; k <= steps; ++k) {
    const double base = std::min(static_cast<double>(k) * step, last);
    TcoOption option = with(base);
    option.rent += month_of(*q.rent, beyond(q.demand, base) * hours_per_month);
    if (!best || option.month() < best->month()) best = option;
  }
  return *best;
}

TcoOption hybrid(const TcoQuestion& q) {
  const double last = peak_of(q.demand) - (peak_of(q.demand) > q.gpus_per_node ? q.gpus_per_node : 1);
  return best_mix(q, last, [&](double base) {
    TcoOption option = bought(q, Way::hybrid, base);
    const double away =
        beyond(q.demand, base) / beyond(q.demand, 0);  // share of the work, and so of what it reads
    option.storage += {q.stored_gb * q.cloud_gb_month * (away > 0 ? 1 : 0)};  // a copy where the peaks run
    option.egress = {q.egress_gb * q.egress_gb_price * away};
    return option;
  });
}

TcoOption commit(const TcoQuestion& q) {
  const UsdPerHour committed = q.rent_3y && q.years >= 3 ? *q.rent_3y : q.rent_1y ? *q.rent_1y : *q.rent_3y;
  return best_mix(q, peak_of(q.demand), [&](double base) {
    TcoOption option{.way = Way::commit, .committed = base};
    option.rent = month_of(committed) * base;
    store_in_cloud(q, option);
    return option;
  });
}

TcoOption by_token(const TcoQuestion& q) {
  TcoOption option{.way = Way::tokens};
  option.tokens = {token_bill(q.tokens_per_month, *q.token_price).value};
  return option;
}

bool buys(Way way) { return way == Way::own || way == Way::colocate || way == Way::hybrid; }

std::string refusal(const TcoQuestion& q, Way way) {
  if (q.sovereign && way != Way::own) return "data may not leave one's own machines (--sovereign)";
  if (q.needed_in_weeks && buys(way) && *q.needed_in_weeks < q.delivery_weeks)
    return fmt::format("needed in {:g} weeks, machines come in {:g}", *q.needed_in_weeks, q.delivery_weeks);
  return "";
}

std::vector<TcoOption> options_of(const TcoQuestion& q) {
  std::vector<TcoOption> options = {own(q), colocate(q)};
  if (q.rent) options.push_back(rent(q));
  if (q.rent && (q.rent_1y || q.rent_3y)) options.push_back(commit(q));
  if (q.rent && peak_of(q.demand) > 1) options.push_back(hybrid(q));
  if (q.token_price && q.tokens_per_month.value > 0) options.push_back(by_token(q));
  for (TcoOption& option : options) option.refused = refusal(q, option.way);
  std::ranges::sort(options, {}, [](const TcoOption& option) {
    return std::make_tuple(!option.refused.empty(), option.month().value, option.way);
  });
  return options;
}

struct Even {
  std::optional<double> months, utilisation;
};

/// Own against rent by the hour.
Even even(const TcoQuestion& q) {
  const TcoOption mine = own(q), theirs = rent(q);
  const double peak = mine.owned;
  const Watts more = (q.busy_watts - q.idle_watts) * q.pue;
  const UsdPerHour per_used{cost(energy(more, hour), q.tariff).value};
  const UsdPerMonth idle = power_bill(owned_of(q, peak), 0);
  // Storage and egress are paid on both sides whatever the use: the difference counts towards owning.
  const UsdPerMonth fixed =
      mine.purchase + mine.site + mine.staff + idle + mine.storage - theirs.storage - theirs.egress;
  return {break_even_months(mine.capex, theirs.month(), mine.running()),
          break_even_utilisation({fixed.value * months_per_year}, peak, *q.rent, per_used)};
}

double own_over_rent(const TcoQuestion& q) { return own(q).month() / rent(q).month(); }

/// One thing taken for granted, and the range in which four of five such cases lie.
struct Doubt {
  const char* what;
  double down, up;  // factors
  std::function<void(TcoQuestion&, double)> scale;
  std::function<double(const TcoQuestion&)> value;
  const char* unit;
  std::string basis = "judgement";
};

std::vector<Doubt> doubts(const TcoQuestion& question) {
  std::vector<Doubt> all = {
      {"rent", 0.6, 1.15, [](TcoQuestion& q, double f) { q.rent = *q.rent * f; },
       [](const TcoQuestion& q) { return q.rent->value; }, "USD per GPU-hour"},
      {"use", 0.7, 1.3,
       [](TcoQuestion& q, double f) {
         q.demand = demand_of(peak_of(q.demand), std::min(busy_of(q.demand) * f, 1.0));
       },
       [](const TcoQuestion& q) { return busy_of(q.demand) * 100; }, "% of the peak"},
      {"price of a GPU", 0.85, 1.15, [](TcoQuestion& q, double f) { q.gpu_price = q.gpu_price * f; },
       [](const TcoQuestion& q) { return q.gpu_price.value; }, "USD"},
      {"years of use", 0.75, 1.25, [](TcoQuestion& q, double f) { q.years *= f; },
       [](const TcoQuestion& q) { return q.years; }, "years"},
      {"people", 0.7, 1.5, [](TcoQuestion& q, double f) { q.staff = q.staff * f; },
       [](const TcoQuestion& q) { return q.staff.value; }, "USD a month"},
      {"tariff", 0.75, 1.3, [](TcoQuestion& q, double f) { q.tariff = q.tariff * f; },
       [](const TcoQuestion& q) { return q.tariff.value; }, "USD/kWh"},
      {"watts", 0.8, 1.25,
       [](TcoQuestion& q, double f) { q.busy_watts = q.busy_watts * f, q.idle_watts = q.idle_watts * f; },
       [](const TcoQuestion& q) { return q.busy_watts.value; }, "W per GPU"},
      {"resale", 0.01, 2.0,
       [](TcoQuestion& q, double f) { q.residual_share = std::min(q.residual_share * f, 0.9); },
       [](const TcoQuestion& q) { return q.residual_share * 100; }, "% of the purchase"},
  };
  if (question.fall && question.fall->a_year < 1) {  // rent goes on falling as it was seen to
    Doubt& rent = all.front();
    rent.down = mean_over(*question.fall, question.years);
    rent.basis =
        fmt::format("low: {} offer{} of {} provider{} fell by {:.0f} % a year, {} to {}; high: judgement",
                    question.fall->offers, question.fall->offers == 1 ? "" : "s", question.fall->providers,
                    question.fall->providers == 1 ? "" : "s", 100 * (1 - question.fall->a_year),
                    estimate::show(question.fall->from), estimate::show(question.fall->to));
  }
  return all;
}

/// "0.112", "34500"
std::string digits(double value) {
  return value < 100 ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", value);
}

TcoQuestion moved(const TcoQuestion& q, const Doubt& doubt, double factor) {
  TcoQuestion other = q;
  doubt.scale(other, factor);
  return other;
}

/// Each doubt alone; together as independent ones: the root of the sum of squares, of the logarithm.
void widen(const TcoQuestion& q, TcoAnswer& answer) {
  double below = 0, above = 0;
  for (const Doubt& doubt : doubts(q)) {
    if (doubt.value(q) <= 0) continue;
    const TcoQuestion down = moved(q, doubt, doubt.down), up = moved(q, doubt, doubt.up);
    answer.swings.push_back(
        {doubt.what,
         fmt::format("{} to {} {}", digits(doubt.value(down)), digits(doubt.value(up)), doubt.unit),
         own_over_rent(down), own_over_rent(up), doubt.basis});
    if (!answer.months) continue;
    for (const TcoQuestion& other : {down, up}) {
      const auto months = even(other).months;
      // Where a doubt alone turns it into never, a factor of ten stands for it.
      const double log = months ? std::log(*months / *answer.months) : std::log(10.0);
      (log < 0 ? below : above) += log * log;
    }
  }
  std::ranges::sort(answer.swings, std::ranges::greater{},
                    [](const Swing& swing) { return std::abs(std::log(swing.high / swing.low)); });
  if (!answer.months) return;
  answer.months_low = *answer.months * std::exp(-std::sqrt(below));
  answer.months_high = *answer.months * std::exp(std::sqrt(above));
}

/// Which way wins if one circumstance were otherwise; the first that would change it is what decides.
void name_factor(const TcoQuestion& q, TcoAnswer& answer) {
  const TcoOption& best = answer.options.front();
  const auto winner = [](const TcoQuestion& other) { return options_of(other).front().way; };
  const auto with = [&](auto change) {
    TcoQuestion other = q;
    change(other);
    return winner(other);
  };
  const std::string chosen(name_of(best.way));
  const auto otherwise = [&](Way way) { return std::string(name_of(way)); };
  if (q.sovereign) {
    if (const Way way = with([](TcoQuestion& o) { o.sovereign = false; }); way != best.way)
      return answer.factor = "sovereignty",
             answer.why = "were the data free to leave, it would be: " + otherwise(way), void();
  }
  if (q.needed_in_weeks) {
    if (const Way way = with([](TcoQuestion& o) { o.needed_in_weeks.reset(); }); way != best.way)
      return answer.factor = "urgency",
             answer.why = "were there time to wait for machines, it would be: " + otherwise(way), void();
  }
  if (const Way way = with([](TcoQuestion& o) { o.stored_gb = o.egress_gb = 0; }); way != best.way)
    return answer.factor = "where the data lies",
           answer.why = "without storage and egress it would be: " + otherwise(way), void();
  if (const Way way = with([](TcoQuestion& o) { o.staff = {}; }); way != best.way)
    return answer.factor = "effort",
           answer.why = "did nobody have to be paid for it, it would be: " + otherwise(way), void();
  const double peak = peak_of(q.demand), busy = busy_of(q.demand);
  const Way rarely = with([&](TcoQuestion& o) { o.demand = demand_of(peak, std::max(busy / 4, 0.01)); });
  const Way always = with([&](TcoQuestion& o) { o.demand = demand_of(peak, 1); });
  if (rarely != best.way || always != best.way) {
    answer.factor = "steadiness";
    answer.why = fmt::format("at {:.0f} % of the peak it is {}; always busy: {}; a quarter of that: {}",
                             busy * 100, chosen, otherwise(always), otherwise(rarely));
    return;
  }
  answer.factor = "price";
  answer.why = "none of urgency, steadiness, data, sovereignty and effort alone would change it";
}

Status check(const TcoQuestion& q) {
  if (q.demand.empty() || peak_of(q.demand) <= 0)
    return Error{Errc::invalid, "--gpus: found no demand; GPUs at the peak, or --history, would be right"};
  if (q.gpu_price.value <= 0)
    return Error{Errc::invalid, "--gpu-price: found nothing; what one GPU costs to buy would be right"};
  if (!q.rent)
    return Error{Errc::invalid,
                 "--rent: no price to compare with; US dollars for a GPU and hour, or a --gpus "
                 "N:MODEL that the catalogue has, would be right"};
  return Done{};
}

}  // namespace

std::string_view name_of(Way way) { return names[static_cast<std::size_t>(way)]; }

Result<TcoAnswer> compare(const TcoQuestion& question) {
  if (Status sound = check(question); !sound) return sound.error();
  TcoAnswer answer{.options = options_of(question)};
  const Even balance = even(question);
  answer.months = balance.months;
  answer.utilisation = balance.utilisation;
  answer.own_over_rent = own_over_rent(question);
  widen(question, answer);
  name_factor(question, answer);
  return answer;
}

}  // namespace busbar::plan
