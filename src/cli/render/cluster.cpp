// SPDX-License-Identifier: Apache-2.0
#include "cli/render/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/money.hpp"
#include "cli/render/table.hpp"
#include "wire/json_out.hpp"

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

std::string headline(const ClusterQuestion& question, const ClusterPlan& plan) {
  std::string text;
  if (plan.nodes < plan.wanted) {
    text = fmt::format("does not fit: {} wanted, {} carried by {}\n", counted(plan.wanted, plan.node.name),
                       plan.nodes, plan.limits.front().what);
  } else {
    text = fmt::format("fits: {} ({:g} GPUs)", counted(plan.nodes, plan.node.name),
                       double(plan.nodes) * plan.node.gpus);
    if (question.people > 0)
      text += fmt::format(" for {:g} people with {:g} each", question.people, question.gpus_each);
    text += "\n";
  }
  text += fmt::format(
      "{:.1f} kW by nameplate, {:.1f} kW measured at full load; {:.1f} tons of cooling; {:.0f} MWh and {} a "
      "year\n",
      plan.nameplate.value / 1000, plan.measured.value / 1000, estimate::tons_of_cooling(plan.nameplate),
      plan.year.value / 1000, money(plan.year_bill.value));
  if (plan.price) text += fmt::format("{} for the nodes\n", money(plan.price->value));
  return text + "\n";
}

/// "4 x hgx, 2 x compute switch"
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

/// "71|71|69" percent of the breaker in each line, the fullest PDU of the rack.
std::string lines(const Rack& rack, const estimate::Feed& feed) {
  const auto fullest = [](const Pdu& pdu) { return std::ranges::max(pdu.lines); };
  const Pdu& pdu = *std::ranges::max_element(rack.pdus, {}, fullest);
  std::string text;
  for (int line = 0; line < feed.supply.phases; ++line)
    text += fmt::format("{}{:.0f}", line ? "|" : "", 100 * (pdu.lines[std::size_t(line)] / feed.breaker));
  return text + " %";
}

