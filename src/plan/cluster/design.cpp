// SPDX-License-Identifier: Apache-2.0
// How many nodes the room and the budget let stand, and the whole of it laid out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "plan/cluster/layout.hpp"

namespace busbar::plan {
namespace {

using namespace estimate;

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
                [&](const ClusterPlan& p) { return feeds_of(p) <= *q.room.feeds; });
  if (added && q.room.racks)
    added = add(fmt::format("room for {} racks", *q.room.racks), [&](const ClusterPlan& p) {
      return p.node.on_floor() || std::ssize(p.racks) <= *q.room.racks;
    });
  if (added && q.room.cooling)
    added = add(fmt::format("{:g} kW of cooling{}, by nameplate", q.room.cooling->value / 1000,
                            q.node.liquid > 0 ? " by air" : ""),
                [&](const ClusterPlan& p) { return p.nameplate - p.liquid <= *q.room.cooling; });
  if (added && q.room.liquid_cooling)
    added =
        add(fmt::format("{:g} kW of cooling by liquid, by nameplate", q.room.liquid_cooling->value / 1000),
            [&](const ClusterPlan& p) { return p.liquid <= *q.room.liquid_cooling; });
  if (added && q.budget && q.node_price)
    added = add(fmt::format("a budget of ${:.0f}k", q.budget->value / 1000),
                [&](const ClusterPlan& p) { return *p.price <= *q.budget; });
  if (!added) return added.error();
  std::ranges::sort(limits, {}, [](const Limit& limit) { return std::tie(limit.nodes, limit.what); });
  return limits;
}

/// GPUs that one of those who share it has at work on the mean.
double gpus_each(const ClusterQuestion& q) {
  if (q.work.empty()) return q.gpus_each;
  const AtWork use = at_work(q.work);
  return std::max(use.mean / use.people, 0.01);
}

/// What machines that the room does not carry would cost to have elsewhere.
std::string colocated(const ClusterQuestion& q, const ClusterPlan& plan) {
  const double kilowatts = q.node.nameplate.value / 1000;
  return fmt::format(
      "the room carries no more; {:.1f} kW of nameplate at ${:g} a kW and month (--colo): ${:.0f} a month "
      "for each {}",
      kilowatts, q.colo_kilowatt.value, kilowatts * q.colo_kilowatt.value, plan.node.name);
}

/// Laptop, workstation, server, cluster, colocation: where each begins, for people with so many GPUs each.
std::vector<ClusterPlan::Step> ladder_of(const ClusterQuestion& q, const ClusterPlan& plan) {
  const double each = gpus_each(q);
  struct Rung {
    const char* kind;
    double gpus;  // that it serves
    std::string why;
  };
  std::vector<Rung> rungs = {{"workstation", 4, "4 GPUs under a desk, one socket"},
                             {"server", 8, "8 GPUs in one machine: no network to build"}};
  const auto room = std::ranges::find_if(
      plan.limits, [](const Limit& limit) { return !limit.what.starts_with("a budget"); });
  const bool bounded = room != plan.limits.end() && room->nodes > 0 && plan.wanted > room->nodes;
  rungs.push_back({"cluster", bounded ? double(room->nodes) * plan.node.gpus : 1e9,
                   bounded ? "as far as the room goes: " + room->what : "racks, four networks, a queue"});
  if (bounded) rungs.push_back({"colocation", 1e9, colocated(q, plan)});
  // A quarter of a GPU at work on the mean is what a laptop with rented hours serves.
  constexpr double laptop = 0.25;
  double from = std::floor(laptop / each + 1e-9) + 1;
  std::vector<ClusterPlan::Step> steps = {{from < 2   ? "before the first one"
                                           : from < 3 ? "1"
                                                      : fmt::format("1 to {:.0f}", from - 1),
                                           "laptop", "trying things out; rented hours do the rest"}};
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
  const auto feed = smallest_feed(q.room, placed(kind), q.redundant);
  if (!feed)
    return Error{
        Errc::invalid,
        fmt::format("--volts: found {:g}; no usual breaker of that voltage carries a {} of {:g} kW on {} "
                    "{}, a higher voltage or three phases would be right",
                    q.room.supply.volts.value, kind.name, kind.nameplate.value / 1000,
                    kind.is_rack() ? std::to_string(kind.cords / (q.redundant ? 2 : 1)) : "two",
                    kind.is_rack() ? "feeds" : "PDUs")};
  return *feed;
}

