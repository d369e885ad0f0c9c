// SPDX-License-Identifier: Apache-2.0
#include "sched/index.hpp"

#include <algorithm>

#include "model/due.hpp"
#include "model/preemption.hpp"
#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

/// Is some of it on a machine that is to be empty at once?
bool is_in_the_way(const model::Cluster& cluster, const model::Job& job) {
  return std::ranges::any_of(live_attempts(job), [&](const auto& live) {
    const auto& drain = cluster.nodes.at(live.second->node).drain;
    return drain && drain->move;
  });
}

}  // namespace

Share devices_on(const FreeNode& node) {
  Share all;
  for (const FreeDevice& device : node.devices) all += node.up ? device.compute : Share{0};
  return all;
}

bool is_queued(const model::Job& job) {
  return job.state == model::JobState::pending && job.is_eligible() && !job.stopping &&
         live_attempts(job).empty();
}

std::optional<Instant> end_of(const Shape& shape, Instant start) {
  const bool due = shape.deadline != Instant{};
  // A limit so long that the sum would not fit is no limit.
  const Duration longest = (Instant::max() - start) / 2;
  const bool limited = shape.time_limit > Duration{0} && shape.time_limit <= longest;
  if ((!limited && !due) || shape.grace > longest) return std::nullopt;
  Instant end = limited ? start + shape.time_limit : shape.deadline;
  if (due) end = std::max(std::min(end, shape.deadline), start);
  return end + std::max(shape.grace, Duration{0});
}

Occupant occupant_of(const model::Job& job, const model::AttemptId& id, const model::Attempt& attempt) {
  const Instant start = attempt.state == model::Attempt::State::running ? attempt.started : attempt.launched;
  if (const auto end = end_of(shape_of(*job.spec), start)) return {Occupant::Leaves::at_limit, *end, id};
  return {job.stopping ? Occupant::Leaves::told_to : Occupant::Leaves::unknown, attempt.launched, id};
}

Index::Index(const model::Cluster& cluster) : queue(cluster.settings) {
  for (const auto& [id, node] : cluster.nodes) {
    free.insert(empty.size(), free_of(node));
    empty.set(empty_of(node));
    devices += devices_on(empty_of(node));
    follow_idle(node);
  }
  follow_policy(cluster);
  for (const auto& [id, job] : cluster.jobs) follow_job(cluster, job);
}

void Index::follow_policy(const model::Cluster& cluster) {
  if (learned_at_ == cluster.workload.learn_at && rules_ == cluster.settings.rules) return;
  const bool news = learned_at_ < 0 || rules_ != cluster.settings.rules || learns(cluster.settings.rules.fit);
  rules_ = cluster.settings.rules;
  learned_at_ = cluster.workload.learn_at;
  if (news) free.set_policy(rules_, cluster.workload.learned);
}

void Index::follow(const model::Cluster& cluster, const model::Changes& changes, bool machines) {
  follow_policy(cluster);
  bool machines_changed = false;
  for (const NodeId id : changes.nodes) {
    follow_idle(cluster.nodes.at(id));
    if (machines) {
      machines_changed = follow_machine(cluster, id) || machines_changed;
    } else {
      const std::size_t i = empty.place_of(id);
      free.set(i, empty.nodes()[i], cluster.nodes.at(id));
    }
  }
  std::map<JobId, const model::Job*>
      arrays;  // of which an element more or less may run now, each with one of its elements
  const auto note = [&](const model::Job& job) {
    if (job.spec->array.at_once > 0) arrays.emplace(job.array, &job);
  };
  for (const model::Job& job : changes.ended) {
    forget(job);
    note(job);
  }
  for (const JobId id : changes.touched) {
    const auto job = cluster.jobs.find(id);
    if (job == cluster.jobs.end()) continue;
    follow_job(cluster, job->second);
    note(job->second);
  }
  if (machines) {
    for (const NodeId id : changes.nodes) follow_drain(cluster, cluster.nodes.at(id));
  }
  const auto ask = [&](const LaneKey& lane) { return rests(cluster, lane); };
  for (const auto& [array, element] : arrays) queue.ask_array_again(*element, ask);
  if (machines_changed) queue.ask_all_again(ask);
}

