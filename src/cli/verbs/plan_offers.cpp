// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/prices.hpp"
#include "cli/render/offers.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int plan_offers(const Invocation& invocation) {
  const PlanOffers& asked = *invocation.plan_offers;
  const Result<std::vector<estimate::Offer>> offers = offers_of(asked.prices);
  if (!offers) return failed(offers.error());
  plan::OffersQuestion question = asked.question;
  question.date = date_of(asked.prices);
  const Result<plan::OffersAnswer> answer = plan::rank_offers(*offers, question);
  if (!answer) return failed(answer.error());
  return print(invocation.json ? render::offers_json(question, *answer, asked.first)
                               : render::offers(question, *answer, asked.first, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
