// SPDX-License-Identifier: Apache-2.0
#include "sched/spare.hpp"

#include <algorithm>
#include <tuple>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

/// What a machine has when it is empty, without its name: equal ones can stand in for each other.
FreeNode nameless(FreeNode empty) {
  empty.id = {};
  empty.rack = empty.network = 0;
  empty.standing.name = 0;
  for (FreeDevice& device : empty.devices) device.id = {};
  return empty;
}

bool is_empty(const FreeNode& node, const FreeNode& empty) {
  return node.up && !node.alone && node.borrowers == 0 && node.cpus == empty.cpus &&
         node.memory == empty.memory && node.disk == empty.disk && node.devices == empty.devices;
}

}  // namespace

bool is_larger(const Shape& a, const Shape& b) {
  const auto size = [](const Shape& shape) {
    return std::tuple(shape.gpus * shape.tasks, shape.cpus * shape.tasks, shape.memory * shape.tasks);
  };
  return size(a) > size(b);
}

Spare::Spare(const model::Cluster& cluster, const Index& index, const Reserved& reserved, Instant now,
             int machines)
    : index_(&index), reserved_(&reserved), now_(now), machines_(machines) {
  for (const auto& [id, occupants] : index.occupying) {
    const model::Job& job = cluster.jobs.at(id);
    if (job.stopping) continue;  // its room is soon free
    std::vector<Spot> spots;
    for (const auto& [attempt_id, attempt] : live_attempts(job))
      spots.push_back({attempt->node, attempt->holdings});
    starts(job, model::borrows(job) ? without_cpus(shape_of(*job.spec)) : shape_of(*job.spec), spots);
  }
  for (const JobId id : index.displaced) {
    const model::Job& job = cluster.jobs.at(id);
    if (!guards(job)) continue;
    const Shape shape = shape_of(*job.spec);
    homeless_.emplace(id, Running{shape, {}, true, reserved.bars(job, shape, now)});
  }
}

void Spare::starts(const model::Job& job, const Shape& shape, const std::vector<Spot>& spots) {
  leaves(job.id);  // from where it was thought to go
  if (guards(job))
    for (const Spot& spot : spots) on_[index_->empty.place_of(spot.node)].insert(job.id);
  running_.insert_or_assign(job.id, Running{shape, spots, guards(job), reserved_->bars(job, shape, now_)});
  homeless_.erase(job.id);
}

void Spare::leaves(JobId job) {
  const auto found = running_.find(job);
  if (found == running_.end()) return;
  for (const Spot& spot : found->second.spots) {
    const auto on = on_.find(index_->empty.place_of(spot.node));
    if (on == on_.end()) continue;
    on->second.erase(job);
    if (on->second.empty()) on_.erase(on);
  }
  running_.erase(found);
}

Space Spare::cleared(const Space& free) const {
  Space cleared = free;
  for (const auto& [id, running] : running_) {
    if (running.guarded) continue;
    for (const Spot& spot : running.spots) cleared.give(running.shape, spot);
  }
  return cleared;
}

bool Spare::holds(const Space& free) const {
  const Space cleared = this->cleared(free);
  if (!survives(cleared, {})) return false;
  Nodes used;
  for (const auto& [node, jobs] : on_) used.push_back(node);
  for (const std::size_t first : not_easily_replaced(cleared, used)) {
    if (!survives(cleared, {first})) return false;
    if (machines_ < 2) continue;
    for (std::size_t second = 0; second < cleared.size(); ++second) {
      if (second != first && cleared.at(second).up && !survives(cleared, {first, second})) return false;
    }
  }
  return true;
}

/// Without those that have enough empty ones of their kind beside them to stand in, whatever else fails: jobs
/// that are bound to machines are not so easily moved.
Spare::Nodes Spare::not_easily_replaced(const Space& cleared, const Nodes& used) const {
  const std::vector<FreeNode>& empty = index_->empty.nodes();
  std::map<FreeNode, int> spares;
  for (std::size_t i = 0; i < cleared.size(); ++i)
    if (is_empty(cleared.at(i), empty[i])) ++spares[nameless(empty[i])];
  Nodes left;
  for (const std::size_t node : used) {
    const auto found = spares.find(nameless(empty[node]));
    const bool bound = std::ranges::any_of(on_.at(node), [&](JobId job) {
      const Where& where = running_.at(job).shape.where;
      return !where.on.empty() || !where.off.empty();
    });
    if (bound || !homeless_.empty() || !reserved_->none() || found == spares.end() ||
        found->second < machines_)
      left.push_back(node);
  }
  return left;
}

bool Spare::survives(const Space& cleared, const Nodes& failed) const {
  std::vector<Moved> moved;
  for (const auto& [id, job] : homeless_) moved.push_back({id, &job.shape, &job.bars});
  std::set<JobId> met;
  Space tried = cleared;
  for (const std::size_t node : failed) {
    const auto on = on_.find(node);
    if (on != on_.end()) met.insert(on->second.begin(), on->second.end());
  }
  for (const JobId id : met) {
    const Running& running = running_.at(id);
    moved.push_back({id, &running.shape, &running.bars});
    for (const Spot& spot : running.spots) tried.give(running.shape, spot);
  }
  for (const std::size_t node : failed) tried.change(node).up = false;
  std::ranges::sort(moved, [](const Moved& a, const Moved& b) {
    return is_larger(*a.shape, *b.shape) || (!is_larger(*b.shape, *a.shape) && a.job < b.job);
  });
  const auto finds_a_place = [&](const Moved& one) {
    const Barred barred(tried, *reserved_, *one.bars);
    return place(tried, *one.shape, one.job).has_value();
  };
  return std::ranges::all_of(
      moved, [&](const Moved& one) { return finds_a_place(one) || !could_run_without(one, failed); });
}

bool Spare::could_run_without(const Moved& job, const Nodes& failed) const {
  Space rest(index_->empty.nodes());
  for (const std::size_t node : failed) rest.change(node).up = false;
  const Barred barred(rest, *reserved_, *job.bars);
  return GangCount(rest, *job.shape).fits();
}

}  // namespace busbar::sched
