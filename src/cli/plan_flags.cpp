// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_flags.hpp"

#include <array>

#include "base/text.hpp"
#include "cli/args.hpp"
#include "estimate/sheet.hpp"

namespace busbar::cli {
namespace {

Error wrong(const char* flag, const std::string& found, const std::string& right) {
  return {Errc::invalid,
          std::string(flag) + ": found " + text::quote(found) + "; " + right + " would be right"};
}

/// Several of a few words, joined by ','.
template <class Value, std::size_t Count>
Status read_words(const Tokens& tokens, const char* flag,
                  const std::array<std::pair<const char*, Value>, Count>& known, std::vector<Value>& into) {
  const auto given = tokens.value(flag);
  if (!given) return Done{};
  for (const std::string& word : text::split(*given, ',')) {
    bool found = false;
    for (const auto& [name, value] : known) {
      if (text::lower(word) == name) into.push_back(value), found = true;
    }
    if (found) continue;
    std::string all;
    for (const auto& [name, value] : known) all += (all.empty() ? "" : ", ") + std::string(name);
    return wrong(flag, word, "one or more of " + all + ", joined by ',',");
  }
  return Done{};
}

using estimate::OfferKind;
using estimate::Terms;
constexpr std::array<std::pair<const char*, Terms>, 4> terms_words = {{{"on-demand", Terms::on_demand},
                                                                       {"spot", Terms::spot},
                                                                       {"1y", Terms::one_year},
                                                                       {"3y", Terms::three_years}}};
constexpr std::array<std::pair<const char*, OfferKind>, 3> kind_words = {
    {{"cloud", OfferKind::cloud}, {"market", OfferKind::market}, {"owned", OfferKind::owned}}};

}  // namespace

Status read_gpus(const Tokens& tokens, double& gpus, std::string& model) {
  const auto given = tokens.value("--gpus");
  if (!given) return Done{};
  const std::size_t colon = given->find(':');
  const std::string count = given->substr(0, colon);
  const auto number = estimate::parse_number(count);
  if (!number || *number <= 0 || *number > 1e6)
    return wrong("--gpus", *given, "a number of GPUs and a model, such as 8:H100 or 4,");
  gpus = *number;
  if (colon == std::string::npos) return Done{};
  model = given->substr(colon + 1);
  if (model.empty()) return wrong("--gpus", *given, "a model behind the ':', such as 8:H100,");
  return Done{};
}

Status read_numbers(const Tokens& tokens, const std::vector<NumberFlag>& flags) {
  for (const NumberFlag& each : flags) {
    auto given = tokens.value(each.flag);
    if (!given) continue;
    if (given->ends_with('%') && std::string_view(each.right).find('%') != std::string_view::npos)
      given->pop_back();
    const auto number = estimate::parse_number(*given);
    if (!number || *number < each.low || *number > each.high) return wrong(each.flag, *given, each.right);
    *each.into = *number * each.unit;
  }
  return Done{};
}

Result<std::optional<estimate::Date>> read_date(const Tokens& tokens) {
  const auto given = tokens.value("--as-of");
  if (!given) return std::optional<estimate::Date>();
  const auto date = estimate::parse_date(*given);
  if (!date) return Error{Errc::invalid, "--as-of: " + date.error().message};
  return std::optional(*date);
}

Status read_rented(const Tokens& tokens, plan::OffersQuestion& question, std::size_t& count) {
  if (Status read = read_words(tokens, "--terms", terms_words, question.terms); !read) return read.error();
  if (Status read = read_words(tokens, "--kind", kind_words, question.kinds); !read) return read.error();
  question.provider = tokens.value("--provider").value_or("");
  question.region = tokens.value("--region").value_or("");
  question.verified = tokens.has("--verified");
  constexpr double none = -1;
  double most = none, reliability = none, network = none, days = none, stale = question.stale_days,
         first = double(count);
  const Status numbers =
      read_numbers(tokens, {{"--most", &most, 0, 1e5, "US dollars for a GPU and hour, such as 2.50,"},
                            {"--reliability", &reliability, 0, 1, "a share from 0 to 1, such as 0.99,"},
                            {"--network", &network, 0, 1e6, "gigabits a second, such as 100,"},
                            {"--days", &days, 0, 1e5, "days, such as 30,"},
                            {"--stale", &stale, 0, 1e5, "days, such as 90,"},
                            {"--first", &first, 1, 1e6, "a number of offers, such as 15,"}});
  if (!numbers) return numbers.error();
  if (most != none) question.most = estimate::UsdPerHour{most};
  if (reliability != none) question.reliability = reliability;
  if (network != none) question.network_gbps = network;
  if (days != none) question.longest_days = days;
  question.stale_days = int(stale);
  count = std::size_t(first);
  return Done{};
}

Result<PlanOffers> read_plan_offers(const Tokens& tokens) {
  PlanOffers into;
  const auto date = read_date(tokens);
  if (!date) return date.error();
  into.as_of = *date;
  plan::OffersQuestion& question = into.question;
  if (Status read = read_gpus(tokens, question.gpus, question.gpu); !read) return read.error();
  if (Status read = read_rented(tokens, question, into.first); !read) return read.error();
  const Status numbers =
      read_numbers(tokens, {{"--hours", &question.hours, 0.01, 1e6, "hours, such as 720,"},
                            {"--gpu-memory", &question.gpu_memory_gb, 0, 1e5, "gigabytes, such as 80,"}});
  if (!numbers) return numbers.error();
  return into;
}

}  // namespace busbar::cli
