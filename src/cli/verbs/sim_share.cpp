// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/render/table.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "sim/share.hpp"
#include "wire/json_out.hpp"

namespace busbar::cli {
namespace {

double percent(std::int64_t part, std::int64_t of) { return of == 0 ? 0 : 100 * double(part) / double(of); }

std::vector<render::Cell> row(const sim::ShareOutcome& outcome, std::int64_t programs) {
  return {{outcome.rule},
          {std::to_string(outcome.devices)},
          {fmt::format("{:.1f} %", percent(programs - outcome.devices, programs))},
          {fmt::format("{:.3f} %", percent(outcome.violated, outcome.samples))},
          {fmt::format("{:.2f} %", percent(outcome.worst_violated, outcome.worst_samples))}};
}

std::string told(const sim::ShareAnswer& answer, std::int64_t budget_milli) {
  std::vector<std::vector<render::Cell>> rows;
  for (const sim::ShareOutcome& outcome : answer.outcomes) rows.push_back(row(outcome, answer.programs));
  rows.push_back(row(answer.foresight, answer.programs));
  return fmt::format(
             "{} programs in the second half, {} of them unknown in the first; budget {:.1f} % of the "
             "samples\n\n",
             answer.programs, answer.unknown, double(budget_milli) / 10) +
         render::table({{"RULE", false, 24},
                        {"DEVICES", true},
                        {"SAVED", true},
                        {"VIOLATED", true},
                        {"WORST DEVICE", true}},
                       rows, screen_of(STDOUT_FILENO));
}

void put(wire::JsonOut& out, const sim::ShareOutcome& outcome) {
  out.open('{');
  out.word("rule", outcome.rule);
  out.whole("devices", outcome.devices);
  out.whole("samples", outcome.samples);
  out.whole("violated", outcome.violated);
  out.whole("worst_samples", outcome.worst_samples);
  out.whole("worst_violated", outcome.worst_violated);
  out.close('}');
}

std::string as_json(const sim::ShareAnswer& answer, std::int64_t budget_milli) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.whole("budget_milli", budget_milli);
  out.whole("programs", answer.programs);
  out.whole("unknown", answer.unknown);
  out.whole("moments", answer.moments);
  out.key("rules");
  out.open('[');
  for (const sim::ShareOutcome& outcome : answer.outcomes) put(out, outcome);
  out.close(']');
  out.key("foresight");
  put(out, answer.foresight);
  out.close('}');
  return std::move(out.text) + "\n";
}

}  // namespace

int sim_share(const Invocation& invocation) {
  const Result<sim::DutyRecord> record = sim::read_duty(invocation.sim_share.duty);
  if (!record) return failed(record.error());
  const std::int64_t budget = invocation.sim_share.budget_milli;
  const sim::ShareAnswer answer = sim::share_experiment(*record, budget);
  return print(invocation.json ? as_json(answer, budget) : told(answer, budget));
}

}  // namespace busbar::cli
