// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/plan_flags.hpp"
#include "cli/render/offers.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int plan_offers(const Invocation& invocation) {
  const PlanOffers& asked = *invocation.plan_offers;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  plan::OffersQuestion question = asked.question;
  question.date = date_of(asked.as_of);
  const Result<plan::OffersAnswer> answer = plan::rank_offers(own->catalogue.offers, question);
  if (!answer) return failed(answer.error());
  return print(invocation.json
                   ? render::offers_json(question, *answer, asked.first, own->remarks)
                   : render::offers(question, *answer, asked.first, own->remarks, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