std::string racks_table(const ClusterPlan& plan, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (std::size_t at = 0; at < plan.racks.size();) {
    std::size_t end = at + 1;
    while (end < plan.racks.size() && contents(plan.racks[end]) == contents(plan.racks[at])) ++end;
    const Rack& rack = plan.racks[at];
    const double most = estimate::capacity(plan.feed).value * double(rack.pdus.size());
    rows.push_back({{end - at == 1 ? fmt::format("{}", at + 1) : fmt::format("{}-{}", at + 1, end)},
                    {contents(rack)},
                    {plan.node.units == 0 ? "" : fmt::format("{} U", rack.used_units())},
                    {fmt::format("{:.1f}", rack.nameplate().value / 1000)},
                    {fmt::format("{:.1f}", rack.measured().value / 1000)},
                    {std::to_string(rack.pdus.size())},
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

std::string feed_words(const estimate::Feed& feed) {
  return fmt::format("{:g} V {}-phase {:g} A, loaded to {:g} A ({:.1f} kVA)", feed.supply.volts.value,
                     feed.supply.phases, feed.breaker.value, estimate::continuous(feed).value,
                     estimate::capacity(feed).value / 1000);
}
std::string plug(const estimate::Feed& feed) {
  const double volts = feed.supply.volts.value, amps = feed.breaker.value;
  const bool three = feed.supply.phases == 3;
  if (volts == 208 && three && amps == 30) return "NEMA L15-30P or L21-30P";
  if (volts == 208 && three && amps == 20) return "NEMA L21-20P";
  if (volts == 208 && three && amps == 60) return "IEC 60309 60 A 3P+E, blue";
  if (volts >= 380) return fmt::format("IEC 60309 {:g} A 3P+N+E, red", amps);
  if (!three && volts >= 220) return fmt::format("IEC 60309 {:g} A 2P+E, blue", amps);
  return fmt::format("a plug for {:g} A", amps);
}

/// What has to be ordered, "count thing" each.
std::vector<std::pair<std::int64_t, std::string>> order(const ClusterPlan& plan) {
  std::vector<std::pair<std::int64_t, std::string>> items = {
      {plan.nodes, plan.node.name + " (" + plan.node.says + ")"}};
  std::int64_t pdus = 0;
  for (const Rack& rack : plan.racks) pdus += std::int64_t(rack.pdus.size());
  if (plan.node.units > 0) items.push_back({std::ssize(plan.racks), "rack"});
  const char* thing = plan.node.units > 0 ? "PDU and circuit: " : "circuit: ";
  items.push_back({pdus, thing + feed_words(plan.feed) + ", " + plug(plan.feed)});
  for (const auto& [outlet, count] : plan.outlets) items.push_back({count, outlet + " outlet and cord"});
  for (const Network& network : plan.networks)
    items.push_back({network.tree.switches(),
                     fmt::format("{} switch of {} ports, {}", network.name, network.radix, network.speed)});
  for (const Network& network : plan.networks)
    items.push_back({network.ends + network.tree.internal_cables(), network.name + " cable"});
  if (plan.storage_servers > 0)
    items.push_back({plan.storage_servers, fmt::format("storage server, for {:g} TB", plan.storage_tb)});
  return items;
}

std::string order_table(const ClusterPlan& plan, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& [count, item] : order(plan)) rows.push_back({{std::to_string(count)}, {item}});
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
    told.push_back(fmt::format("{} people: {} ({})", step.people, step.kind, step.why));
  return told;
}

}  // namespace

std::vector<std::string> assumptions(const ClusterQuestion& question, const ClusterPlan& plan) {
  std::vector<std::string> told = {
      fmt::format("a {}: {:g} kW by nameplate, {:.1f} kW measured ({})", plan.node.name,
                  plan.node.nameplate.value / 1000, plan.node.measured.value / 1000, plan.node.source),
      fmt::format("feeds of {}; {} (--volts, --phases, --breaker, --derate)", feed_words(plan.feed),
                  question.room.breaker ? "as asked" : "the smallest usual breaker that carries a node"),
      "circuits and cooling are planned by nameplate; no second feed stands by for one that fails",
      fmt::format(
          "cords are spread over phases, largest first; the fullest line carries {:.0f} % of what it may",
          100 * plan::fullest_line(plan)),
      fmt::format("storage {:g} TB (--storage), 250 TB to a server of 2 U; switches of 1 U",
                  plan.storage_tb)};
  if (!plan.networks.empty()) {
    told.push_back(fmt::format(
        "compute and storage networks {} (--oversubscribe), in-band 3 to 1, out-of-band 11 to 1; "
        "out-of-band reaches every node, server, switch and PDU",
        question.oversubscribe == 1 ? "non-blocking" : fmt::format("{:g} to 1", question.oversubscribe)));
    told.push_back(fmt::format(
        "cables: racks {:g} m apart (--pitch) in rows of 16, rows {:g} m apart, {:g} m up and down, "
        "{:.0f} % slack (--slack); leaves in the middle of their row",
        question.room.row.pitch.value, question.room.row.aisle.value,
        question.room.row.height.value + 2 * question.room.row.above.value, question.room.row.slack * 100));
  }
  told.push_back(fmt::format("energy at measured power all year, PUE {:g}, {} a kWh (--pue, --tariff)",
                             question.pue, money(question.tariff.value)));
  return told;
}

std::string cluster(const ClusterQuestion& question, const ClusterPlan& plan,
                    const std::vector<std::string>& remarks, const Screen& screen) {
  std::string text = headline(question, plan);
  if (plan.nodes > 0)
    text += racks_table(plan, screen) + networks_table(plan, screen) + order_table(plan, screen);
  return text + listed("what the room and the budget carry", more(plan)) +
         listed(fmt::format("the next step, at {:g} GPUs a person", question.gpus_each), ladder(plan)) +
         listed("taken for granted", remarks);
}

std::string cluster_json(const ClusterPlan& plan, const std::vector<std::string>& remarks) {
  wire::JsonOut out;
  const auto number = [&](const char* name, double value) {
    out.key(name), out.raw(fmt::format("{:.6g}", value));
  };
  out.open('{');
  out.whole("version", 1);
  out.truth("fits", plan.nodes >= plan.wanted);
  out.word("node", plan.node.name), out.whole("nodes", plan.nodes), out.whole("wanted", plan.wanted);
  number("gpus", double(plan.nodes) * plan.node.gpus);
  number("nameplate_watts", plan.nameplate.value), number("measured_watts", plan.measured.value);
  number("cooling_btu_per_hour", estimate::btu_per_hour(plan.nameplate));
  number("year_kwh", plan.year.value), number("year_usd", plan.year_bill.value);
  if (plan.price) number("nodes_usd", plan.price->value);
  number("feed_va", estimate::capacity(plan.feed).value), number("fullest_line", plan::fullest_line(plan));
  out.key("limits"), out.open('[');
  for (const plan::Limit& limit : plan.limits) {
    out.open('{'), out.word("what", limit.what), out.whole("nodes", limit.nodes), out.close('}');
  }
  out.close(']');
  out.key("racks"), out.open('[');
  for (const Rack& rack : plan.racks) {
    out.open('{');
    out.word("holds", contents(rack)), out.whole("units", rack.used_units());
    number("nameplate_watts", rack.nameplate().value), number("measured_watts", rack.measured().value);
    out.key("pdus"), out.open('[');
    for (const Pdu& pdu : rack.pdus) {
      out.open('[');
      for (int line = 0; line < plan.feed.supply.phases; ++line)
        out.raw(fmt::format("{:.2f}", pdu.lines[std::size_t(line)].value));
      out.close(']');
    }
    out.close(']'), out.close('}');
  }
  out.close(']');
  out.key("networks"), out.open('[');
  for (const Network& network : plan.networks) {
    out.open('{');
    out.word("name", network.name), out.word("speed", network.speed);
    out.whole("ends", network.ends), out.whole("radix", network.radix),
        out.whole("leaves", network.tree.leaves);
    out.whole("spines", network.tree.spines), out.whole("cores", network.tree.cores);
    out.key("cables"), out.open('[');
    for (const auto& [length, count] : network.cables) {
      out.open('{'), number("metres", length), out.whole("count", count), out.close('}');
    }
    out.close(']'), out.close('}');
  }
  out.close(']');
  out.key("order"), out.open('[');
  for (const auto& [count, item] : order(plan)) {
    out.open('{'), out.whole("count", count), out.word("what", item), out.close('}');
  }
  out.close(']');
  out.key("next_steps"), out.open('[');
  for (const auto& step : plan.ladder) {
    out.open('{'), out.word("people", step.people), out.word("kind", step.kind), out.word("why", step.why),
        out.close('}');
  }
  out.close(']');
  out.key("assumptions"), out.open('[');
  for (const std::string& remark : remarks) out.word(remark);
  out.close(']'), out.close('}');
  return out.text + "\n";
}

}  // namespace busbar::cli::render
