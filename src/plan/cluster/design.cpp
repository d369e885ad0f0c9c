// SPDX-License-Identifier: Apache-2.0
// How many nodes the room and the budget let stand, and the whole of it laid out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/check.hpp"
#include "estimate/tco.hpp"
#include "plan/cluster/network.hpp"
#include "plan/cluster/rack.hpp"

namespace busbar::plan {
namespace {

using namespace estimate;

constexpr double tb_per_gpu = 10, tb_per_server = 250;

/// Switches and storage as they stand in a rack. Switch of 64 ports: 1,720 W with active cables, 747 W
/// typical (the maker's data sheet of a 64-port NDR switch); the others are rounded figures of their kind.
Placed switch_of(const std::string& network) {
  const bool fast = network == "compute" || network == "storage";
  if (fast) return {.what = network + " switch", .nameplate = {1720}, .measured = {747}, .outlet = "C13"};
  if (network == "in-band")
    return {.what = network + " switch", .nameplate = {400}, .measured = {200}, .outlet = "C13"};
  return {.what = network + " switch", .nameplate = {100}, .measured = {60}, .outlet = "C13"};
}
const Placed storage_server{
    .what = "storage server", .units = 2, .nameplate = {1200}, .measured = {700}, .outlet = "C13"};

Placed placed(const NodeKind& kind) {
  return {.what = kind.name,
          .units = kind.units,
          .nameplate = kind.nameplate,
          .measured = kind.measured,
          .cords = kind.cords,
          .outlet = kind.outlet};
}

/// Everything but limits: what so many nodes come to in this room.
class Layout {
 public:
  Layout(const ClusterQuestion& question, const NodeKind& kind, const Feed& feed)
      : question_(question), kind_(kind), packer_(question.room, feed) {
    std::vector<Placed> things;
    // On the floor each machine stands for itself.
    while (kind.units > 0 || things.empty()) {
      things.push_back(placed(kind));
      const auto more = packer_.rack_of(things);
      if (!more) break;
      full_ = *more, per_rack_ = std::int64_t(things.size());
    }
  }
  std::int64_t per_rack() const { return per_rack_; }

