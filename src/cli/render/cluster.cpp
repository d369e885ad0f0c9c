// SPDX-License-Identifier: Apache-2.0
#include "cli/render/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/money.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {
namespace {

using plan::ClusterPlan;
using plan::ClusterQuestion;
using plan::Network;
using plan::Pdu;
using plan::Rack;

/// "2 x hgx"
std::string counted(std::int64_t count, std::string_view thing) {
  return fmt::format("{} x {}", count, thing);
}

/// For whom it is.
std::string wanted_by(const ClusterQuestion& question) {
  if (!question.work.empty()) {
    const plan::AtWork use = plan::at_work(question.work);
    return fmt::format(" for {} people: {:.1f} at work on the mean, {} at the peak, {} if all ran at once",
                       use.people, use.mean, use.peak, use.together);
  }
  if (question.people > 0)
    return fmt::format(" for {:g} people with {:g} each", question.people, question.gpus_each);
  return "";
}

std::string heat(const ClusterPlan& plan) {
  if (plan.liquid.value <= 0)
    return fmt::format("{:.1f} tons of cooling", estimate::tons_of_cooling(plan.nameplate));
  return fmt::format("heat: {:.1f} kW by liquid, {:.1f} kW ({:.1f} tons) by air", plan.liquid.value / 1000,
                     (plan.nameplate - plan.liquid).value / 1000,
                     estimate::tons_of_cooling(plan.nameplate - plan.liquid));
}

std::string headline(const ClusterQuestion& question, const ClusterPlan& plan) {
  std::string text =
      plan.nodes < plan.wanted
          ? fmt::format("does not fit: {} wanted{}; {} carried by {}\n", counted(plan.wanted, plan.node.name),
                        wanted_by(question), plan.nodes, plan.limits.front().what)
          : fmt::format("fits: {} ({:g} GPUs){}\n", counted(plan.nodes, plan.node.name),
                        double(plan.nodes) * plan.node.gpus, wanted_by(question));
  text +=
      fmt::format("{:.1f} kW by nameplate, {:.1f} kW measured at full load; {}; {:.0f} MWh and {} a year\n",
                  plan.nameplate.value / 1000, plan.measured.value / 1000, heat(plan), plan.year.value / 1000,
                  money(plan.year_bill.value));
  if (plan.price) text += fmt::format("{} for the nodes\n", money(plan.price->value));
  return text + "\n";
}

/// What the kinds of machine that have a price make of the budget, best first.
std::string buys_table(const std::vector<plan::Buy>& buys, const Screen& screen) {
  if (buys.size() < 2) return "";
  double most = 0;
  for (const plan::Buy& buy : buys) most = std::max(most, buy.petaflops_per_million());
  std::vector<std::vector<Cell>> rows;
  for (const plan::Buy& buy : buys) {
    const estimate::NodeKind& kind = buy.question.node;
    if (!buy.plan) {
      rows.push_back(
          {{kind.name}, {"-"}, {"-"}, {money(kind.price->value)}, {"-"}, {"-"}, {"-"}, {""}, {buy.refused}});
      continue;
    }
    const ClusterPlan& plan = *buy.plan;
    rows.push_back({{kind.name},
                    {std::to_string(plan.nodes)},
                    {fmt::format("{:g}", double(plan.nodes) * kind.gpus)},
                    {money(kind.price->value)},
                    {plan.nodes > 0 ? money(plan.price->value) : "-"},
                    {fmt::format("{:.2f}", buy.work.value / 1e15)},
                    {fmt::format("{:.1f}", buy.petaflops_per_million())},
                    {bar(buy.petaflops_per_million() / most, 10)},
                    {plan.nodes < plan.wanted ? "not enough: " + plan.limits.front().what : "enough"}});
  }
  return table({{"MACHINE"},
                {"NODES", true},
                {"GPUS", true},
                {"EACH", true},
                {"ALL", true},
                {"PFLOP/S", true},
                {"FOR $1M", true},
                {""},
                {""}},
               rows, screen) +
         "\n";
}

std::string work_table(const ClusterQuestion& question, const Screen& screen) {
  if (question.work.empty()) return "";
  double most = 0;
  for (const plan::Work& work : question.work) most = std::max(most, work.mean());
  std::vector<std::vector<Cell>> rows;
  for (const plan::Work& work : question.work)
    rows.push_back({{work.name},
                    {std::to_string(work.people)},
                    {std::to_string(work.gpus)},
                    {fmt::format("{:.3g}", work.hours)},
                    {fmt::format("{:.2f}", work.mean())},
                    {bar(most > 0 ? work.mean() / most : 0, 10)},
                    {work.how, Tone::faint}});
  return table({{"WORK"},
                {"PEOPLE", true},
                {"GPUS EACH", true},
                {"HOURS A WEEK", true},
                {"GPUS ON THE MEAN", true},
                {""},
                {"RECKONED FROM"}},
               rows, screen) +
         "\n";
}

/// "71|71|69" percent of the breaker in each line, the fullest PDU of the rack.
std::string lines(const Rack& rack, const estimate::Feed& feed) {
  const auto fullest = [](const Pdu& pdu) { return std::ranges::max(pdu.lines); };
  const Pdu& pdu = *std::ranges::max_element(rack.pdus, {}, fullest);
  std::string text;
  for (int line = 0; line < feed.supply.phases; ++line)
    text += fmt::format("{}{:.0f}", line ? "|" : "", 100 * (pdu.lines[std::size_t(line)] / feed.breaker));
  return text + (pdu.side == ' ' ? " %" : " %, one side alone");
}

std::string racks_table(const ClusterPlan& plan, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (std::size_t at = 0; at < plan.racks.size();) {
    std::size_t end = at + 1;
    while (end < plan.racks.size() && contents(plan.racks[end]) == contents(plan.racks[at])) ++end;
    const Rack& rack = plan.racks[at];
    const bool sides = rack.pdus.front().side != ' ';  // either carries all
    const double most = estimate::capacity(plan.feed).value * double(rack.pdus.size()) / (sides ? 2 : 1);
    rows.push_back({{end - at == 1 ? fmt::format("{}", at + 1) : fmt::format("{}-{}", at + 1, end)},
                    {contents(rack)},
                    {rack.used_units() == 0 ? "" : fmt::format("{} U", rack.used_units())},
                    {fmt::format("{:.1f}", rack.nameplate().value / 1000)},
                    {fmt::format("{:.1f}", rack.measured().value / 1000)},
                    {sides ? fmt::format("{0}+{0}", rack.pdus.size() / 2) : std::to_string(rack.pdus.size())},
                    {bar(rack.nameplate().value / most, 10)},
                    {lines(rack, plan.feed)}});
    at = end;
  }
  return table({{"RACK"},
                {"HOLDS"},
                {"USED", true},
                {"KW", true},
                {"MEASURED", true},
                {"FEEDS", true},
                {"LOAD"},
                {"L1|L2|L3 OF BREAKER"}},
               rows, screen);
}

std::string cables(const Network& network) {
  std::string text;
  for (const auto& [length, count] : network.cables)
    text += (text.empty() ? "" : ", ") +
            (length > 0 ? fmt::format("{} x {:g} m", count, length) : fmt::format("{} beyond 100 m", count));
  return text;
}

std::string networks_table(const ClusterPlan& plan, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const Network& network : plan.networks) {
    const auto& tree = network.tree;
    rows.push_back({{network.name},
                    {network.speed},
                    {std::to_string(network.ends)},
                    {std::to_string(network.radix)},
                    {std::to_string(tree.leaves)},
                    {std::to_string(tree.spines)},
                    {std::to_string(tree.cores)},
                    {std::to_string(network.ends + tree.internal_cables())},
                    {cables(network)}});
  }
  if (rows.empty()) return "";
  return "\n" + table({{"NETWORK"},
                       {"SPEED"},
                       {"ENDS", true},
                       {"PORTS", true},
                       {"LEAVES", true},
                       {"SPINES", true},
                       {"CORES", true},
                       {"CABLES", true},
                       {"LENGTHS"}},
                      rows, screen);
}

