// SPDX-License-Identifier: Apache-2.0
// apply.cpp: the fold. One function per kind of event; what launches take and ends give back, and who is
// stopped for whom, is in fold/; what happens when an attempt ends, in lifecycle.cpp.
#include <algorithm>
#include <string>

#include "model/cluster.hpp"
#include "model/due.hpp"
#include "model/fold/fold.hpp"
#include "model/lifecycle.hpp"
#include "model/preemption.hpp"

namespace busbar::model {
namespace {

bool is_own(const Principal& who, const Principal& owner) {
  return who.tenant == owner.tenant && who.uid == owner.uid;
}

}  // namespace

Status Fold::operator()(const Opened& event) {
  if (epoch_ <= cluster_.epoch) return breaks("I2", "a server opened with an epoch that is not new");
  cluster_.epoch = epoch_;
  cluster_.generation = event.generation;
  cluster_.next_id = std::max(cluster_.next_id, event.first_free_id);
  return Done{};
}

Status Fold::operator()(const SettingsChanged& event) {
  for (auto& [account, use] : cluster_.use) change_rate(use, 0, at_, cluster_.settings.half_life);
  cluster_.settings = event.settings;
  cluster_.shares = {};
  if (has_shares())
    cluster_.shares = shares_of(cluster_.jobs, cluster_.settings.shares, cluster_.settings.preemption.on);
  if (cluster_.settings.lend_cpus == 0) {
    for (auto& [id, node] : cluster_.nodes) lend_no_more(node);
  }
  return Done{};
}

Status Fold::operator()(const ClockJumped&) { return Done{}; }

Status Fold::operator()(const PriceSet& event) {
  cluster_.per_device_hour = event.per_device_hour;
  cluster_.per_cpu_hour = event.per_cpu_hour;
  return Done{};
}

Status Fold::operator()(const NodeJoined& event) {
  Node& node = cluster_.nodes[event.facts.id];
  node.facts = event.facts;
  node.state = Node::State::up;
  node.foreign_ports.clear();
  lend_no_more(node);
  give_up_claims_on(event.facts.id);
  changes.nodes.push_back(event.facts.id);
  return Done{};
}

Status Fold::operator()(const NodeLeft& event) {
  const auto node = cluster_.nodes.find(event.node);
  if (node == cluster_.nodes.end()) return breaks("I8", "an unknown node left");
  node->second.state = Node::State::lost;
  lend_no_more(node->second);
  give_up_claims_on(event.node);
  changes.nodes.push_back(event.node);
  return Done{};
}

Status Fold::operator()(const DrainAsked& event) {
  const auto node = cluster_.nodes.find(event.node);
  if (node == cluster_.nodes.end()) return breaks("I8", "an unknown node was drained");
  node->second.drain.reset();
  if (!event.end) node->second.drain = Drain{event.reason, event.by.user, event.move};
  give_up_claims_on(event.node);
  changes.nodes.push_back(event.node);
  return Done{};
}

Status Fold::operator()(const IdleChanged& event) {
  const auto found = cluster_.nodes.find(event.node);
  if (found == cluster_.nodes.end() || found->second.state != Node::State::up)
    return breaks("I3", "CPUs were lent on a node that is not up");
  Node& node = found->second;
  if (cluster_.settings.lend_cpus == 0) return breaks("I3", "CPUs were lent, and nobody had allowed it");
  if (event.most > node.cpus_held)
    return breaks("I3", "more CPUs lent than are held on node " + node.facts.name);
  node.idle.most = event.most;
  node.idle.over = event.over;
  changes.nodes.push_back(event.node);
  return Done{};
}

Status Fold::operator()(const Submitted& event) {
  if (event.first != cluster_.next_id) return breaks("I8", "a job id was skipped or used again");
  const auto& indices = event.spec->array.indices;
  const std::int64_t count = event.spec->is_array() ? std::int64_t(indices.size()) : 1;
  for (std::int64_t k = 0; k < count; ++k) {
    Job job;
    job.id = JobId{event.first.value + k};
    if (event.spec->is_array()) {
      job.array = event.first;
      job.array_index = indices[std::size_t(k)];
    }
    job.owner = event.by;
    job.spec = event.spec;
    job.key = event.key;
    job.submitted = job.eligible = at_;
    job.early = event.spec->begin > at_;
    if (event.spec->hold) job.hold = Hold{event.by.user, false};
    job.waits_for = event.waits_for;
    for (const Dependency& dependency : event.waits_for) {
      if (!cluster_.jobs.contains(dependency.job))
        return breaks("I8", "a job waits for one that is not alive");
      std::vector<JobId>& waiting = cluster_.dependents[dependency.job];
      if (waiting.empty() || waiting.back() != job.id) waiting.push_back(job.id);  // once, though named twice
    }
    const Kin kin = kin_of(job);
    job.batch = remember_submitted(cluster_.history, kin, job.id, at_);
    job.expected = expected_of(cluster_.history, kin, job.batch, job.spec->time_limit);
    changes.touched.push_back(job.id);
    cluster_.jobs.emplace(job.id, std::move(job));
  }
  if (!event.key.empty() && !cluster_.keys.emplace(std::pair(event.by.uid, event.key), event.first).second)
    return breaks("I9", "a client's key was accepted twice");
  cluster_.next_id = JobId{event.first.value + count};
  arrive(cluster_.workload, *event.spec, std::int64_t{count} * std::max(event.spec->tasks, 1));
  return Done{};
}

Status Fold::operator()(const StopAsked& event) {
  const auto found = cluster_.jobs.find(event.job);
  if (found == cluster_.jobs.end()) return breaks("I8", "a stop was recorded for a job that is not alive");
  Job& job = found->second;
  if (live_attempts(job).empty()) {
    end_job(cluster_, job.id, JobState::cancelled, event.reason, at_, changes);
    return Done{};
  }
  stop(job, {JobState::cancelled, event.reason});
  changes.touched.push_back(job.id);
  return Done{};
}

Status Fold::operator()(const HoldAsked& event) {
  const auto found = cluster_.jobs.find(event.job);
  if (found == cluster_.jobs.end() || found->second.state != JobState::pending)
    return breaks("I8", "job " + std::to_string(event.job.value) + " was held, but was not waiting");
  Job& job = found->second;
  job.hold.reset();
  if (!event.end) {
    job.hold = Hold{event.by.user, !is_own(event.by, job.owner)};
    cluster_.claims.erase(job.id);
  }
  if (job.is_eligible()) job.eligible = at_;
  changes.touched.push_back(job.id);
  return Done{};
}

Status Fold::operator()(const TimeCame& event) {
  const auto found = cluster_.jobs.find(event.job);
  const auto due = found == cluster_.jobs.end() ? std::nullopt : due_of(found->second);
  if (!due || due->what != event.what || due->at > at_)
    return breaks("I8", "the time of job " + std::to_string(event.job.value) + " came when it had not");
  Job& job = found->second;
  if (event.what == TimeCame::What::begin) {
    job.early = false;
    if (job.is_eligible()) job.eligible = at_;
  } else if (job.state == JobState::pending) {
    end_job(cluster_, job.id, JobState::deadline, "it could no longer end before its deadline", at_, changes);
    return Done{};
  } else {
    stop(job, {JobState::deadline, "its deadline passed"});
  }
  changes.touched.push_back(job.id);
  return Done{};
}

Status Fold::operator()(const ReservationMade& event) {
  const Reservation& made = event.reservation;
  if (made.from >= made.until || made.until <= at_ || made.nodes.empty())
    return breaks("I15", "a reservation of nothing was made");
  for (const NodeId node : made.nodes) {
    if (!cluster_.nodes.contains(node)) return breaks("I8", "an unknown node was reserved");
    for (const auto& [name, other] : cluster_.reservations) {
      if (other.has(node) && other.meets(made.from, made.until))
        return breaks("I15", "a machine was reserved twice for the same time");
    }
  }
  if (!cluster_.reservations.emplace(made.name, made).second)
    return breaks("I8", "a reservation was made twice");
  return Done{};
}

Status Fold::operator()(const ReservationEnded& event) {
  const auto found = cluster_.reservations.find(event.name);
  if (found == cluster_.reservations.end()) return breaks("I8", "an unknown reservation ended");
  if (event.by.user.empty() && found->second.until > at_)
    return breaks("I15", "a reservation ended before its time");
  cluster_.reservations.erase(found);
  return Done{};
}

Status Fold::operator()(const Decided& event) {
  for (const Preempt& preempted : event.preempts) {
    if (Status told = preempt(preempted); !told) return told;
  }
  for (const Claim& claim : event.claims) {
    if (!cluster_.jobs.contains(claim.job)) return breaks("I8", "room is kept for an unknown job");
    cluster_.claims.insert_or_assign(claim.job, claim);
  }
  for (const AttemptId& id : event.stops) {
    Attempt* attempt = live(id);
    if (!attempt || attempt->stop_told)
      return breaks("I8", "a stop was decided for attempt " + show(id) + ", which is not running");
    attempt->stop_told = true;
    changes.touched.push_back(id.job);
  }
  for (auto first = event.launches.begin(); first != event.launches.end();) {
    const auto last = std::find_if(first, event.launches.end(),
                                   [&](const Launch& l) { return l.attempt.job != first->attempt.job; });
    if (Status launched = launch(first, last); !launched) return launched;
    first = last;
  }
  for (const JobId id : event.owning) {
    if (Status owns = own(id); !owns) return owns;
  }
  return Done{};
}

Status Fold::operator()(const Started& event) {
  Attempt* attempt = live(event.attempt);
  if (!attempt || attempt->state != Attempt::State::launching)
    return breaks("I8", "attempt " + show(event.attempt) + " started, but was not being launched");
  attempt->state = Attempt::State::running;
  attempt->pid = event.pid;
  attempt->started = at_;
  changes.touched.push_back(event.attempt.job);
  return Done{};
}

Status Fold::operator()(const Finished& event) {
  Attempt* attempt = live(event.attempt);
  if (!attempt) return breaks("I8", "attempt " + show(event.attempt) + " finished, but was not live");
  Node& node = cluster_.nodes.at(attempt->node);
  Job& job = cluster_.jobs.at(event.attempt.job);
  const Held before = held(job);
  const std::shared_ptr<const JobSpec> spec = job.spec;
  release(node, job, *attempt);
  weigh(job, -1);
  if (event.foreign_port != 0) node.foreign_ports.insert(event.foreign_port);
  changes.nodes.push_back(attempt->node);
  end_attempt(cluster_, event, at_, changes);
  if (has_shares()) {
    const auto lives = cluster_.jobs.find(event.attempt.job);
    change_held(cluster_.shares, cluster_.settings.shares, spec->project, before,
                lives == cluster_.jobs.end() ? Held{} : held(lives->second));
  }
  return Done{};
}

Result<Changes> apply(Cluster& cluster, const Record& record) {
  if (record.seq.value != cluster.seq.value + 1)
    return breaks("I11", "record " + std::to_string(record.seq.value) + " follows record " +
                             std::to_string(cluster.seq.value));
  if (record.at < cluster.now)
    return breaks("I11",
                  "record " + std::to_string(record.seq.value) + " lies before the one above it in time");
  if (record.epoch != cluster.epoch && !std::holds_alternative<Opened>(record.event))
    return breaks(
        "I2", "record " + std::to_string(record.seq.value) + " was written by a server that did not lead");
  Fold fold(cluster, record);
  if (Status folded = std::visit(fold, record.event); !folded)
    return Error{folded.error().code,
                 "record " + std::to_string(record.seq.value) + ": " + folded.error().message};
  cluster.seq = record.seq;
  cluster.now = record.at;
  return std::move(fold.changes);
}

bool borrows(const Job& job) {
  return std::ranges::any_of(job.tasks, [](const Task& task) {
    return !task.attempts.empty() && task.attempts.back().lent &&
           task.attempts.back().state != Attempt::State::ended;
  });
}

bool may_borrow(const JobSpec& spec, const Settings& settings) {
  return settings.lend_cpus > 0 && settings.preemption.on && spec.preemptible && spec.each.gpus == Share{0} &&
         !spec.where.alone;
}

std::vector<std::pair<AttemptId, const Attempt*>> live_attempts(const Job& job) {
  std::vector<std::pair<AttemptId, const Attempt*>> live;
  for (std::size_t k = 0; k < job.tasks.size(); ++k) {
    const auto& attempts = job.tasks[k].attempts;
    if (attempts.empty() || attempts.back().state == Attempt::State::ended) continue;
    live.emplace_back(AttemptId{job.id, int(k), attempts.back().n}, &attempts.back());
  }
  return live;
}

}  // namespace busbar::model