bool Index::follow_machine(const model::Cluster& cluster, NodeId id) {
  const model::Node& node = cluster.nodes.at(id);
  const std::size_t i = empty.place_of(id);
  if (empty.knows(id)) {
    free.set(i, free_of(node));
  } else {
    free.insert(i, free_of(node));
  }
  if (empty.knows(id)) devices -= devices_on(empty.nodes()[i]);
  devices += devices_on(empty_of(node));
  return empty.set(empty_of(node));
}

void Index::follow_idle(const model::Node& node) {
  const model::Idle& now = node.idle;
  const NodeId id = node.facts.id;
  if (now == model::Idle{} && lenders.empty() && overlent.empty()) return;  // as where nothing is ever lent
  now.most > now.lent && !now.over ? void(lenders.insert(id)) : void(lenders.erase(id));
  now.lent > now.most ? void(overlent.insert(id)) : void(overlent.erase(id));
}

void Index::follow_drain(const model::Cluster& cluster, const model::Node& node) {
  if (!node.drain && to_move.empty()) return;
  for (const auto& [id, until] : yields) {
    const bool goes = is_in_the_way(cluster, cluster.jobs.at(id));
    goes ? void(to_move.insert(id)) : void(to_move.erase(id));
  }
}

void Index::follow_job(const model::Cluster& cluster, const model::Job& job) {
  const auto live = live_attempts(job);
  std::vector<Occupant> present;
  present.reserve(live.size());
  for (const auto& [id, attempt] : live) present.push_back(occupant_of(job, id, *attempt));
  if (!present.empty() && !job.stopping && !job.spec->preemptible) {  // most of them: it runs on as before
    const auto was = occupying.find(job.id);
    if (was != occupying.end() && was->second == present) return;
  }
  forget(job);
  for (const auto& [id, attempt] : live) {
    if (job.stopping && !attempt->stop_told) to_stop.insert(job.id);
    if (attempt->lent) borrowing.insert(job.id);
  }
  occupants.insert(present.begin(), present.end());
  if (!present.empty()) occupying.emplace(job.id, std::move(present));
  if (const auto due = model::due_of(job)) {
    dues.emplace(due->at, job.id);
    due_at.emplace(job.id, due->at);
  }
  using Why = model::Preemption::Why;
  const model::PreemptionRules& rules = cluster.settings.preemption;
  if (const auto until = model::left_alone_until(job, rules, Why::priority)) {
    if (!cluster.settings.shares.empty()) {
      const Instant back = *model::left_alone_until(job, rules, Why::share);
      left_alone.emplace(back, job.id);
      gives_back.emplace(job.id, back);
    }
    yielding.insert({job.spec->priority, job.id});
    left_alone.emplace(*until, job.id);
    yields.emplace(job.id, *until);
    if (is_in_the_way(cluster, job)) to_move.insert(job.id);
  }
  if (is_queued(job) && model::lost_its_machine(job)) displaced.insert(job.id);
  if (is_queued(job)) queue.add(job, [&](const LaneKey& lane) { return rests(cluster, lane); });
}

void Index::forget(const model::Job& job) {
  if (const auto was = occupying.find(job.id); was != occupying.end()) {
    for (const Occupant& occupant : was->second) occupants.erase(occupant);
    occupying.erase(was);
  }
  if (const auto was = yields.find(job.id); was != yields.end()) {
    yielding.erase({job.spec->priority, job.id});
    left_alone.erase({was->second, job.id});
    yields.erase(was);
  }
  if (const auto was = gives_back.find(job.id); was != gives_back.end()) {
    left_alone.erase({was->second, job.id});
    gives_back.erase(was);
  }
  if (const auto was = due_at.find(job.id); was != due_at.end()) {
    dues.erase({was->second, job.id});
    due_at.erase(was);
  }
  to_move.erase(job.id);
  to_stop.erase(job.id);
  borrowing.erase(job.id);
  displaced.erase(job.id);
  queue.remove(job);
}

bool Index::rests(const model::Cluster& cluster, const LaneKey& lane) const {
  if (lane.array.value != 0) {
    const auto running = cluster.array_running.find(lane.array);
    if (running != cluster.array_running.end() && running->second >= lane.at_once) return true;
  }
  return !empty.fits(lane.shape);
}

}  // namespace busbar::sched
