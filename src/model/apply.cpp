// SPDX-License-Identifier: Apache-2.0
// apply.cpp: the fold. One function per kind of event; what happens when an attempt ends is in lifecycle.cpp.
#include <algorithm>
#include <string>

#include "model/cluster.hpp"
#include "model/due.hpp"
#include "model/lifecycle.hpp"
#include "model/preemption.hpp"

namespace busbar::model {
namespace {

/// An impossible record: `invariant` as architecture.md numbers them.
Error breaks(const char* invariant, const std::string& what) {
  return {Errc::internal, std::string(invariant) + " is broken: " + what};
}

bool is_own(const Principal& who, const Principal& owner) {
  return who.tenant == owner.tenant && who.uid == owner.uid;
}

class Fold {
 public:
  Fold(Cluster& cluster, const Record& record) : cluster_(cluster), at_(record.at), epoch_(record.epoch) {}

  Status operator()(const Opened& event) {
    if (epoch_ <= cluster_.epoch) return breaks("I2", "a server opened with an epoch that is not new");
    cluster_.epoch = epoch_;
    cluster_.generation = event.generation;
    cluster_.next_id = std::max(cluster_.next_id, event.first_free_id);
    return Done{};
  }

  Status operator()(const SettingsChanged& event) {
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
  Status operator()(const ClockJumped&) { return Done{}; }

  Status operator()(const PriceSet& event) {
    cluster_.per_device_hour = event.per_device_hour;
    cluster_.per_cpu_hour = event.per_cpu_hour;
    return Done{};
  }

  Status operator()(const NodeJoined& event) {
    Node& node = cluster_.nodes[event.facts.id];
    node.facts = event.facts;
    node.state = Node::State::up;
    node.foreign_ports.clear();
    lend_no_more(node);
    give_up_claims_on(event.facts.id);
    changes.nodes.push_back(event.facts.id);
    return Done{};
  }

  Status operator()(const NodeLeft& event) {
    const auto node = cluster_.nodes.find(event.node);
    if (node == cluster_.nodes.end()) return breaks("I8", "an unknown node left");
    node->second.state = Node::State::lost;
    lend_no_more(node->second);
    give_up_claims_on(event.node);
    changes.nodes.push_back(event.node);
    return Done{};
  }

  Status operator()(const DrainAsked& event) {
    const auto node = cluster_.nodes.find(event.node);
    if (node == cluster_.nodes.end()) return breaks("I8", "an unknown node was drained");
    node->second.drain.reset();
    if (!event.end) node->second.drain = Drain{event.reason, event.by.user, event.move};
    give_up_claims_on(event.node);
    changes.nodes.push_back(event.node);
    return Done{};
  }

  Status operator()(const IdleChanged& event) {
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

  Status operator()(const Submitted& event) {
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
        if (waiting.empty() || waiting.back() != job.id)
          waiting.push_back(job.id);  // once, though named twice
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

  Status operator()(const StopAsked& event) {
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

  Status operator()(const HoldAsked& event) {
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

  Status operator()(const TimeCame& event) {
    const auto found = cluster_.jobs.find(event.job);
    const auto due = found == cluster_.jobs.end() ? std::nullopt : due_of(found->second);
    if (!due || due->what != event.what || due->at > at_)
      return breaks("I8", "the time of job " + std::to_string(event.job.value) + " came when it had not");
    Job& job = found->second;
    if (event.what == TimeCame::What::begin) {
      job.early = false;
      if (job.is_eligible()) job.eligible = at_;
    } else if (job.state == JobState::pending) {
      end_job(cluster_, job.id, JobState::deadline, "it could no longer end before its deadline", at_,
              changes);
      return Done{};
    } else {
      stop(job, {JobState::deadline, "its deadline passed"});
    }
    changes.touched.push_back(job.id);
    return Done{};
  }

  Status operator()(const ReservationMade& event) {
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

  Status operator()(const ReservationEnded& event) {
    const auto found = cluster_.reservations.find(event.name);
    if (found == cluster_.reservations.end()) return breaks("I8", "an unknown reservation ended");
    if (event.by.user.empty() && found->second.until > at_)
      return breaks("I15", "a reservation ended before its time");
    cluster_.reservations.erase(found);
    return Done{};
  }

  Status operator()(const Decided& event) {
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

  Status operator()(const Started& event) {
    Attempt* attempt = live(event.attempt);
    if (!attempt || attempt->state != Attempt::State::launching)
      return breaks("I8", "attempt " + show(event.attempt) + " started, but was not being launched");
    attempt->state = Attempt::State::running;
    attempt->pid = event.pid;
    attempt->started = at_;
    changes.touched.push_back(event.attempt.job);
    return Done{};
  }

  Status operator()(const Finished& event) {
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

  Changes changes;

 private:
  using LaunchAt = std::vector<Launch>::const_iterator;

  Status preempt(const Preempt& event) {
    const auto found = cluster_.jobs.find(event.job);
    const std::string name = "job " + std::to_string(event.job.value);
    if (found == cluster_.jobs.end() || found->second.state != JobState::running || found->second.stopping)
      return breaks("I8", name + " was preempted, but was not running");
    Job& job = found->second;
    if (!job.spec->preemptible) return breaks("I13", name + " was preempted, and its owner had not agreed");
    const auto by = cluster_.jobs.find(event.by);
    if (event.why == Preemption::Why::priority &&
        (by == cluster_.jobs.end() || by->second.spec->priority <= job.spec->priority))
      return breaks("I13", name + " was preempted for one that does not go before it");
    if (event.why == Preemption::Why::failover &&
        (by == cluster_.jobs.end() || !lost_its_machine(by->second) || by->second.spec->preemptible))
      return breaks("I13", name + " was preempted for one that has not lost its machine");
    if (Status fair = spares_the_share(event, job); !fair) return fair;
    if (event.why == Preemption::Why::lent && !is_called_back(job))
      return breaks("I13",
                    name + " was preempted for CPUs that it had not borrowed, or that nobody wants back");
    if (event.why == Preemption::Why::balance) count_move(job);
    const Held before = held(job);
    job.preemptions.push_back({.why = event.why,
                               .by = event.by,
                               .attempt = live_attempts(job).front().first.n,
                               .told = at_,
                               .lost = at_risk(job, at_)});
    job.stopping = Stopping{JobState::preempted, in_words(event)};
    holds(job, before);
    changes.touched.push_back(job.id);
    return Done{};
  }

  /// Does it run on more than may be lent on one of its machines?
  bool is_called_back(const Job& job) const {
    return std::ranges::any_of(live_attempts(job), [&](const auto& live) {
      const Idle& idle = cluster_.nodes.at(live.second->node).idle;
      return live.second->lent && idle.lent > idle.most;
    });
  }

  /// What it borrowed has become free: it holds it from now on.
  Status own(JobId id) {
    const auto found = cluster_.jobs.find(id);
    const std::string name = "job " + std::to_string(id.value);
    if (found == cluster_.jobs.end() || !borrows(found->second))
      return breaks("I8", name + " was given CPUs of its own, but had borrowed none");
    for (Task& task : found->second.tasks) {
      Attempt& attempt = task.attempts.back();
      if (!attempt.lent || attempt.state == Attempt::State::ended) continue;
      Node& node = cluster_.nodes.at(attempt.node);
      const Cpus cpus = found->second.spec->each.cpus;
      attempt.lent = false;
      node.idle.lent -= cpus;
      --node.idle.borrowers;
      node.cpus_held += cpus;
      if (node.cpus_held > node.facts.cpus)
        return breaks("I3", "more CPUs given out than node " + node.facts.name + " has");
      changes.nodes.push_back(attempt.node);
    }
    changes.touched.push_back(id);
    return Done{};
  }

  /// What is lent there comes back as it ends.
  static void lend_no_more(Node& node) {
    node.idle.most = {};
    node.idle.over = false;
  }

  /// Nobody is stopped for another project while its own holds no more than it was guaranteed; and only such
  /// a job gets something back as fits into what its own was guaranteed.
  Status spares_the_share(const Preempt& event, const Job& job) const {
    const bool back = event.why == Preemption::Why::share;
    if (!back && (event.why != Preemption::Why::priority || !has_shares())) return Done{};
    const auto by = cluster_.jobs.find(event.by);
    const std::string name = "job " + std::to_string(job.id.value);
    if (by == cluster_.jobs.end()) return breaks("I13", name + " was preempted for one that is not alive");
    const Quotas& quotas = cluster_.settings.shares;
    const std::string& project = by->second.spec->project;
    if (back &&
        cluster_.shares.of(project).all + devices_of(*by->second.spec) > quota_of(quotas, project).guaranteed)
      return breaks("I13", name + " was preempted for one that goes beyond what its project was guaranteed");
    if (project == job.spec->project && !back) return Done{};
    const Held held = cluster_.shares.of(job.spec->project);
    if (held.all - held.leaving <= quota_of(quotas, job.spec->project).guaranteed)
      return breaks("I13", name + " was preempted, and its project holds no more than it was guaranteed");
    return Done{};
  }

  void stop(Job& job, Stopping stopping) {
    const Held before = held(job);
    job.stopping = std::move(stopping);
    holds(job, before);
  }

  bool has_shares() const { return !cluster_.settings.shares.empty(); }
  Held held(const Job& job) const {
    return has_shares() ? held_by(job, cluster_.settings.preemption.on) : Held{};
  }
  /// After a job that held `before` holds something else.
  void holds(const Job& job, const Held& before) {
    if (has_shares())
      change_held(cluster_.shares, cluster_.settings.shares, job.spec->project, before, held(job));
  }
  Status keeps_the_limit(const Job& job) const {
    if (!has_shares() || job.spec->each.gpus == Share{0}) return Done{};
    const std::string& project = job.spec->project;
    const auto limit = quota_of(cluster_.settings.shares, project).limit;
    if (!limit || cluster_.shares.of(project).all <= *limit) return Done{};
    return breaks("I14", "project " + project + " was given more than its limit");
  }

  void count_move(const Job& job) {
    if (at_ - cluster_.moved.since >= std::chrono::hours(1)) cluster_.moved = {at_, 0};
    cluster_.moved.tasks += job.spec->tasks;
  }

  /// What a claim counted on there has changed: whoever waits is looked at anew.
  void give_up_claims_on(NodeId node) {
    std::erase_if(cluster_.claims, [&](const auto& entry) {
      return std::ranges::any_of(entry.second.tasks, [&](const Claim::Task& t) { return t.node == node; });
    });
  }

  /// The current attempt that `id` names, while it is not over.
  Attempt* live(const AttemptId& id) {
    const auto job = cluster_.jobs.find(id.job);
    if (job == cluster_.jobs.end() || id.task < 0 || std::size_t(id.task) >= job->second.tasks.size())
      return nullptr;
    auto& attempts = job->second.tasks[std::size_t(id.task)].attempts;
    if (attempts.empty() || attempts.back().n != id.n || attempts.back().state == Attempt::State::ended)
      return nullptr;
    return &attempts.back();
  }

  /// All tasks of one job, which start together.
  Status launch(LaunchAt first, LaunchAt last) {
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
  Status is_open(NodeId node, const Job& job) const {
    if (cluster_.reservations.empty()) return Done{};
    const Duration limit = limit_of(*job.spec, at_);
    const auto end = limit > Duration{0} ? std::optional(at_ + limit + job.spec->grace) : std::nullopt;
    for (const auto& [name, reservation] : cluster_.reservations) {
      if (reservation.has(node) && reservation.meets(at_, end) && !reservation.is_for(job))
        return breaks("I15", "a task was placed on a machine that is reserved for others");
    }
    return Done{};
  }

  Status hold(const Job& job, const Attempt& attempt, int port) {
    const auto found = cluster_.nodes.find(attempt.node);
    if (found == cluster_.nodes.end() || found->second.state != Node::State::up)
      return breaks("I3", "a task was placed on a node that is not up");
    Node& node = found->second;
    if (node.drain) return breaks("I3", "a task was placed on a node that is being drained");
    if (node.alone != job.id &&
        (node.alone.value != 0 ||
         (job.spec->where.alone && (node.cpus_held > Cpus{0} || node.idle.borrowers > 0))))
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

  Status lend(Node& node, const JobSpec& spec) const {
    if (!may_borrow(spec, cluster_.settings) || node.idle.over)
      return breaks("I3", "CPUs of node " + node.facts.name + " were lent that may not be");
    node.idle.lent += spec.each.cpus;
    ++node.idle.borrowers;
    if (node.idle.lent > node.idle.most)
      return breaks("I3", "more CPUs lent than node " + node.facts.name + " has idle");
    return Done{};
  }

  /// True unless an earlier task of the same job, launched just now, put the port there.
  static bool attempt_port_is_foreign(const Job& job, NodeId node, int port) {
    if (job.master_port != port) return true;
    return std::none_of(job.tasks.begin(), job.tasks.end(), [&](const Task& task) {
      return !task.attempts.empty() && task.attempts.back().state != Attempt::State::ended &&
             task.attempts.back().node == node;
    });
  }

  /// One attempt more (or less) counts as use of the job's account from now on.
  void weigh(const Job& job, std::int64_t attempts) {
    change_rate(cluster_.use[account_of(job)], attempts * weight_of(*job.spec), at_,
                cluster_.settings.half_life);
  }

  /// Whole devices that a task holds; 0: a share of one.
  static int devices_each(const JobSpec& spec) {
    return spec.each.gpus < whole_device ? 0 : static_cast<int>((spec.each.gpus.count + 999) / 1000);
  }

  static void release(Node& node, const Job& job, const Attempt& attempt) {
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

  Cluster& cluster_;
  Instant at_;
  Epoch epoch_;
};

}  // namespace

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
