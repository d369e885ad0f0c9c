// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/order.hpp"

#include <fmt/format.h>

#include "plan/cluster/network.hpp"

namespace busbar::plan {
namespace {

using namespace estimate;

std::string plug(const Feed& feed) {
  const double volts = feed.supply.volts.value, amps = feed.breaker.value;
  const bool three = feed.supply.phases == 3;
  if (volts == 208 && three && amps == 30) return "NEMA L15-30P or L21-30P";
  if (volts == 208 && three && amps == 20) return "NEMA L21-20P";
  if (volts == 208 && three && amps == 60) return "IEC 60309 60 A 3P+E, blue";
  if (volts >= 380) return fmt::format("IEC 60309 {:g} A 3P+N+E, red", amps);
  if (!three && volts >= 220) return fmt::format("IEC 60309 {:g} A 2P+E, blue", amps);
  return fmt::format("a plug for {:g} A", amps);
}

/// Feeds of racks with a busbar end in their power shelves, those of other racks in a PDU.
void order_power(const ClusterPlan& plan, std::vector<Item>& items) {
  std::int64_t pdus = 0, shelves = 0;
  for (const Rack& rack : plan.racks)
    (!rack.things.empty() && rack.things.front().outlet == "busbar" ? shelves : pdus) +=
        std::ssize(rack.pdus);
  const std::string feed = feed_words(plan.feed) + ", " + plug(plan.feed);
  if (shelves > 0) items.push_back({shelves, "circuit to the power shelves of a rack: " + feed});
  if (pdus > 0) items.push_back({pdus, (plan.node.on_floor() ? "circuit: " : "PDU and circuit: ") + feed});
  for (const auto& [outlet, count] : plan.outlets)
    if (outlet != "busbar") items.push_back({count, outlet + " outlet and cord"});
}

void order_cables(const Network& network, std::vector<Item>& items) {
  std::map<std::string, std::int64_t> optics;
  for (const auto& [length, count] : network.cables) {
    const CableKind kind = cable_kind(network.kind.speed, length);
    items.push_back({count, fmt::format("{} cable, {}, {}", network.name, kind.what,
                                        length > 0 ? fmt::format("{:g} m", length) : "over 100 m")});
    if (kind.optics) optics[kind.what] += 2 * count;
  }
  for (const auto& [what, count] : optics)
    items.push_back(
        {count, fmt::format("{} transceiver, {:g} Gb/s, {}", network.name, network.kind.speed.value, what)});
}

}  // namespace

std::vector<Item> order_of(const ClusterPlan& plan) {
  std::vector<Item> items = {{plan.nodes, plan.node.name + " (" + plan.node.says + ")"}};
  std::int64_t racks = 0;
  for (const Rack& rack : plan.racks)
    racks += rack.things.empty() || rack.things.front().outlet != "busbar" ? 1 : 0;
  if (!plan.node.on_floor() && racks > 0) items.push_back({racks, "rack"});
  order_power(plan, items);
  for (const Network& network : plan.networks)
    items.push_back({network.tree.switches(), fmt::format("{} switch of {} ports, {} ({})", network.name,
                                                          network.radix, network.speed, network.kind.name)});
  for (const Network& network : plan.networks) order_cables(network, items);
  if (plan.storage_servers > 0)
    items.push_back({plan.storage_servers, fmt::format("storage server, for {:g} TB", plan.storage_tb)});
  return items;
}

std::string feed_words(const Feed& feed) {
  return fmt::format("{:g} V {}-phase {:g} A, loaded to {:g} A ({:.1f} kVA)", feed.supply.volts.value,
                     feed.supply.phases, feed.breaker.value, continuous(feed).value,
                     capacity(feed).value / 1000);
}

}  // namespace busbar::plan