std::string order_table(const ClusterPlan& plan, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& [count, item] : plan.order) rows.push_back({{std::to_string(count)}, {item}});
  return "\n" + table({{"ORDER", true}, {"WHAT"}}, rows, screen);
}

std::vector<std::string> more(const ClusterPlan& plan) {
  std::vector<std::string> told;
  for (const plan::Limit& limit : plan.limits)
    told.push_back(fmt::format("{}: {} at most{}", limit.what, counted(limit.nodes, plan.node.name),
                               limit.nodes >= plan.wanted ? ", enough" : ""));
  return told;
}

std::vector<std::string> ladder(const ClusterPlan& plan) {
  std::vector<std::string> told;
  for (const auto& step : plan.ladder)
    told.push_back(fmt::format("{}{}: {} ({})", step.people,
                               step.people.starts_with("before") ? "" : " people", step.kind, step.why));
  return told;
}

}  // namespace

std::string contents(const Rack& rack) {
  std::vector<std::pair<std::string, int>> counts;
  for (const plan::Placed& thing : rack.things) {
    if (!counts.empty() && counts.back().first == thing.what)
      ++counts.back().second;
    else
      counts.emplace_back(thing.what, 1);
  }
  std::string text;
  for (const auto& [what, count] : counts)
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, what);
  return text;
}

