// SPDX-License-Identifier: Apache-2.0
// preempt.cpp: the part of the fold in which somebody is stopped for another, and what bounds that.
#include <algorithm>

#include "model/fold/fold.hpp"
#include "model/preemption.hpp"

namespace busbar::model {

Status Fold::preempt(const Preempt& event) {
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
bool Fold::is_called_back(const Job& job) const {
  return std::ranges::any_of(live_attempts(job), [&](const auto& live) {
    const Idle& idle = cluster_.nodes.at(live.second->node).idle;
    return live.second->lent && idle.lent > idle.most;
  });
}

/// What it borrowed has become free: it holds it from now on.
Status Fold::own(JobId id) {
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
void Fold::lend_no_more(Node& node) {
  node.idle.most = {};
  node.idle.over = false;
}

/// Nobody is stopped for another project while its own holds no more than it was guaranteed; and only such
/// a job gets something back as fits into what its own was guaranteed.
Status Fold::spares_the_share(const Preempt& event, const Job& job) const {
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

void Fold::stop(Job& job, Stopping stopping) {
  const Held before = held(job);
  job.stopping = std::move(stopping);
  holds(job, before);
}

void Fold::count_move(const Job& job) {
  if (at_ - cluster_.moved.since >= std::chrono::hours(1)) cluster_.moved = {at_, 0};
  cluster_.moved.tasks += job.spec->tasks;
}

/// What a claim counted on there has changed: whoever waits is looked at anew.
void Fold::give_up_claims_on(NodeId node) {
  std::erase_if(cluster_.claims, [&](const auto& entry) {
    return std::ranges::any_of(entry.second.tasks, [&](const Claim::Task& t) { return t.node == node; });
  });
}

}  // namespace busbar::model
