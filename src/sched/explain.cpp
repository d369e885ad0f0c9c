// SPDX-License-Identifier: Apache-2.0
#include "sched/explain.hpp"

#include <algorithm>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

using Scarce = model::Reason::Scarce;

constexpr std::size_t most_named = 8;  // jobs in one answer; whoever wants them all looks at the list of jobs

bool is_model(const FreeDevice& device, const Shape& shape) {
  return shape.models.empty() || std::ranges::binary_search(shape.models, device.model);
}

std::int64_t amount_on(const FreeNode& node, const Shape& shape, Scarce scarce) {
  std::int64_t most = 0;
  switch (scarce) {
    case Scarce::gpus:
      for (const FreeDevice& device : node.devices) {
        if (!suits(device, shape)) continue;
        if (shape.is_share()) {
          most = std::max(most, device.milli.count);
        } else if (device.is_whole()) {
          most += 1000;
        }
      }
      return most;
    case Scarce::gpu_memory:
      for (const FreeDevice& device : node.devices) {
        if (is_model(device, shape)) most = std::max(most, device.size.count);
      }
      return most;
    case Scarce::cpus:
      return std::max<std::int64_t>(node.cpus.count, 0);
    case Scarce::memory:
      return std::max<std::int64_t>(node.memory.count, 0);
    case Scarce::disk:
      return std::max<std::int64_t>(node.disk.count, 0);
    case Scarce::none:
    case Scarce::nodes:
    case Scarce::ports:
    case Scarce::machines:
      return 0;
  }
  return 0;
}

std::int64_t wanted_of(const Shape& shape, Scarce scarce) {
  switch (scarce) {
    case Scarce::gpus:
      return shape.gpus.count;
    case Scarce::gpu_memory:
      return shape.gpu_memory.count;
    case Scarce::cpus:
      return shape.cpus.count;
    case Scarce::memory:
      return shape.memory.count;
    case Scarce::disk:
      return shape.disk.count;
    case Scarce::nodes:
      return std::max(shape.nodes, 1);
    case Scarce::none:
    case Scarce::ports:
    case Scarce::machines:
      return 1;
  }
  return 0;
}

/// What keeps one task from every node.
Shortage shortage_of_one(const Space& space, const Shape& shape) {
  std::vector<const FreeNode*> nodes;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const FreeNode& node = space.at(i);
    if (node.up && !node.alone && allows(node.standing, node.cpus, node.borrowers > 0, shape.where))
      nodes.push_back(&node);
  }
  const auto taken = [&](std::size_t i) { return space.at(i).up && space.at(i).alone; };
  bool any_taken = false;
  for (std::size_t i = 0; i < space.size(); ++i) any_taken = any_taken || taken(i);
  if (nodes.empty() && (any_taken || shape.where != Where{})) return {Scarce::machines, 1, 0, 0};
  const bool no_such_model = std::ranges::none_of(nodes, [&](const FreeNode* node) {
    return std::ranges::any_of(node->devices,
                               [&](const FreeDevice& device) { return is_model(device, shape); });
  });
  for (const Scarce scarce : {Scarce::gpu_memory, Scarce::gpus, Scarce::cpus, Scarce::memory, Scarce::disk}) {
    if (scarce == Scarce::gpu_memory && (shape.gpus == Share{0} || no_such_model)) continue;
    const std::int64_t wanted = wanted_of(shape, scarce);
    std::int64_t most = 0;
    std::erase_if(nodes, [&](const FreeNode* node) {
      const std::int64_t amount = amount_on(*node, shape, scarce);
      most = std::max(most, amount);
      return amount < wanted;
    });
    if (nodes.empty()) return {scarce, wanted, most, 0};
  }
  return {};
}

}  // namespace

std::int64_t most_on_a_node(const Space& space, const Shape& shape, Scarce scarce) {
  std::int64_t most = 0;
  if (scarce == Scarce::nodes) {
    const GangCount count(space, shape);
    if (shape.nodes > 0) return count.nodes();
    for (std::size_t i = 0; i < space.size(); ++i) most += count.on(i) > 0;
    return most;
  }
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space.at(i).up) most = std::max(most, amount_on(space.at(i), shape, scarce));
  }
  return most;
}

