// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/files.hpp"
#include "cli/plan_flags.hpp"
#include "cli/render/money.hpp"
#include "cli/render/tco.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

using estimate::Terms;
using estimate::UsdPerHour;

/// The cheapest of the catalogue for one GPU and hour under these terms, and a sentence of where it is from.
Result<std::optional<UsdPerHour>> look_up(const PlanTco& asked, const std::vector<estimate::Offer>& offers,
                                          Terms terms, std::vector<std::string>& remarks) {
  plan::OffersQuestion question{.date = date_of(asked.as_of),
                                .gpu = asked.gpu,
                                .provider = asked.provider,
                                .region = asked.region,
                                .terms = {terms},
                                .kinds = {estimate::OfferKind::cloud}};
  const Result<plan::OffersAnswer> answer = plan::rank_offers(offers, question);
  if (!answer) return answer.error();
  if (answer->choices.empty()) return std::optional<UsdPerHour>();
  const plan::Choice& best = answer->choices.front();
  remarks.push_back(fmt::format("rent {}: {} for a GPU and hour, {} {} ({}), price of {}{}",
                                estimate::name_of(terms), render::money(best.gpu_hour.value),
                                best.offer.provider, best.offer.region, best.offer.instance,
                                estimate::show(best.offer.as_of),
                                best.stale ? fmt::format(", stale: {} days old", best.age_days) : ""));
  return std::optional(best.gpu_hour);
}

/// What was not given is taken from the catalogue.
Status fill_rents(const PlanTco& asked, const estimate::Catalogue& catalogue, plan::TcoQuestion& question,
                  std::vector<std::string>& remarks) {
  if (asked.gpu.empty()) return Done{};
  question.fall = plan::price_fall(catalogue.offers, asked.gpu, date_of(asked.as_of));
  if (question.rent) return Done{};
  for (const auto& [terms, into] :
       {std::pair{Terms::on_demand, &question.rent}, std::pair{Terms::one_year, &question.rent_1y},
        std::pair{Terms::three_years, &question.rent_3y}}) {
    if (*into) continue;
    const auto found = look_up(asked, catalogue.offers, terms, remarks);
    if (!found) return found.error();
    *into = *found;
  }
  return Done{};
}

Status fill_demand(const PlanTco& asked, plan::TcoQuestion& question, std::vector<std::string>& remarks) {
  if (asked.history.empty()) {
    question.demand = plan::demand_of(asked.gpus, asked.busy);
    remarks.push_back(
        fmt::format("use: {:g} GPUs at the peak, {:.0f} % of them on the mean, by a smooth curve between "
                    "(--history takes recorded hours)",
                    asked.gpus, asked.busy * 100));
    return Done{};
  }
  const Result<std::string> text = read_table(asked.history);
  if (!text) return text.error();
  Result<plan::Demand> demand = plan::parse_demand(asked.history, *text);
  if (!demand) return demand.error();
  question.demand = std::move(*demand);
  remarks.push_back(fmt::format("use: as recorded in {}: {:g} GPUs at the peak, {:.0f} % of them on the mean",
                                asked.history, plan::peak_of(question.demand),
                                plan::busy_of(question.demand) * 100));
  return Done{};
}

}  // namespace

int plan_tco(const Invocation& invocation) {
  const PlanTco& asked = *invocation.plan_tco;
  plan::TcoQuestion question = asked.question;
  auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  std::vector<std::string>& remarks = own->remarks;
  if (Status filled = fill_demand(asked, question, remarks); !filled) return failed(filled.error());
  if (Status filled = fill_rents(asked, own->catalogue, question, remarks); !filled)
    return failed(filled.error());
  const Result<plan::TcoAnswer> answer = plan::compare(question);
  if (!answer) return failed(answer.error());
  for (std::string& each : render::assumptions(question)) remarks.push_back(std::move(each));
  if (!asked.report.empty()) {
    const Status written = write_file(asked.report, plan::tco_page(question, *answer, remarks));
    if (!written) return failed(written.error());
  }
  return print(invocation.json ? render::tco_json(question, *answer, remarks)
                               : render::tco(question, *answer, remarks, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
