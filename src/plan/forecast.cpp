// SPDX-License-Identifier: Apache-2.0
#include "plan/forecast.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "ledger/balances.hpp"
#include "plan/future.hpp"

namespace busbar::plan {
namespace {

std::uint64_t seed_of(const Effort& effort, int future) {
  return Rng(Rng(effort.seed).next() + std::uint64_t(future)).next();
}

/// Of values that are sorted and not none.
template <class Value>
Quantiles<Value> quantiles_of(const std::vector<Value>& sorted) {
  const auto at = [&](std::size_t percent) { return sorted[(sorted.size() - 1) * percent / 100]; };
  return {at(10), at(50), at(90)};
}

/// Nothing comes last: it is later than all that was looked at.
Moments moments_of(std::vector<std::optional<Instant>> moments) {
  std::ranges::sort(moments, [](const auto& a, const auto& b) { return a && (!b || *a < *b); });
  return quantiles_of(moments);
}

Spans spans_of(std::vector<Duration> spans) {
  std::ranges::sort(spans);
  return quantiles_of(spans);
}

/// One future after the other until the effort is spent.
std::vector<Outcome> play_all(const Present& present, const Subject& subject, const Effort& effort) {
  std::vector<Outcome> outcomes;
  std::int64_t events = 0;
  for (int k = 0; k < effort.futures && (k < effort.fewest || events < effort.events); ++k) {
    outcomes.push_back(play(present, subject, seed_of(effort, k), effort.of_one));
    events += outcomes.back().events;
    if (outcomes.back().refused) break;  // it would be so in each
  }
  return outcomes;
}

Start sum_up(const std::vector<Outcome>& outcomes) {
  Start start;
  std::vector<std::optional<Instant>> starts, ends;
  std::vector<Duration> runs;
  for (const Outcome& outcome : outcomes) {
    starts.push_back(outcome.start);
    ends.push_back(outcome.start ? std::optional(*outcome.start + outcome.runs) : std::nullopt);
    if (outcome.start) runs.push_back(outcome.runs);
  }
  start.futures = int(outcomes.size());
  start.started = int(runs.size());
  start.starts = moments_of(std::move(starts));
  start.ends = moments_of(std::move(ends));
  if (!runs.empty()) start.runs = spans_of(std::move(runs));
  return start;
}

/// It has started already: what is open is its end alone.
Start of_running(const Present& present, const model::Job& job, const Effort& effort) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(effort.futures));
  const model::AttemptId attempt{job.id, 0, job.tasks.front().attempts.back().n};
  for (int k = 0; k < effort.futures; ++k) {
    Outcome& outcome = outcomes[std::size_t(k)];
    outcome.start = job.started;
    outcome.runs = length_of(present, attempt, job.owner, *job.spec, seed_of(effort, k));
    outcome.runs = std::max(outcome.runs, present.now - job.started);
  }
  Start start = sum_up(outcomes);
  start.running = true;
  return start;
}

Money cost_of(const model::Cluster& cluster, const model::JobSpec& spec, Duration runs) {
  const ledger::Exact devices =
      ledger::charge(cluster.per_device_hour, spec.each.gpus.count * spec.tasks, runs);
  const ledger::Exact cpus = ledger::charge(cluster.per_cpu_hour, spec.each.cpus.count * spec.tasks, runs);
  return ledger::rounded(devices + cpus);
}

/// The future whose start is in the middle.
const Outcome& middle_of(const std::vector<Outcome>& outcomes, const Moments& starts) {
  const auto found = std::ranges::find(outcomes, starts.p50, &Outcome::start);
  return found == outcomes.end() ? outcomes.front() : *found;
}

std::vector<Outlook::Victim> victims_of(const std::vector<Outcome>& outcomes) {
  std::map<JobId, int> futures;
  for (const Outcome& outcome : outcomes)
    for (const JobId job : outcome.preempted) ++futures[job];
  std::vector<Outlook::Victim> victims;
  for (const auto& [job, count] : futures) victims.push_back({job, count});
  std::ranges::stable_sort(victims, [](const auto& a, const auto& b) { return a.futures > b.futures; });
  return victims;
}

}  // namespace

Result<Start> when(const Present& present, JobId id, const Effort& effort) {
  const auto found = present.cluster->jobs.find(id);
  if (found == present.cluster->jobs.end())
    return Error{Errc::not_found, "job " + std::to_string(id.value) + " neither waits nor runs"};
  const model::Job& job = found->second;
  Start start = job.state == model::JobState::pending ? sum_up(play_all(present, Subject{.job = id}, effort))
                                                      : of_running(present, job, effort);
  start.learned = present.experience->count();
  return start;
}

Result<Outlook> outlook(const Present& present, const model::Principal& by,
                        const std::shared_ptr<const model::JobSpec>& spec, const Effort& effort) {
  const std::vector<Outcome> outcomes = play_all(present, Subject{{}, by, spec}, effort);
  const Outcome& first = outcomes.front();
  if (first.refused) return *first.refused;
  Outlook outlook;
  outlook.start = sum_up(outcomes);
  outlook.start.learned = present.experience->count();
  // What runs now is the same in all of them.
  outlook.at_once = first.start == present.now && first.preempted.empty();
  outlook.waits = first.waits;
  outlook.launches = middle_of(outcomes, outlook.start.starts).launches;
  outlook.preempts = victims_of(outcomes);
  const Spans& runs = outlook.start.runs;
  const auto cost = [&](Duration length) { return cost_of(*present.cluster, *spec, length); };
  outlook.costs = {cost(runs.p10), cost(runs.p50), cost(runs.p90)};
  return outlook;
}

}  // namespace busbar::plan
