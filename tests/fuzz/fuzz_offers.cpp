// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "estimate/offers.hpp"
#include "plan/offers.hpp"
#include "plan/tco.hpp"
#include "promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  fuzz::check_refusal(estimate::parse_date(text));
  const auto demand = plan::parse_demand("fuzz.csv", text);
  fuzz::check_refusal(demand);
  if (demand) BUSBAR_CHECK(plan::busy_of(*demand) <= 1 + 1e-9, "nobody is busier than the peak");
  const auto sheet = estimate::Sheet::parse("fuzz.csv", text);
  fuzz::check_refusal(sheet);
  if (!sheet) return 0;
  const auto offers = estimate::parse_offers(*sheet);
  fuzz::check_refusal(offers);
  if (!offers) return 0;
  for (const estimate::Offer& offer : *offers) {
    BUSBAR_CHECK(offer.as_of.ok(), "every price has its day");
    bool priced = false;
    for (const auto terms : {estimate::Terms::on_demand, estimate::Terms::spot, estimate::Terms::one_year,
                             estimate::Terms::three_years}) {
      const auto price = estimate::price(offer, terms);
      priced |= price.has_value();
      BUSBAR_CHECK(!price || (std::isfinite(price->value) && price->value >= 0), "a price is a number");
    }
    BUSBAR_CHECK(priced, "an offer has a price");
  }
  plan::OffersQuestion question{.date = *estimate::parse_date("2026-11-27")};
  const auto answer = plan::rank_offers(*offers, question);
  fuzz::check_refusal(answer);
  if (answer)
    BUSBAR_CHECK(answer->choices.size() <= 4 * offers->size(), "no more choices than offers and terms");
  return 0;
}
