// SPDX-License-Identifier: Apache-2.0
// launch.cpp: the part of the fold in which tasks take what machines have, and give it back.
#include <algorithm>

#include "model/fold/fold.hpp"
#include "model/lifecycle.hpp"
#include "model/preemption.hpp"

namespace busbar::model {

Held Fold::held(const Job& job) const {
  return has_shares() ? held_by(job, cluster_.settings.preemption.on) : Held{};
}

/// After a job that held `before` holds something else.
void Fold::holds(const Job& job, const Held& before) {
  if (has_shares())
    change_held(cluster_.shares, cluster_.settings.shares, job.spec->project, before, held(job));
}

Status Fold::keeps_the_limit(const Job& job) const {
  if (!has_shares() || job.spec->each.gpus == Share{0}) return Done{};
  const std::string& project = job.spec->project;
  const auto limit = quota_of(cluster_.settings.shares, project).limit;
  if (!limit || cluster_.shares.of(project).all <= *limit) return Done{};
  return breaks("I14", "project " + project + " was given more than its limit");
}

/// The current attempt that `id` names, while it is not over.
Attempt* Fold::live(const AttemptId& id) {
  const auto job = cluster_.jobs.find(id.job);
  if (job == cluster_.jobs.end() || id.task < 0 || std::size_t(id.task) >= job->second.tasks.size())
    return nullptr;
  auto& attempts = job->second.tasks[std::size_t(id.task)].attempts;
  if (attempts.empty() || attempts.back().n != id.n || attempts.back().state == Attempt::State::ended)
    return nullptr;
  return &attempts.back();
}

/// All tasks of one job, which start together.
Status Fold::launch(LaunchAt first, LaunchAt last) {
  const auto found = cluster_.jobs.find(first->attempt.job);
  if (found == cluster_.jobs.end()) return breaks("I8", "an unknown job was launched");
  Job& job = found->second;
  const auto name = [&] { return "job " + std::to_string(job.id.value); };
  if (job.state != JobState::pending || !job.is_eligible() || job.stopping)
    return breaks("I8", name() + " was launched, but was not waiting");
  if (last - first != job.spec->tasks) return breaks("I4", name() + " was not launched whole");
  job.tasks.resize(std::size_t(job.spec->tasks));
  job.state = JobState::running;
  job.started = at_;
  cluster_.claims.erase(job.id);
  job.master_port = first->master_port;
  int expected = 0;
  for (auto it = first; it != last; ++it, ++expected) {
    auto& attempts = job.tasks[std::size_t(expected)].attempts;
    if (!attempts.empty() && attempts.back().state != Attempt::State::ended)
      return breaks("I2", name() + " has a live attempt already");
    if (it->attempt.task != expected || it->attempt.n != int(attempts.size()) + 1)
      return breaks("I2", name() + ": attempt out of turn");
    Attempt attempt;
    attempt.n = it->attempt.n;
    attempt.epoch = epoch_;
    attempt.node = it->node;
    attempt.holdings = it->holdings;
    attempt.lent = it->lent;
    attempt.launched = at_;
    if (Status held = hold(job, attempt, it->master_port); !held) return held;
    attempts.push_back(std::move(attempt));
    weigh(job, 1);
  }
  holds(job, {});
  if (Status within = keeps_the_limit(job); !within) return within;
  if (job.array.value != 0 && job.spec->array.at_once > 0) {
    if (++cluster_.array_running[job.array] > job.spec->array.at_once)
      return breaks("I3", name() + ": more of its array run than allowed");
  }
  changes.touched.push_back(job.id);
  fulfil_started(cluster_, job.id, at_, changes);
  return Done{};
}

/// Is the machine reserved for others within the time that the job may take from now on?
Status Fold::is_open(NodeId node, const Job& job) const {
  if (cluster_.reservations.empty()) return Done{};
  const Duration limit = limit_of(*job.spec, at_);
  const auto end = limit > Duration{0} ? std::optional(at_ + limit + job.spec->grace) : std::nullopt;
  for (const auto& [name, reservation] : cluster_.reservations) {
    if (reservation.has(node) && reservation.meets(at_, end) && !reservation.is_for(job))
      return breaks("I15", "a task was placed on a machine that is reserved for others");
  }
  return Done{};
}

Status Fold::hold(const Job& job, const Attempt& attempt, int port) {
  const auto found = cluster_.nodes.find(attempt.node);
  if (found == cluster_.nodes.end() || found->second.state != Node::State::up)
    return breaks("I3", "a task was placed on a node that is not up");
  Node& node = found->second;
  if (node.drain) return breaks("I3", "a task was placed on a node that is being drained");
  if (node.alone != job.id && (node.alone.value != 0 || (job.spec->where.alone && (node.cpus_held > Cpus{0} ||
                                                                                   node.idle.borrowers > 0))))
    return breaks("I3", "a task was placed beside one that has its machine to itself");
  if (Status free = is_open(attempt.node, job); !free) return free;
  if (job.spec->where.alone) node.alone = job.id;
  if (attempt.lent) {
    if (Status lent = lend(node, *job.spec); !lent) return lent;
  } else {
    node.cpus_held += job.spec->each.cpus;
  }
  node.memory_held += job.spec->each.memory;
  node.disk_held += job.spec->each.disk;
  if (node.cpus_held > node.facts.cpus)
    return breaks("I3", "more CPUs given out than node " + node.facts.name + " has");
  // A machine may have come back with less than was held there: who takes none of it is not concerned.
  if (job.spec->each.memory > Bytes{0} && node.memory_held > node.facts.memory)
    return breaks("I3", "more memory given out than node " + node.facts.name + " has");
  if (job.spec->each.disk > Bytes{0} && node.disk_held > node.facts.disk)
    return breaks("I3", "more disk given out than node " + node.facts.name + " has");
  if (!attempt.holdings.empty()) ++node.tasks[devices_each(*job.spec)];
  for (const Holding& holding : attempt.holdings) {
    const auto device = std::find_if(node.facts.devices.begin(), node.facts.devices.end(),
                                     [&](const Device& d) { return d.id == holding.device; });
    if (device == node.facts.devices.end()) return breaks("I3", "an unknown device was given out");
    Holding& held = node.held[holding.device];
    held.device = holding.device;
    held.milli += holding.milli;
    held.memory += holding.memory;
    if (held.milli > device->compute || held.memory > device->memory)
      return breaks("I3", "device " + device->uuid + " was given out beyond what it has");
  }
  // Tasks of one job share their port; another job's must differ.
  if (port != 0 && !node.ports.insert(port).second && attempt_port_is_foreign(job, attempt.node, port))
    return breaks("I3", "port " + std::to_string(port) + " was given out twice");
  changes.nodes.push_back(attempt.node);
  return Done{};
}

Status Fold::lend(Node& node, const JobSpec& spec) const {
  if (!may_borrow(spec, cluster_.settings) || node.idle.over)
    return breaks("I3", "CPUs of node " + node.facts.name + " were lent that may not be");
  node.idle.lent += spec.each.cpus;
  ++node.idle.borrowers;
  if (node.idle.lent > node.idle.most)
    return breaks("I3", "more CPUs lent than node " + node.facts.name + " has idle");
  return Done{};
}

/// True unless an earlier task of the same job, launched just now, put the port there.
bool Fold::attempt_port_is_foreign(const Job& job, NodeId node, int port) {
  if (job.master_port != port) return true;
  return std::none_of(job.tasks.begin(), job.tasks.end(), [&](const Task& task) {
    return !task.attempts.empty() && task.attempts.back().state != Attempt::State::ended &&
           task.attempts.back().node == node;
  });
}

/// One attempt more (or less) counts as use of the job's account from now on.
void Fold::weigh(const Job& job, std::int64_t attempts) {
  change_rate(cluster_.use[account_of(job)], attempts * weight_of(*job.spec), at_,
              cluster_.settings.half_life);
}

/// Whole devices that a task holds; 0: a share of one.
int Fold::devices_each(const JobSpec& spec) {
  return spec.each.gpus < whole_device ? 0 : static_cast<int>((spec.each.gpus.count + 999) / 1000);
}

void Fold::release(Node& node, const Job& job, const Attempt& attempt) {
  (attempt.lent ? node.idle.lent : node.cpus_held) -= job.spec->each.cpus;
  node.idle.borrowers -= attempt.lent;
  node.idle.most = std::min(node.idle.most, node.cpus_held);  // what nobody holds is free, not idle
  node.memory_held -= job.spec->each.memory;
  node.disk_held -= job.spec->each.disk;
  if (node.cpus_held == Cpus{0}) node.alone = {};
  if (!attempt.holdings.empty()) {
    const auto tasks = node.tasks.find(devices_each(*job.spec));
    if (--tasks->second == 0) node.tasks.erase(tasks);
  }
  for (const Holding& holding : attempt.holdings) {
    const auto held = node.held.find(holding.device);
    held->second.milli -= holding.milli;
    held->second.memory -= holding.memory;
    if (held->second.milli == Share{}) node.held.erase(held);
  }
  const auto here = [&](const Task& task) {
    return !task.attempts.empty() && task.attempts.back().state != Attempt::State::ended &&
           task.attempts.back().node == attempt.node;
  };
  if (std::ranges::count_if(job.tasks, here) == 1) node.ports.erase(job.master_port);
}

}  // namespace busbar::model
