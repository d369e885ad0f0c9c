// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/args.hpp"
#include "cli/plan_flags.hpp"
#include "estimate/sheet.hpp"

namespace busbar::cli {
namespace {

Error wrong(const char* flag, const std::string& found, const char* right) {
  return {Errc::invalid,
          std::string(flag) + ": found " + text::quote(found) + "; " + right + " would be right"};
}

/// "850" or "850:150"
Status read_watts(const Tokens& tokens, plan::TcoQuestion& into) {
  const auto given = tokens.value("--watts");
  if (!given) return Done{};
  const auto parts = text::split(*given, ':');
  const auto busy = estimate::parse_number(parts[0]);
  const auto idle = parts.size() == 2 ? estimate::parse_number(parts[1]) : std::optional(0.0);
  if (parts.size() > 2 || !busy || !idle || *busy <= 0 || *idle < 0 || *idle > *busy || *busy > 1e5)
    return wrong("--watts", *given, "watts of a GPU at work and idle, such as 850:150,");
  into.busy_watts = {*busy}, into.idle_watts = {*idle};
  return Done{};
}

Status check(const Tokens& tokens, const PlanTco& into) {
  if (tokens.has("--gpus") == tokens.has("--history"))
    return Error{Errc::invalid,
                 "busbar plan tco needs --gpus 8:H100 with --busy 60%, or --history use.csv, and not both"};
  if (into.question.token_price && into.question.tokens_per_month.value <= 0)
    return Error{Errc::invalid, "--token-price: found no --tokens; how many millions a month would be right"};
  return Done{};
}

}  // namespace

Result<PlanTco> read_plan_tco(const Tokens& tokens) {
  PlanTco into;
  plan::TcoQuestion& q = into.question;
  const auto date = read_date(tokens);
  if (!date) return date.error();
  into.as_of = *date;
  if (Status read = read_gpus(tokens, into.gpus, into.gpu); !read) return read.error();
  if (Status read = read_watts(tokens, q); !read) return read.error();
  constexpr double none = -1;
  double rent = none, rent_1y = none, rent_3y = none, needed = none, token_price = none;
  const Status numbers = read_numbers(
      tokens,
      {{"--busy", &into.busy, 1, 100, "1% to 100%, such as 60%,", 0.01},
       {"--gpu-price", &q.gpu_price.value, 1, 1e6, "US dollars for one GPU, such as 30000,"},
       {"--server-factor", &q.server_factor, 1, 10, "a factor from 1 to 10, such as 1.4,"},
       {"--years", &q.years, 0.5, 20, "years, such as 4,"},
       {"--resale", &q.residual_share, 0, 90, "0% to 90%, such as 10%,", 0.01},
       {"--nameplate", &q.nameplate_watts, 1, 1e5, "watts, such as 1275,"},
       {"--pue", &q.pue, 1, 5, "a number from 1 to 5, such as 1.4,"},
       {"--tariff", &q.tariff.value, 0, 10, "US dollars for a kWh, such as 0.15,"},
       {"--site", &q.site.value, 0, 1e9, "US dollars a month, such as 3000,"},
       {"--staff", &q.staff.value, 0, 1e9, "US dollars a month, such as 5000,"},
       {"--colo", &q.colo_kilowatt.value, 0, 1e5, "US dollars for a kW by the month, such as 200,"},
       {"--rent", &rent, 0.001, 1e4, "US dollars for a GPU and hour, such as 2.50,"},
       {"--rent-1y", &rent_1y, 0.001, 1e4, "US dollars for a GPU and hour, such as 2.50,"},
       {"--rent-3y", &rent_3y, 0.001, 1e4, "US dollars for a GPU and hour, such as 2.50,"},
       {"--storage", &q.stored_gb, 0, 1e7, "terabytes, such as 20,", 1000},
       {"--egress", &q.egress_gb, 0, 1e7, "terabytes a month, such as 2,", 1000},
       {"--tokens", &q.tokens_per_month.value, 0, 1e12, "millions of tokens a month, such as 500,", 1e6},
       {"--token-price", &token_price, 0, 1e5, "US dollars for a million tokens, such as 0.60,"},
       {"--needed-in", &needed, 0, 1000, "weeks, such as 2,"},
       {"--delivery", &q.delivery_weeks, 0, 1000, "weeks, such as 12,"}});
  if (!numbers) return numbers.error();
  if (rent != none) q.rent = estimate::UsdPerHour{rent};
  if (rent_1y != none) q.rent_1y = estimate::UsdPerHour{rent_1y};
  if (rent_3y != none) q.rent_3y = estimate::UsdPerHour{rent_3y};
  if (token_price != none) q.token_price = estimate::UsdPerMillionTokens{token_price};
  if (needed != none) q.needed_in_weeks = needed;
  q.sovereign = tokens.has("--sovereign");
  into.provider = tokens.value("--provider").value_or("");
  into.region = tokens.value("--region").value_or("");
  into.history = tokens.value("--history").value_or("");
  into.report = tokens.value("--report").value_or("");
  if (Status sound = check(tokens, into); !sound) return sound.error();
  return into;
}

}  // namespace busbar::cli
