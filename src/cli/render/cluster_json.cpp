// SPDX-License-Identifier: Apache-2.0
// cluster_json.cpp: a cluster's plan for programs.
#include <fmt/format.h>

#include "cli/render/cluster.hpp"
#include "cli/render/json.hpp"

namespace busbar::cli::render {
namespace {

using plan::ClusterPlan;

void json_of(wire::JsonOut& out, const std::vector<plan::Work>& all) {
  if (all.empty()) return;
  const plan::AtWork use = plan::at_work(all);
  number(out, "mean_gpus", use.mean), out.whole("peak_gpus", use.peak),
      out.whole("together_gpus", use.together);
  out.key("work"), out.open('[');
  for (const plan::Work& work : all) {
    out.open('{'), out.word("name", work.name), out.whole("people", work.people),
        out.whole("gpus", work.gpus);
    number(out, "hours_a_week", work.hours), number(out, "mean_gpus", work.mean());
    out.close('}');
  }
  out.close(']');
}

void json_of(wire::JsonOut& out, const std::vector<plan::Buy>& buys) {
  if (buys.size() < 2) return;
  out.key("compared"), out.open('[');
  for (const plan::Buy& buy : buys) {
    out.open('{'), out.word("node", buy.question.node.name);
    number(out, "node_usd", buy.question.node.price->value);
    if (buy.plan) {
      out.whole("nodes", buy.plan->nodes), out.whole("wanted", buy.plan->wanted);
      number(out, "flops", buy.work.value),
          number(out, "petaflops_per_million_usd", buy.petaflops_per_million());
    } else {
      out.word("refused", buy.refused);
    }
    out.close('}');
  }
  out.close(']');
}

}  // namespace

std::string cluster_json(const std::vector<plan::Buy>& buys, const std::vector<std::string>& remarks) {
  const ClusterPlan& plan = *buys.front().plan;
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.truth("fits", plan.nodes >= plan.wanted);
  out.word("node", plan.node.name), out.whole("nodes", plan.nodes), out.whole("wanted", plan.wanted);
  number(out, "gpus", double(plan.nodes) * plan.node.gpus);
  number(out, "nameplate_watts", plan.nameplate.value), number(out, "measured_watts", plan.measured.value);
  number(out, "cooling_btu_per_hour", estimate::btu_per_hour(plan.nameplate));
  number(out, "year_kwh", plan.year.value), number(out, "year_usd", plan.year_bill.value);
  number(out, "liquid_watts", plan.liquid.value);
  if (plan.price) number(out, "nodes_usd", plan.price->value);
  number(out, "feed_va", estimate::capacity(plan.feed).value),
      number(out, "fullest_line", plan::fullest_line(plan));
  json_of(out, buys.front().question.work);
  json_of(out, buys);
  out.key("limits"), out.open('[');
  for (const plan::Limit& limit : plan.limits) {
    out.open('{'), out.word("what", limit.what), out.whole("nodes", limit.nodes), out.close('}');
  }
  out.close(']');
  out.key("racks"), out.open('[');
  for (const plan::Rack& rack : plan.racks) {
    out.open('{');
    out.word("holds", contents(rack)), out.whole("units", rack.used_units());
    number(out, "nameplate_watts", rack.nameplate().value),
        number(out, "measured_watts", rack.measured().value);
    out.key("pdus"), out.open('[');
    for (const plan::Pdu& pdu : rack.pdus) {
      out.open('[');
      for (int line = 0; line < plan.feed.supply.phases; ++line)
        out.raw(fmt::format("{:.2f}", pdu.lines[std::size_t(line)].value));
      out.close(']');
    }
    out.close(']'), out.close('}');
  }
  out.close(']');
  out.key("networks"), out.open('[');
  for (const plan::Network& network : plan.networks) {
    out.open('{');
    out.word("name", network.name), out.word("speed", network.speed), out.word("switch", network.kind.name);
    out.whole("ends", network.ends), out.whole("radix", network.radix),
        out.whole("leaves", network.tree.leaves);
    out.whole("spines", network.tree.spines), out.whole("cores", network.tree.cores);
    out.key("cables"), out.open('[');
    for (const auto& [length, count] : network.cables) {
      out.open('{'), number(out, "metres", length), out.whole("count", count), out.close('}');
    }
    out.close(']'), out.close('}');
  }
  out.close(']');
  out.key("order"), out.open('[');
  for (const auto& [count, item] : plan.order) {
    out.open('{'), out.whole("count", count), out.word("what", item), out.close('}');
  }
  out.close(']');
  out.key("next_steps"), out.open('[');
  for (const auto& step : plan.ladder) {
    out.open('{'), out.word("people", step.people), out.word("kind", step.kind), out.word("why", step.why),
        out.close('}');
  }
  out.close(']');
  return finished(out, remarks);
}

}  // namespace busbar::cli::render
