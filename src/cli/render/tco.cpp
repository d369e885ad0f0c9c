// SPDX-License-Identifier: Apache-2.0
#include "cli/render/tco.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/json.hpp"
#include "cli/render/money.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {
namespace {

using plan::TcoAnswer;
using plan::TcoOption;
using plan::TcoQuestion;
using plan::Way;

std::string months(const TcoAnswer& answer) {
  if (!answer.months)
    return "owning never pays for itself: its running costs alone are no less than the rent\n";
  return fmt::format(
      "owning has paid for itself after {:.1f} months against rent by the hour (80 %: {:.0f} to {:.0f})\n",
      *answer.months, *answer.months_low, *answer.months_high);
}

std::string utilisation(const TcoQuestion& question, const TcoAnswer& answer) {
  if (!answer.utilisation)
    return "renting is cheaper at any use: an hour's power alone costs what renting it does\n";
  if (*answer.utilisation > 1) return "renting is cheaper at any use of as many GPUs\n";
  if (*answer.utilisation <= 0)
    return "owning is cheaper at any use: storage and egress alone cost more in a cloud\n";
  return fmt::format("over {:g} years owning is cheaper from {:.0f} % use on; yours is {:.0f} %\n",
                     question.years, *answer.utilisation * 100, plan::busy_of(question.demand) * 100);
}

std::string sized(const TcoOption& option) {
  std::string text(plan::name_of(option.way));
  if (option.way == Way::hybrid) text += fmt::format(": {:g} owned", option.owned);
  if (option.way == Way::commit) text += fmt::format(": {:g} committed", option.committed);
  return text;
}

std::string options_table(const TcoAnswer& answer, const Screen& screen) {
  double most = 0;
  for (const TcoOption& option : answer.options) most = std::max(most, option.month().value);
  std::vector<std::vector<Cell>> rows;
  for (const TcoOption& option : answer.options) {
    const Tone tone = option.refused.empty() ? Tone::plain : Tone::faint;
    rows.push_back({{sized(option), tone},
                    {money(option.month().value), tone},
                    {bar(option.month() / estimate::UsdPerMonth{most}, 16), tone},
                    {money(option.capex.value), tone},
                    {money(option.purchase.value)},
                    {money((option.power + option.site).value)},
                    {money(option.staff.value)},
                    {money((option.rent + option.tokens).value)},
                    {money((option.storage + option.egress).value)},
                    {option.refused, Tone::bad}});
  }
  return table({{"WAY"},
                {"A MONTH", true},
                {""},
                {"AT ONCE", true},
                {"PURCHASE", true},
                {"POWER+ROOM", true},
                {"PEOPLE", true},
                {"RENT", true},
                {"DATA", true},
                {"OUT OF THE QUESTION"}},
               rows, screen);
}

std::string swings_table(const TcoAnswer& answer, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const plan::Swing& swing : answer.swings)
    rows.push_back({{swing.what},
                    {swing.range},
                    {fmt::format("{:.2f} to {:.2f}", swing.low, swing.high)},
                    {(swing.low < 1) != (swing.high < 1) ? "changes the answer" : "", Tone::bad},
                    {swing.basis, Tone::faint}});
  return table({{"WHAT MOVES IT"}, {"RANGE (80 %)"}, {"OWN / RENT"}, {""}, {"BY"}}, rows, screen);
}

}  // namespace

