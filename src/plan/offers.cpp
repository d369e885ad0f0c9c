// SPDX-License-Identifier: Apache-2.0
#include "plan/offers.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace busbar::plan {
namespace {

using estimate::Offer;
using estimate::OfferKind;
using estimate::Terms;

constexpr Terms all_terms[] = {Terms::on_demand, Terms::spot, Terms::one_year, Terms::three_years};

bool holds(std::string_view name, const std::string& part) {
  return part.empty() || text::lower(name).find(text::lower(part)) != std::string::npos;
}
/// "A100 SXM 80GB" in small letters, word by word.
std::vector<std::string> words_of(std::string name) {
  std::ranges::replace(name, '-', ' ');
  return text::split(text::lower(name), ' ');
}
/// Every word asked for is one of the name's: "a10" is no A100, "a100 80gb" is an A100 SXM 80GB.
bool is_called(const std::string& name, const std::string& asked) {
  if (asked.empty()) return true;
  const auto there = words_of(name), wanted = words_of(asked);
  return std::ranges::all_of(wanted, [&](const std::string& word) {
    return word.empty() || std::ranges::find(there, word) != there.end();
  });
}
bool at_least(const std::optional<double>& said, const std::optional<double>& asked) {
  return !asked || (said && *said >= *asked);
}

/// Hours that are paid for at least.
double least_hours(Terms terms) {
  return terms == Terms::one_year      ? estimate::hours_per_year
         : terms == Terms::three_years ? 3 * estimate::hours_per_year
                                       : 0;
}

auto rank_of(const Choice& choice) {
  return std::make_tuple(std::round(choice.bill.value * 1000), choice.machines, choice.age_days,
                         std::cref(choice.offer.provider), std::cref(choice.offer.instance),
                         std::cref(choice.offer.region), choice.terms);
}

/// Of what one place offers of one GPU under the same terms, the first.
std::size_t keep_best_of_each_place(std::vector<Choice>& choices) {
  std::set<std::tuple<OfferKind, std::string, std::string, std::string, Terms>> seen;
  return std::erase_if(choices, [&](const Choice& choice) {
    const Offer& offer = choice.offer;
    if (offer.kind == OfferKind::market) return false;  // each listing is a machine of its own
    return !seen.emplace(offer.kind, offer.provider, offer.region, offer.gpu, choice.terms).second;
  });
}

}  // namespace

bool serves(const Offer& offer, const OffersQuestion& question) {
  const bool of_kind =
      question.kinds.empty() || std::ranges::find(question.kinds, offer.kind) != question.kinds.end();
  return of_kind && offer.gpus > 0 && is_called(offer.gpu, question.gpu) &&
         holds(offer.provider, question.provider) && holds(offer.region, question.region) &&
         (question.gpu_memory_gb <= 0 || offer.gpu_memory_gb.value_or(0) >= question.gpu_memory_gb) &&
         at_least(offer.reliability, question.reliability) &&
         at_least(offer.network_gbps, question.network_gbps) &&
         at_least(offer.longest_days, question.longest_days) &&
         (!question.verified || offer.verified.value_or(false));
}

std::vector<Terms> terms_of(const OffersQuestion& question) {
  if (question.terms.empty()) return {std::begin(all_terms), std::end(all_terms)};
  return question.terms;
}

std::optional<Choice> choose(const Offer& offer, Terms terms, const OffersQuestion& question) {
  const auto hour = estimate::price(offer, terms);
  if (!hour) return std::nullopt;
  Choice choice{.offer = offer, .terms = terms};
  choice.machines = std::ceil(question.gpus / offer.gpus - 1e-9);
  if (offer.gpus < 1 && choice.machines > 1) return std::nullopt;
  choice.gpu_hour = *hour / offer.gpus;
  if (question.most && choice.gpu_hour > *question.most) return std::nullopt;
  choice.all = *hour * choice.machines;
  choice.bill = choice.all * (estimate::hour * std::max(question.hours, least_hours(terms)));
  choice.age_days = estimate::days_between(offer.as_of, question.date);
  choice.stale = choice.age_days > question.stale_days;
  return choice;
}

Status check(const std::vector<Offer>& offers, const OffersQuestion& question) {
  if (offers.empty()) return Error{Errc::not_found, "there are no offers"};
  const auto first = std::ranges::min_element(offers, {}, &Offer::as_of)->as_of;
  if (question.date < first)
    return Error{Errc::not_found, "--as-of: found " + estimate::show(question.date) +
                                      "; the first price is of " + estimate::show(first) +
                                      ", that day or a later one would be right"};
  std::set<std::string> names;
  for (const Offer& offer : offers) {
    if (is_called(offer.gpu, question.gpu)) return Done{};
    names.insert(offer.gpu);
  }
  const std::string near = text::nearest(question.gpu, {names.begin(), names.end()});
  return Error{Errc::invalid, "no offer has a GPU called " + text::quote(question.gpu) +
                                  (near.empty() ? "; busbar plan offers lists those there are"
                                                : "; did you mean " + near + "?")};
}

Result<OffersAnswer> rank_offers(const std::vector<Offer>& offers, const OffersQuestion& question) {
  if (Status sound = check(offers, question); !sound) return sound.error();
  OffersAnswer answer;
  const std::vector<Offer> known = estimate::as_of(offers, question.date);
  answer.known = known.size();
  answer.later = std::size_t(
      std::ranges::count_if(offers, [&](const Offer& offer) { return offer.as_of > question.date; }));
  std::set<std::string> models;
  for (const Offer& offer : known) {
    if (is_called(offer.gpu, question.gpu)) models.insert(offer.gpu);
    if (!serves(offer, question)) continue;
    for (const Terms terms : terms_of(question)) {
      if (auto choice = choose(offer, terms, question)) answer.choices.push_back(std::move(*choice));
    }
  }
  std::ranges::sort(answer.choices, {}, rank_of);
  answer.dearer_there = keep_best_of_each_place(answer.choices);
  answer.models.assign(models.begin(), models.end());
  return answer;
}

}  // namespace busbar::plan