  Result<ClusterPlan> of(std::int64_t nodes) {
    ClusterPlan plan{.node = kind_, .nodes = nodes, .nodes_per_rack = per_rack_};
    plan.storage_tb = question_.storage_tb.value_or(
        kind_.units == 0 && nodes == 1 ? 0 : double(nodes) * kind_.gpus * tb_per_gpu);
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

  void lay_cables(ClusterPlan& plan) {
    for (Network& network : plan.networks)
      count_cables(question_.room, plan.nodes, per_rack_, network.name == "compute" ? kind_.compute_ports : 1,
                   network);
  }

 private:
  /// Full racks of nodes, what is left over with as much of the rest as fits, then racks of the rest.
  void stand(ClusterPlan& plan) {
    std::vector<Placed> rest;
    for (const Network& network : plan.networks)
      rest.insert(rest.end(), std::size_t(network.tree.switches()), switch_of(network.name));
    rest.insert(rest.end(), std::size_t(plan.storage_servers), storage_server);
    const std::int64_t nodes = plan.nodes;
    const std::int64_t left = nodes % per_rack_ == 0 ? (nodes <= per_rack_ ? nodes : 0) : nodes % per_rack_;
    plan.racks.assign(std::size_t((nodes - left) / per_rack_), full_);
    std::size_t next = 0;
    if (left > 0) {
      const std::vector<Placed> last(std::size_t(left), placed(kind_));
      Rack rack;
      next = kind_.units > 0 ? packer_.fill(rest, 0, last, rack) : 0;
      if (next == 0) rack = *packer_.rack_of(last);
      plan.racks.push_back(std::move(rack));
    }
    while (next < rest.size()) {
      Rack rack;
      const std::size_t taken = packer_.fill(rest, next, {}, rack);
      BUSBAR_CHECK(taken > 0, "what carries a node carries a switch");
      plan.racks.push_back(std::move(rack));
      next += taken;
    }
  }

  void add_up(ClusterPlan& plan) {
    for (const Rack& rack : plan.racks) {
      plan.nameplate += rack.nameplate();
      plan.measured += rack.measured();
      for (const Placed& thing : rack.things) plan.outlets[thing.outlet] += thing.cords;
    }
    plan.year = energy(facility_power(plan.measured, question_.pue), hour * hours_per_year);
    plan.year_bill = cost(plan.year, question_.tariff);
    if (question_.node_price) plan.price = *question_.node_price * double(plan.nodes);
  }

  const ClusterQuestion& question_;
  const NodeKind& kind_;
  Packer packer_;
  Rack full_;
  std::int64_t per_rack_ = 0;
};

std::int64_t pdus_of(const ClusterPlan& plan) {
  std::int64_t sum = 0;
  for (const Rack& rack : plan.racks) sum += std::int64_t(rack.pdus.size());
  return sum;
}

/// The most nodes from 0 to `wanted` for which `holds`, which turns false once.
Result<std::int64_t> most(Layout& layout, std::int64_t wanted,
                          const std::function<bool(const ClusterPlan&)>& holds) {
  std::int64_t low = 0, high = wanted + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto plan = layout.of(middle);
    if (!plan) return plan.error();
    (holds(*plan) ? low : high) = middle;
  }
  return low;
}

Result<std::vector<Limit>> limits_of(const ClusterQuestion& q, Layout& layout, std::int64_t wanted) {
  std::vector<Limit> limits;
  const auto add = [&](std::string what, const std::function<bool(const ClusterPlan&)>& holds) -> Status {
    const auto nodes = most(layout, wanted, holds);
    if (!nodes) return nodes.error();
    limits.push_back({std::move(what), *nodes});
    return Done{};
  };
  Status added = Done{};
  if (q.room.feeds)
    added = add(fmt::format("{} feeds", *q.room.feeds),
                [&](const ClusterPlan& p) { return pdus_of(p) <= *q.room.feeds; });
  if (added && q.room.racks)
    added = add(fmt::format("room for {} racks", *q.room.racks), [&](const ClusterPlan& p) {
      return p.node.units == 0 || std::ssize(p.racks) <= *q.room.racks;
    });
  if (added && q.room.cooling)
    added = add(fmt::format("{:g} kW of cooling, by nameplate", q.room.cooling->value / 1000),
                [&](const ClusterPlan& p) { return p.nameplate <= *q.room.cooling; });
  if (added && q.budget && q.node_price)
    added = add(fmt::format("a budget of ${:.0f}k", q.budget->value / 1000),
                [&](const ClusterPlan& p) { return *p.price <= *q.budget; });
  if (!added) return added.error();
  std::ranges::sort(limits, {}, [](const Limit& limit) { return std::tie(limit.nodes, limit.what); });
  return limits;
}

/// Laptop, workstation, server, cluster, colocation: where each begins, for people with `gpus_each` GPUs.
std::vector<ClusterPlan::Step> ladder_of(const ClusterQuestion& q, const ClusterPlan& plan) {
  const double each = q.gpus_each;
  struct Rung {
    const char* kind;
    double gpus;  // that it serves
    std::string why;
  };
  std::vector<Rung> rungs = {{"laptop", 0.25, "rented hours do the rest"},
                             {"workstation", 4, "4 GPUs under a desk, one socket"},
                             {"server", 8, "8 GPUs in one machine: no network to build"}};
  const auto room = std::ranges::find_if(
      plan.limits, [](const Limit& limit) { return !limit.what.starts_with("a budget"); });
  const bool bounded = room != plan.limits.end() && room->nodes > 0 && plan.wanted > room->nodes;
  rungs.push_back({"cluster", bounded ? double(room->nodes) * plan.node.gpus : 1e9,
                   bounded ? "as far as the room goes: " + room->what : "racks, four networks, a queue"});
  if (bounded) rungs.push_back({"colocation", 1e9, "the room carries no more"});
  std::vector<ClusterPlan::Step> steps;
  double from = 1;
  for (const Rung& rung : rungs) {
    const double to = std::floor(rung.gpus / each + 1e-9);
    if (to < from) continue;
    steps.push_back({to >= 1e8    ? fmt::format("from {:.0f}", from)
                     : from == to ? fmt::format("{:.0f}", from)
                                  : fmt::format("{:.0f} to {:.0f}", from, to),
                     rung.kind, rung.why});
    from = to + 1;
  }
  return steps;
}

Result<Feed> feed_of(const ClusterQuestion& q, const NodeKind& kind) {
  if (q.room.breaker) return Feed{q.room.supply, *q.room.breaker, q.room.derate};
  const auto feed = smallest_feed(q.room, placed(kind));
  if (!feed)
    return Error{
        Errc::invalid,
        fmt::format("--volts: found {:g}; no usual breaker of that voltage carries a {} of {:g} kW on two "
                    "PDUs, a higher voltage or three phases would be right",
                    q.room.supply.volts.value, kind.name, kind.nameplate.value / 1000)};
  return *feed;
}

}  // namespace

Result<ClusterPlan> design(const ClusterQuestion& q) {
  const NodeKind& kind = q.node;
  const double gpus = q.gpus > 0 ? q.gpus : q.people * q.gpus_each;
  if (gpus <= 0) return Error{Errc::invalid, "busbar plan cluster needs --gpus 64 or --people 12"};
  if (q.budget && !q.node_price)
    return Error{
        Errc::invalid,
        "--budget: found no --node-price; what one node costs, with its part of the network, would be right"};
  const Result<Feed> feed = feed_of(q, kind);
  if (!feed) return feed.error();
  Layout layout(q, kind, *feed);
  if (layout.per_rack() == 0)
    return Error{
        Errc::invalid,
        fmt::format("--breaker: found {:g} A at {:g} V: {} of them in a rack, {:g} A in a line, do not carry "
                    "one {} of {:g} kW (nameplate), {} "
                    "cords and {} units; a larger breaker or a taller rack would be right",
                    feed->breaker.value, feed->supply.volts.value, most_pdus, continuous(*feed).value,
                    kind.name, kind.nameplate.value / 1000, kind.cords, kind.units)};
  const auto wanted = std::int64_t(std::ceil(gpus / kind.gpus - 1e-9));
  const auto limits = limits_of(q, layout, wanted);
  if (!limits) return limits.error();
  const std::int64_t nodes = limits->empty() ? wanted : std::min(wanted, limits->front().nodes);
  Result<ClusterPlan> plan = layout.of(nodes);
  if (!plan) return plan.error();
  layout.lay_cables(*plan);
  plan->wanted = wanted, plan->limits = *limits, plan->feed = *feed;
  plan->ladder = ladder_of(q, *plan);
  return plan;
}

double fullest_line(const ClusterPlan& plan) {
  Amps most_carried;
  for (const Rack& rack : plan.racks)
    for (const Pdu& pdu : rack.pdus) most_carried = std::max(most_carried, std::ranges::max(pdu.lines));
  return most_carried / continuous(plan.feed);
}

}  // namespace busbar::plan