std::vector<std::string> assumptions(const TcoQuestion& q) {
  return {
      fmt::format("bought: {} a GPU (--gpu-price) x {:g} for servers and network (--server-factor); sold "
                  "after {:g} years "
                  "for {:.0f} % (--years, --resale)",
                  money(q.gpu_price.value), q.server_factor, q.years, q.residual_share * 100),
      fmt::format("power: {:g} W a GPU at work and {:g} W idle with its share of the machine (--watts), PUE "
                  "{:g}, {} a kWh "
                  "(--pue, --tariff)",
                  q.busy_watts.value, q.idle_watts.value, q.pue, money(q.tariff.value)),
      fmt::format(
          "by the month: room {} (--site), people {} (--staff); colocation {} a kW of {:g} W a GPU (--colo, "
          "--nameplate)",
          money(q.site.value), money(q.staff.value), money(q.colo_kilowatt.value), q.nameplate_watts),
      fmt::format("data: {:g} TB kept, {:g} TB a month out of a cloud; a GB and month {} in a cloud and {} "
                  "at home, a GB "
                  "out {} (--storage, --egress)",
                  q.stored_gb / 1000, q.egress_gb / 1000, money(q.cloud_gb_month), money(q.own_gb_month),
                  money(q.egress_gb_price)),
      "people are paid for owned machines alone; set-up of rented ones is nobody's time here",
      "no interest and tax; prices change in the band alone, which takes the inputs as independent"};
}

std::string tco(const TcoQuestion& question, const TcoAnswer& answer, const std::vector<std::string>& remarks,
                const Screen& screen) {
  const TcoOption& best = answer.options.front();
  std::string text;
  if (!best.refused.empty()) {
    text = "nothing is possible as asked: " + best.refused + "\n";
  } else {
    text = fmt::format("cheapest over {:g} years: {}, {} a month", question.years, sized(best),
                       money(best.month().value));
    const auto second =
        answer.options.size() > 1 && answer.options[1].refused.empty() ? &answer.options[1] : nullptr;
    if (second) text += fmt::format("; next: {}, {}", sized(*second), money(second->month().value));
    text += "\n";
  }
  text += months(answer) + utilisation(question, answer);
  text += fmt::format("what decides: {}; {}\n\n", answer.factor, answer.why);
  text += options_table(answer, screen) + "\n" + swings_table(answer, screen);
  return text + listed("taken for granted", remarks);
}

std::string tco_json(const TcoQuestion& question, const TcoAnswer& answer,
                     const std::vector<std::string>& remarks) {
  wire::JsonOut out;
  const auto maybe = [&](const char* name, const std::optional<double>& value) {
    value ? number(out, name, *value) : out.null(name);
  };
  out.open('{');
  out.whole("version", 1);
  number(out, "gpus", plan::peak_of(question.demand));
  number(out, "busy", plan::busy_of(question.demand));
  number(out, "years", question.years);
  out.key("break_even"), out.open('{');
  maybe("months", answer.months), maybe("low", answer.months_low), maybe("high", answer.months_high);
  maybe("utilisation", answer.utilisation);
  out.close('}');
  number(out, "own_over_rent", answer.own_over_rent);
  out.word("factor", answer.factor), out.word("why", answer.why);
  out.key("options"), out.open('[');
  for (const TcoOption& option : answer.options) {
    out.open('{');
    out.word("way", plan::name_of(option.way));
    number(out, "owned_gpus", option.owned), number(out, "committed_gpus", option.committed);
    number(out, "capex_usd", option.capex.value), number(out, "month_usd", option.month().value);
    number(out, "purchase", option.purchase.value), number(out, "power", option.power.value);
    number(out, "site", option.site.value), number(out, "staff", option.staff.value);
    number(out, "rent", option.rent.value), number(out, "tokens", option.tokens.value);
    number(out, "storage", option.storage.value), number(out, "egress", option.egress.value);
    option.refused.empty() ? out.null("refused") : out.word("refused", option.refused);
    out.close('}');
  }
  out.close(']');
  out.key("sensitivity"), out.open('[');
  for (const plan::Swing& swing : answer.swings) {
    out.open('{');
    out.word("what", swing.what), out.word("range", swing.range), out.word("basis", swing.basis);
    number(out, "own_over_rent_low", swing.low), number(out, "own_over_rent_high", swing.high);
    out.close('}');
  }
  out.close(']');
  return finished(out, remarks);
}

}  // namespace busbar::cli::render