Shortage shortage_of(const Space& space, const Shape& shape) {
  const GangCount count(space, shape);
  if (count.fits()) return {Scarce::none, 0, 0, shape.tasks};
  if (count.none()) return shortage_of_one(space, shape);
  if (shape.nodes > 0) return {Scarce::nodes, shape.nodes, count.nodes(), count.tasks()};
  Space rest = space;  // with as many tasks in it as fit
  Shape part = shape;
  part.tasks = count.tasks();
  place(rest, part);
  Shortage short_of = shortage_of_one(rest, shape);
  if (short_of.scarce == Scarce::none) {  // room, but on machines that have as many of its tasks as they may
    const int each = std::max(shape.where.per_node, 1);
    short_of = {Scarce::nodes, (shape.tasks + each - 1) / each, most_on_a_node(space, shape, Scarce::nodes),
                0};
  }
  short_of.tasks_fit = count.tasks();
  return short_of;
}

model::Reason reason_for(const model::JobSpec& spec, model::Reason::Kind kind) {
  model::Reason reason;
  reason.kind = kind;
  reason.gpu_model = spec.each.gpu_model;
  reason.where = model::in_words(spec.where);
  reason.tasks = std::max(spec.tasks, 1);
  if (spec.nodes == 0) reason.per_node = spec.where.per_node;
  return reason;
}

model::Reason share_reason(const model::Quotas& quotas, const model::Shares& shares,
                           const model::JobSpec& spec, Lending::Refusal refusal) {
  using Kind = model::Reason::Kind;
  const bool limit = refusal == Lending::Refusal::limit;
  const model::Quota quota = model::quota_of(quotas, spec.project);
  model::Reason reason = reason_for(spec, limit ? Kind::over_limit : Kind::over_share);
  reason.project = spec.project;
  reason.scarce = Scarce::gpus;
  reason.wanted = model::devices_of(spec).count;
  reason.held = shares.of(spec.project).all.count;
  reason.most_total = limit ? quota.limit->count : quota.guaranteed.count;
  return reason;
}

std::optional<model::Reason> never_fits(const std::vector<FreeNode>& known, const model::JobSpec& spec) {
  if (known.empty()) return reason_for(spec, model::Reason::Kind::no_nodes);
  const Shape shape = shape_of(spec);
  const Space space(known);
  const Shortage short_of = shortage_of(space, shape);
  if (short_of.scarce == Scarce::none) return std::nullopt;
  model::Reason reason = reason_for(spec, model::Reason::Kind::none_that_large);
  reason.scarce = short_of.scarce;
  reason.wanted = short_of.wanted;
  reason.tasks_fit = short_of.tasks_fit;
  // A single task that fits nowhere: the most of those nodes that have the rest. A gang: the most of one
  // empty node.
  reason.most_total = short_of.tasks_fit == 0 ? short_of.most : most_on_a_node(space, shape, short_of.scarce);
  return reason;
}

std::vector<JobId> holders_of(const model::Cluster& cluster, const Index& index, const Shape& shape,
                              Scarce scarce) {
  std::vector<JobId> holders;
  const Space empty(index.empty.nodes());
  for (const Occupant& occupant : index.occupants) {
    if (holders.size() == most_named) break;
    const model::Job& job = cluster.jobs.at(occupant.attempt.job);
    const model::Attempt& attempt =
        job.tasks[static_cast<std::size_t>(occupant.attempt.task)].attempts.back();
    const std::size_t node = empty.find(attempt.node);
    if (node == empty.size() || tasks_that_fit(empty.at(node), shape) == 0) continue;
    if (scarce == Scarce::gpus && attempt.holdings.empty()) continue;
    if (scarce == Scarce::memory && job.spec->each.memory == Bytes{0}) continue;
    if (scarce == Scarce::disk && job.spec->each.disk == Bytes{0}) continue;
    if (std::ranges::find(holders, job.id) == holders.end()) holders.push_back(job.id);
  }
  return holders;
}

std::vector<JobId> elements_running(const model::Cluster& cluster, const Index& index, JobId array) {
  std::vector<JobId> running;
  for (auto at = index.occupying.lower_bound(array);
       at != index.occupying.end() && running.size() < most_named; ++at) {
    if (cluster.jobs.at(at->first).array == array) running.push_back(at->first);
  }
  return running;
}

}  // namespace busbar::sched
