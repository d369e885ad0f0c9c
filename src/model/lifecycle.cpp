// SPDX-License-Identifier: Apache-2.0
#include "model/lifecycle.hpp"

#include <algorithm>
#include <string>

#include "model/preemption.hpp"

namespace busbar::model {
namespace {

bool succeeded(const Ending& ending) {
  return ending.cause == Cause::exited && ending.exit_code == 0 && ending.signal == 0;
}

/// `at`: when it ended.
JobState state_after(const Ending& ending, const JobSpec& spec, Instant at) {
  switch (ending.cause) {
    case Cause::exited:
      return JobState::failed;
    case Cause::stopped:
      return JobState::cancelled;
    case Cause::timeout:  // the machine knew of the deadline as a limit
      return spec.deadline != Instant{} && at >= spec.deadline ? JobState::deadline : JobState::timeout;
    case Cause::out_of_memory:
      return JobState::out_of_memory;
    case Cause::lost:
      return JobState::node_fail;
    case Cause::not_started:
      return JobState::boot_fail;
  }
  return JobState::failed;
}

/// A fresh run may mend these; more time or memory than was asked for it would not get.
bool worth_a_retry(JobState state) {
  return state == JobState::failed || state == JobState::node_fail || state == JobState::boot_fail;
}

void forget_dependency(Job& job, JobId on, Instant at) {
  std::erase_if(job.waits_for, [&](const Dependency& d) { return d.job == on; });
  if (job.is_eligible()) job.eligible = at;
}

void leave_array(Cluster& cluster, const Job& job) {
  const auto running = cluster.array_running.find(job.array);
  if (running != cluster.array_running.end() && --running->second == 0) cluster.array_running.erase(running);
}

/// Nothing of the job lives any more: it waits again.
void requeue(Cluster& cluster, Job& job, Instant at, Changes& changes) {
  leave_array(cluster, job);
  job.state = JobState::pending;
  const bool preempted = job.stopping->towards == JobState::preempted;
  job.stopping.reset();
  if (!preempted) job.eligible = at;  // a preempted one keeps its age
  job.exit_code = job.signal = 0;
  job.master_port = 0;
  changes.touched.push_back(job.id);
}

/// How long a job that is over ran, where that tells of others: an end that was its own, or its submitter's
/// will.
std::optional<Duration> ran_to_its_end(const Job& job) {
  const bool tells = job.state == JobState::completed || job.state == JobState::failed ||
                     job.state == JobState::timeout || job.state == JobState::out_of_memory ||
                     job.state == JobState::cancelled;
  if (!tells || job.tasks.empty() || job.started == Instant{}) return std::nullopt;
  return job.ended - job.started;
}

/// What its run time says of those that were submitted beside it.
void remember(Cluster& cluster, const Job& job, Instant at, Changes& changes) {
  const Kin kin = kin_of(job);
  const std::vector<JobId> beside = remember_ended(cluster.history, kin, job.batch, ran_to_its_end(job), at);
  std::optional<Expectation> expectation;  // mostly nobody of them waits
  for (const JobId id : beside) {
    const auto other = cluster.jobs.find(id);
    if (other == cluster.jobs.end() || other->second.state != JobState::pending) continue;
    if (!expectation) expectation.emplace(cluster.history, kin);
    const Duration expected = expectation->of(other->second.batch, other->second.spec->time_limit);
    if (expected == other->second.expected) continue;
    other->second.expected = expected;
    changes.touched.push_back(id);
  }
}

}  // namespace

bool fulfils(Dependency::When when, JobState ended) {
  switch (when) {
    case Dependency::When::started:
    case Dependency::When::any:
      return true;
    case Dependency::When::ok:
      return ended == JobState::completed;
    case Dependency::When::not_ok:
      return ended != JobState::completed;
  }
  return false;
}

bool comes_back(const Job& job) {
  if (!job.stopping) return false;
  const JobState towards = job.stopping->towards;
  if (towards == JobState::preempted) return job.spec->requeue;
  // Being preempted is no failure, and uses up no retry.
  const auto retried = job.restarts - static_cast<int>(job.preemptions.size());
  return towards == JobState::pending || (worth_a_retry(towards) && retried < job.spec->retries);
}

/// All that was preempted has gone: what did it lose?
void settle_preemption(Job& job, Instant at) {
  Preemption& preemption = job.preemptions.back();
  const bool killed = std::ranges::any_of(job.tasks, [](const Task& task) {
    const Ending& ending = task.attempts.back().ending;
    return ending.signal == SIGKILL || ending.cause == Cause::lost;
  });
  const bool saved = saves_when_told(job) && !killed;
  if (!saved && preemption.lost == Duration{0}) {  // it had said that it saves
    Instant since = preemption.told;
    for (const Task& task : job.tasks) since = std::min(since, task.attempts.back().started);
    preemption.lost = preemption.told - since;
  }
  preemption.saved = saved;
  preemption.lost += at - preemption.told;
  preemption.over = at;
}

void end_attempt(Cluster& cluster, const Finished& event, Instant at, Changes& changes) {
  Job& job = cluster.jobs.at(event.attempt.job);
  Attempt& attempt = job.tasks[std::size_t(event.attempt.task)].attempts.back();
  attempt.state = Attempt::State::ended;
  attempt.ending = event.ending;

  if (!succeeded(event.ending) && !job.stopping) {
    // The first task to fail decides for the gang; the others are stopped.
    Stopping stopping{state_after(event.ending, *job.spec, at), event.ending.message};
    if (event.foreign_port != 0) stopping.towards = JobState::pending;  // nobody's fault: try another port
    if (stopping.reason.empty() && job.spec->tasks > 1)
      stopping.reason = "task " + std::to_string(event.attempt.task) + " ended first";
    job.stopping = std::move(stopping);
    job.exit_code = event.ending.exit_code;
    job.signal = event.ending.signal;
  }
  if (!live_attempts(job).empty()) {
    changes.touched.push_back(job.id);
    return;
  }
  if (!job.preemptions.empty() && job.preemptions.back().over == Instant{}) settle_preemption(job, at);

  const bool all_well = std::all_of(job.tasks.begin(), job.tasks.end(),
                                    [](const Task& task) { return succeeded(task.attempts.back().ending); });
  if (all_well) {  // also when somebody asked for its end a moment too late
    job.exit_code = job.signal = 0;
    end_job(cluster, job.id, JobState::completed, "", at, changes);
    return;
  }
  const Stopping stopping = *job.stopping;
  if (comes_back(job)) {
    if (stopping.towards != JobState::pending) ++job.restarts;
    return requeue(cluster, job, at, changes);
  }
  if (stopping.towards == JobState::cancelled || stopping.towards == JobState::deadline) {
    job.exit_code = event.ending.exit_code;
    job.signal = event.ending.signal;
  }
  end_job(cluster, job.id, stopping.towards, stopping.reason, at, changes);
}

void end_job(Cluster& cluster, JobId id, JobState state, std::string reason, Instant at, Changes& changes) {
  struct Leaving {
    JobId id;
    JobState state;
    std::string reason;
  };
  std::vector<Leaving> leaving;
  leaving.push_back({id, state, std::move(reason)});
  for (std::size_t k = 0; k < leaving.size(); ++k) {  // grows meanwhile
    const Leaving next = std::move(leaving[k]);
    const auto found = cluster.jobs.find(next.id);
    if (found == cluster.jobs.end()) continue;  // waited for two that failed
    Job job = std::move(found->second);
    cluster.jobs.erase(found);
    if (job.state == JobState::running) leave_array(cluster, job);
    cluster.claims.erase(job.id);
    job.state = next.state;
    job.reason = next.reason;
    job.ended = at;
    job.stopping.reset();

    for (const Dependency& dependency : job.waits_for) {  // it waits no more
      const auto others = cluster.dependents.find(dependency.job);
      if (others == cluster.dependents.end()) continue;
      std::erase(others->second, job.id);
      if (others->second.empty()) cluster.dependents.erase(others);
    }
    // An array's key names its first element; it must be found as long as one element lives or the store has
    // the first.
    const auto key = cluster.keys.find({job.owner.uid, job.key});
    if (key != cluster.keys.end() && key->second == job.id) cluster.keys.erase(key);

    if (const auto waiting = cluster.dependents.find(job.id); waiting != cluster.dependents.end()) {
      const std::vector<JobId> dependents = std::move(waiting->second);
      cluster.dependents.erase(waiting);
      for (const JobId dependent : dependents) {
        const auto other = cluster.jobs.find(dependent);
        if (other == cluster.jobs.end()) continue;
        auto& waits = other->second.waits_for;
        const bool never = std::any_of(waits.begin(), waits.end(), [&](const Dependency& d) {
          return d.job == job.id && !fulfils(d.when, job.state);
        });
        forget_dependency(other->second, job.id, at);
        if (never)
          leaving.push_back({dependent, JobState::cancelled,
                             "it waited for job " + show_id(job) + ", which ended as " + name_of(job.state)});
        else
          changes.touched.push_back(dependent);
      }
    }
    remember(cluster, job, at, changes);
    changes.ended.push_back(std::move(job));
  }
}

void fulfil_started(Cluster& cluster, JobId id, Instant at, Changes& changes) {
  const auto waiting = cluster.dependents.find(id);
  if (waiting == cluster.dependents.end()) return;
  std::erase_if(waiting->second, [&](JobId dependent) {
    Job& job = cluster.jobs.at(dependent);
    const auto here = [&](const Dependency& d) { return d.job == id; };
    const bool only_start =
        std::none_of(job.waits_for.begin(), job.waits_for.end(),
                     [&](const Dependency& d) { return here(d) && d.when != Dependency::When::started; });
    if (!only_start || std::none_of(job.waits_for.begin(), job.waits_for.end(), here)) return false;
    forget_dependency(job, id, at);
    changes.touched.push_back(dependent);
    return true;
  });
  if (waiting->second.empty()) cluster.dependents.erase(waiting);
}

}  // namespace busbar::model
