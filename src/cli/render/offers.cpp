// SPDX-License-Identifier: Apache-2.0
#include "cli/render/offers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/json.hpp"
#include "cli/render/money.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {
namespace {

using estimate::OfferKind;
using estimate::Terms;
using plan::Choice;
using plan::OffersAnswer;
using plan::OffersQuestion;

std::string place(const estimate::Offer& offer) {
  return offer.provider + (offer.region.empty() || offer.region == "any" ? "" : " " + offer.region);
}

std::string asked_for(const OffersQuestion& question) {
  std::string text = fmt::format("{:g} GPU{}", question.gpus, question.gpus == 1 ? "" : "s");
  if (!question.gpu.empty()) text = fmt::format("{:g} x {}", question.gpus, question.gpu);
  if (question.hours != 1) text += fmt::format(" for {:g} hours", question.hours);
  return text;
}

std::string aged(const Choice& choice) {
  return estimate::show(choice.offer.as_of) +
         (choice.stale ? fmt::format(" stale, {} d", choice.age_days) : "");
}

/// "8 x H100 SXM", "1/8 L4".
std::string devices(const Choice& choice) {
  const double gpus = choice.offer.gpus * choice.machines;
  if (gpus < 1) return fmt::format("{:.3g} {}", gpus, choice.offer.gpu);
  return fmt::format("{:g} x {}", gpus, choice.offer.gpu);
}

std::string listing(const estimate::Offer& offer) {
  std::string told;
  if (offer.kind != OfferKind::cloud) told += std::string(estimate::name_of(offer.kind));
  if (offer.verified) told += *offer.verified ? ", verified" : ", not verified";
  if (offer.reliability) told += fmt::format(", {:.4g} reliable", *offer.reliability);
  if (offer.network_gbps) told += fmt::format(", {:g} Gb/s", *offer.network_gbps);
  if (offer.longest_days) told += fmt::format(", {:g} d at most", *offer.longest_days);
  return told;
}

std::string headline(const OffersQuestion& question, const Choice& best) {
  return fmt::format("{}: {} from {} ({}, {}), {} an hour for a GPU\n", asked_for(question),
                     money(best.bill.value), place(best.offer), best.offer.instance,
                     estimate::name_of(best.terms), money(best.gpu_hour.value)) +
         fmt::format("the price is of {}, {} days old{}\n\n", estimate::show(best.offer.as_of), best.age_days,
                     best.stale ? ": stale, ask before you rely on it" : "");
}

std::string choices_table(const OffersAnswer& answer, std::size_t first, const Screen& screen) {
  const std::size_t count = std::min(first, answer.choices.size());
  const double dearest = count == 0 ? 1 : answer.choices[count - 1].bill.value;
  bool any_listing = false;
  for (std::size_t k = 0; k < count; ++k) any_listing |= !listing(answer.choices[k].offer).empty();
  std::vector<Column> columns = {{"BILL", true}, {"", false, 12}, {"GPU-HOUR", true},
                                 {"TERMS"},      {"GPUS"},        {"WHERE"},
                                 {"MACHINE"},    {"PRICE OF"},    {"SOURCE", false, 30}};
  if (any_listing) columns.push_back({"LISTING"});
  std::vector<std::vector<Cell>> rows;
  for (std::size_t k = 0; k < count; ++k) {
    const Choice& choice = answer.choices[k];
    std::string machine = choice.offer.instance;
    if (choice.machines > 1) machine = fmt::format("{:g} x {}", choice.machines, machine);
    rows.push_back({{money(choice.bill.value)},
                    {bar(choice.bill.value / dearest, 10)},
                    {money(choice.gpu_hour.value)},
                    {std::string(estimate::name_of(choice.terms))},
                    {devices(choice)},
                    {place(choice.offer)},
                    {machine},
                    {aged(choice), choice.stale ? Tone::bad : Tone::plain},
                    {choice.offer.source, Tone::faint}});
    if (any_listing) rows.back().push_back({listing(choice.offer)});
  }
  return table(columns, rows, screen);
}

std::vector<std::string> assumptions(const OffersQuestion& question, const OffersAnswer& answer) {
  std::vector<std::string> told = {
      fmt::format("prices as of {}: {} offers known by then{}", estimate::show(question.date), answer.known,
                  answer.later > 0 ? fmt::format(", {} younger rows left out", answer.later) : ""),
      fmt::format("of each place, GPU and terms the best machine is shown; {} others are left out",
                  answer.dearer_there),
      "list prices in US dollars without tax, storage and egress (busbar plan tco adds those)"};
  const auto any = [&](auto is) { return std::ranges::any_of(answer.choices, is); };
  if (any([](const Choice& choice) { return choice.terms == Terms::spot; }))
    told.push_back("spot machines may be taken back at any time; jobs need checkpoints");
  if (any([](const Choice& choice) { return choice.terms >= Terms::one_year; }))
    told.push_back("a commitment is paid for all its months, used or not; an hour is a month / 730");
  const auto stale = std::ranges::count_if(answer.choices, &Choice::stale);
  if (stale > 0)
    told.push_back(fmt::format("{} of {} prices are older than {} days", stale, answer.choices.size(),
                               question.stale_days));
  return told;
}

/// What the next best terms would save, and what other terms cost.
std::vector<std::string> cheaper(const OffersQuestion& question, const OffersAnswer& answer) {
  std::vector<std::string> told;
  const Choice& best = answer.choices.front();
  for (const Terms terms : {Terms::on_demand, Terms::spot, Terms::one_year, Terms::three_years}) {
    const auto by_hour = [&](const Choice& choice) {
      return choice.terms == terms ? choice.gpu_hour.value : 1e300;
    };
    const auto found = std::ranges::min_element(answer.choices, {}, by_hour);
    if (found->terms != terms || terms == best.terms) continue;
    told.push_back(fmt::format("{}: {} for a GPU and hour at {} ({})", estimate::name_of(terms),
                               money(found->gpu_hour.value), place(found->offer), found->offer.instance));
  }
  const double paid = best.offer.gpus * best.machines;
  if (paid > question.gpus)
    told.push_back(fmt::format("{:g} GPUs are paid for and {:g} asked for: the machine is sold whole", paid,
                               question.gpus));
  return told;
}

}  // namespace

