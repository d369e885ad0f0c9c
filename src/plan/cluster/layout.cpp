// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/layout.hpp"

#include <cmath>

#include "plan/cluster/network.hpp"
#include "plan/cluster/order.hpp"

namespace busbar::plan {
namespace {

using namespace estimate;

constexpr double tb_per_gpu = 10, tb_per_server = 250;

Placed switch_of(const Network& network) {
  return {.what = network.name + " switch",
          .units = network.kind.units,
          .nameplate = network.kind.nameplate,
          .measured = network.kind.measured,
          .outlet = "C13"};
}
/// Rounded figures of a server of 2 U full of flash.
const Placed storage_server{
    .what = "storage server", .units = 2, .nameplate = {1200}, .measured = {700}, .outlet = "C13"};

}  // namespace

Placed placed(const NodeKind& kind) {
  return {.what = kind.name,
          .units = kind.units,
          .nameplate = kind.nameplate,
          .measured = kind.measured,
          .cords = kind.cords,
          .outlet = kind.outlet};
}

Layout::Layout(const ClusterQuestion& question, const Feed& feed)
    : question_(question),
      kind_(question.node),
      feed_(feed),
      packer_(question.room, feed, question.redundant) {
  std::vector<Placed> things;
  // On the floor, and as a rack of its own, each machine stands for itself.
  while (kind_.units > 0 || things.empty()) {
    things.push_back(placed(kind_));
    const auto more = packer_.rack_of(things);
    if (!more) break;
    full_ = *more, per_rack_ = std::int64_t(things.size());
  }
}

Result<ClusterPlan> Layout::of(std::int64_t nodes) {
  ClusterPlan plan{.node = kind_, .nodes = nodes, .feed = feed_, .nodes_per_rack = per_rack_};
  plan.storage_tb = question_.storage_tb.value_or(
      kind_.on_floor() && nodes == 1 ? 0 : double(nodes) * kind_.gpus * tb_per_gpu);
  plan.storage_servers = std::int64_t(std::ceil(plan.storage_tb / tb_per_server));
  const std::int64_t racks = (nodes + per_rack_ - 1) / per_rack_;
  auto networks =
      networks_of(question_, kind_, nodes, {plan.storage_servers, racks * std::int64_t(full_.pdus.size())});
  if (!networks) return networks.error();
  plan.networks = std::move(*networks);
  stand(plan);
  add_up(plan);
  return plan;
}

void Layout::lay_cables(ClusterPlan& plan) const {
  for (Network& network : plan.networks)
    count_cables(question_.room, plan.nodes, per_rack_,
                 network.name == "compute" ? kind_.compute_ports : kind_.hosts, network);
  plan.order = order_of(plan);
}

/// Full racks of nodes, what is left over with as much of the rest as fits, then racks of the rest.
void Layout::stand(ClusterPlan& plan) {
  std::vector<Placed> rest;
  for (const Network& network : plan.networks)
    rest.insert(rest.end(), std::size_t(network.tree.switches()), switch_of(network));
  rest.insert(rest.end(), std::size_t(plan.storage_servers), storage_server);
  const std::int64_t nodes = plan.nodes;
  const std::int64_t left = nodes % per_rack_ == 0 ? (nodes <= per_rack_ ? nodes : 0) : nodes % per_rack_;
  plan.racks.assign(std::size_t((nodes - left) / per_rack_), full_);
  for (Rack& rack : packer_.stand(rest, std::vector<Placed>(std::size_t(left), placed(kind_))))
    plan.racks.push_back(std::move(rack));
}

void Layout::add_up(ClusterPlan& plan) const {
  for (const Rack& rack : plan.racks) {
    plan.nameplate += rack.nameplate();
    plan.measured += rack.measured();
    for (const Placed& thing : rack.things) plan.outlets[thing.outlet] += thing.cords;
  }
  plan.liquid = kind_.nameplate * (double(plan.nodes) * kind_.liquid);
  plan.year = energy(facility_power(plan.measured, question_.pue), hour * hours_per_year);
  plan.year_bill = cost(plan.year, question_.tariff);
  if (question_.node_price) plan.price = *question_.node_price * double(plan.nodes);
}

}  // namespace busbar::plan