/// How many nodes are asked for: for so many GPUs, or as many as the budget alone buys.
Result<std::int64_t> wanted_of(const ClusterQuestion& q) {
  const double gpus = !q.work.empty() ? at_work(q.work).peak : q.gpus > 0 ? q.gpus : q.people * q.gpus_each;
  if (gpus <= 0 && !q.budget)
    return Error{Errc::invalid,
                 "busbar plan cluster needs --gpus 64, --people 12, --jobs FILE or --budget USD"};
  if (q.budget && !q.node_price)
    return Error{
        Errc::invalid,
        "--budget: found no --node-price; what one node costs, with its part of the network, would be right"};
  if (gpus > 0) return std::int64_t(std::ceil(gpus / q.node.gpus - 1e-9));
  const auto bought = std::int64_t(std::floor(*q.budget / *q.node_price));
  if (bought > 0) return bought;
  return Error{Errc::invalid,
               fmt::format("--budget: found ${:.0f}; one {} costs ${:.0f}, as much would be right",
                           q.budget->value, q.node.name, q.node_price->value)};
}

}  // namespace

Result<ClusterPlan> design(const ClusterQuestion& q) {
  const NodeKind& kind = q.node;
  const Result<std::int64_t> wanted = wanted_of(q);
  if (!wanted) return wanted.error();
  if (q.redundant && kind.cords < 2)
    return Error{Errc::invalid,
                 "--redundant: found a " + kind.name +
                     ", which has one cord for two feeds; a kind of machine with two would be right"};
  const Result<Feed> feed = feed_of(q, kind);
  if (!feed) return feed.error();
  Layout layout(q, *feed);
  if (layout.per_rack() == 0)
    return Error{
        Errc::invalid,
        fmt::format("--breaker: found {:g} A at {:g} V: {} of them{}, {:g} A in a line, do not carry "
                    "one {} of {:g} kW (nameplate), {} "
                    "cords and {} units; a larger breaker or a taller rack would be right",
                    feed->breaker.value, feed->supply.volts.value,
                    (kind.is_rack() ? kind.cords : most_pdus) / (q.redundant ? 2 : 1),
                    q.redundant ? " at each side of a rack" : " in a rack", continuous(*feed).value,
                    kind.name, kind.nameplate.value / 1000, kind.cords, kind.units)};
  const auto limits = limits_of(q, layout, *wanted);
  if (!limits) return limits.error();
  const std::int64_t nodes = limits->empty() ? *wanted : std::min(*wanted, limits->front().nodes);
  Result<ClusterPlan> plan = layout.of(nodes);
  if (!plan) return plan.error();
  layout.lay_cables(*plan);
  plan->wanted = *wanted, plan->limits = *limits;
  plan->ladder = ladder_of(q, *plan);
  return plan;
}

std::int64_t feeds_of(const ClusterPlan& plan) {
  std::int64_t sum = 0;
  for (const Rack& rack : plan.racks) sum += std::int64_t(rack.pdus.size());
  return sum;
}

double fullest_line(const ClusterPlan& plan) {
  Amps most_carried;
  for (const Rack& rack : plan.racks)
    for (const Pdu& pdu : rack.pdus) most_carried = std::max(most_carried, std::ranges::max(pdu.lines));
  return most_carried / continuous(plan.feed);
}

}  // namespace busbar::plan