std::vector<std::string> assumptions(const ClusterQuestion& question, const ClusterPlan& plan) {
  std::vector<std::string> told = {
      fmt::format("a {}: {:g} kW by nameplate, {:.1f} kW measured ({})", plan.node.name,
                  plan.node.nameplate.value / 1000, plan.node.measured.value / 1000, plan.node.source),
      fmt::format("feeds of {}; {} (--volts, --phases, --breaker, --derate)", plan::feed_words(plan.feed),
                  question.room.breaker ? "as asked" : "the smallest usual breaker that carries a node"),
      question.redundant ? "circuits and cooling are planned by nameplate; feeds A and B of a rack each "
                           "carry all of it when the other "
                           "has failed; a thing with one cord needs a transfer switch"
                         : "circuits and cooling are planned by nameplate; no second feed stands by for one "
                           "that fails (--redundant)",
      fmt::format(
          "cords are spread over phases, largest first; the fullest line carries {:.0f} % of what it may",
          100 * plan::fullest_line(plan)),
      fmt::format("storage {:g} TB (--storage), 250 TB to a server of 2 U that draws 1.2 kW (judgement)",
                  plan.storage_tb)};
  if (!question.work.empty())
    told.push_back(
        "the peak: what 19 of 20 moments need no more than, where runs begin independently, and the largest "
        "run; "
        "whoever comes at a fuller moment waits");
  if (plan.node.is_rack())
    told.push_back(fmt::format(
        "a {} is a rack of its own: {} power shelves on a busbar, no PDU; {:.0f} % of its heat goes "
        "into liquid, so the room needs a coolant loop",
        plan.node.name, plan.node.cords, plan.node.liquid * 100));
  for (const Network& network : plan.networks)
    told.push_back(fmt::format("{} network: {}, {:g} W by nameplate, {:g} W measured ({})", network.name,
                               network.kind.name, network.kind.nameplate.value, network.kind.measured.value,
                               network.kind.source));
  if (!plan.networks.empty()) {
    told.push_back(fmt::format(
        "compute and storage networks {} (--oversubscribe), in-band 3 to 1, out-of-band 11 to 1; "
        "out-of-band reaches every node, server, switch and PDU",
        question.oversubscribe == 1 ? "non-blocking" : fmt::format("{:g} to 1", question.oversubscribe)));
    told.push_back(fmt::format(
        "cables: racks {:g} m apart (--pitch) in rows of 16, rows {:g} m apart, {:g} m up and down, "
        "{:.0f} % slack (--slack); leaves in the middle of their row; copper to 3 m, multimode fibre to 100 "
        "m (50 m from "
        "400 Gb/s on), then single mode",
        question.room.row.pitch.value, question.room.row.aisle.value,
        question.room.row.height.value + 2 * question.room.row.above.value, question.room.row.slack * 100));
  }
  told.push_back(fmt::format("energy at measured power all year, PUE {:g}, {} a kWh (--pue, --tariff)",
                             question.pue, money(question.tariff.value)));
  return told;
}

std::string cluster(const std::vector<plan::Buy>& buys, const std::vector<std::string>& remarks,
                    const Screen& screen) {
  const ClusterQuestion& question = buys.front().question;
  const ClusterPlan& plan = *buys.front().plan;
  std::string text = headline(question, plan) + buys_table(buys, screen) + work_table(question, screen);
  if (plan.nodes > 0)
    text += racks_table(plan, screen) + networks_table(plan, screen) + order_table(plan, screen);
  std::vector<std::string> granted = remarks;
  if (buys.size() > 1)
    granted.insert(granted.begin(),
                   "the machine with most work for a dollar that carries all that is wanted is planned; work "
                   "is the GPUs' "
                   "16-bit peak, times what their generation reaches of it (--node chooses another)");
  return text + listed("what the room and the budget carry", more(plan)) +
         listed(question.work.empty()
                    ? fmt::format("the next step, at {:g} GPUs a person", question.gpus_each)
                    : std::string("the next step"),
                ladder(plan)) +
         listed("taken for granted", granted);
}

}  // namespace busbar::cli::render