std::string offers(const OffersQuestion& question, const OffersAnswer& answer, std::size_t first,
                   const std::vector<std::string>& remarks, const Screen& screen) {
  if (answer.choices.empty())
    return fmt::format("{}: no offer fits\n", asked_for(question)) +
           listed("what there is",
                  {fmt::format("GPUs of that name: {}", fmt::join(answer.models, ", ")),
                   "leave out --terms, --region, --provider, --most or --gpu-memory to see them"});
  std::string text = headline(question, answer.choices.front()) + choices_table(answer, first, screen);
  if (answer.choices.size() > first)
    text += fmt::format("and {} more (--first {})\n", answer.choices.size() - first, answer.choices.size());
  std::vector<std::string> granted = assumptions(question, answer);
  granted.insert(granted.end(), remarks.begin(), remarks.end());
  return text + listed("taken for granted", granted) + listed("other terms", cheaper(question, answer));
}

std::string offers_json(const OffersQuestion& question, const OffersAnswer& answer, std::size_t first,
                        const std::vector<std::string>& remarks) {
  wire::JsonOut out;
  const auto maybe = [&](const char* name, const std::optional<double>& value) {
    if (value) number(out, name, *value);
  };
  out.open('{');
  out.whole("version", 1);
  out.word("as_of", estimate::show(question.date));
  number(out, "gpus", question.gpus);
  number(out, "hours", question.hours);
  out.whole("known", std::int64_t(answer.known));
  out.whole("fitting", std::int64_t(answer.choices.size()));
  out.key("offers"), out.open('[');
  for (std::size_t k = 0; k < std::min(first, answer.choices.size()); ++k) {
    const Choice& choice = answer.choices[k];
    out.open('{');
    out.word("kind", estimate::name_of(choice.offer.kind));
    out.word("provider", choice.offer.provider);
    out.word("region", choice.offer.region);
    out.word("instance", choice.offer.instance);
    out.word("gpu", choice.offer.gpu);
    number(out, "gpus_each", choice.offer.gpus);
    number(out, "machines", choice.machines);
    out.word("terms", estimate::name_of(choice.terms));
    number(out, "gpu_hour_usd", choice.gpu_hour.value);
    number(out, "hour_usd", choice.all.value);
    number(out, "bill_usd", choice.bill.value);
    out.word("price_of", estimate::show(choice.offer.as_of));
    out.whole("age_days", choice.age_days);
    out.truth("stale", choice.stale);
    out.word("source", choice.offer.source);
    maybe("gpu_memory_gb", choice.offer.gpu_memory_gb);
    maybe("bandwidth_gbs", choice.offer.bandwidth_gbs);
    maybe("network_gbps", choice.offer.network_gbps);
    maybe("reliability", choice.offer.reliability);
    maybe("longest_days", choice.offer.longest_days);
    if (choice.offer.verified) out.truth("verified", *choice.offer.verified);
    out.close('}');
  }
  out.close(']');
  return finished(out, remarks);
}

}  // namespace busbar::cli::render
