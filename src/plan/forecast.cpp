// SPDX-License-Identifier: Apache-2.0
#include "plan/forecast.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "ledger/balances.hpp"
#include "plan/fates.hpp"
#include "plan/future.hpp"

namespace busbar::plan {
namespace {

/// So many living jobs are copied and drawn for a future in the time that an event takes.
constexpr std::int64_t living_to_an_event = 4;

/// Run times of jobs that are over.
std::int64_t learned_from(const model::Cluster& cluster) {
  const auto everybody = cluster.history.find(model::Kin{});
  return everybody == cluster.history.end() ? 0 : everybody->second.lengths.count;
}

std::uint64_t seed_of(const Effort& effort, int future) {
  return Rng(Rng(effort.seed).next() + std::uint64_t(future)).next();
}

/// Of values that are sorted and not none.
template <class Value>
Quantiles<Value> quantiles_of(const std::vector<Value>& sorted) {
  const std::size_t n = sorted.size(), tail = std::max<std::size_t>(n / 16, 1);
  return {sorted[tail - 1], sorted[(n - 1) / 2], sorted[n - tail]};
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
std::vector<Outcome> play_all(const Present& present, const Tide& tide, const Subject& subject,
                              const Effort& effort) {
  std::vector<Outcome> outcomes;
  std::int64_t events = 0;
  for (int k = 0; k < effort.futures && (k < effort.fewest || events < effort.events); ++k) {
    outcomes.push_back(play(present, tide, subject, seed_of(effort, k), effort.of_one));
    events += outcomes.back().events + std::ssize(present.cluster->jobs) / living_to_an_event;
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

/// By how earlier answers fared; the end moves with the start.
void correct(Start& start, const Present& present) {
  const Moments played = start.starts;
  start.played = {played.p10, played.p90};
  if (!present.record) return;
  const Interval told = present.record->corrected(start.played, present.now);
  Moments& starts = start.starts;
  starts = {told.from, played.p50, told.to};
  if (starts.p50) starts.p50 = std::max(*starts.p50, *starts.p10);
  if (starts.p50 && starts.p90) starts.p50 = std::min(*starts.p50, *starts.p90);
  if (start.ends.p10) *start.ends.p10 += *starts.p10 - *played.p10;
  if (start.ends.p90 && starts.p90) *start.ends.p90 += *starts.p90 - *played.p90;
  if (start.ends.p50) start.ends.p50 = std::max(*start.ends.p50, *start.ends.p10);
  if (start.ends.p50 && start.ends.p90) start.ends.p50 = std::min(*start.ends.p50, *start.ends.p90);
}

/// It has started already: what is open is its end alone.
Start of_running(const Present& present, const Tide& tide, const model::Job& job, const Effort& effort) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(effort.futures));
  for (int k = 0; k < effort.futures; ++k) {
    Outcome& outcome = outcomes[std::size_t(k)];
    outcome.start = job.started;
    outcome.runs =
        Fates(*present.cluster, present.now, tide, seed_of(effort, k)).of(job.id, job.owner, job.spec);
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
  std::ranges::sort(victims, {}, [](const auto& victim) { return std::pair(-victim.futures, victim.job); });
  return victims;
}

}  // namespace

Result<Start> when(const Present& present, JobId id, const Effort& effort) {
  const auto found = present.cluster->jobs.find(id);
  if (found == present.cluster->jobs.end())
    return Error{Errc::not_found, "job " + std::to_string(id.value) + " neither waits nor runs"};
  const model::Job& job = found->second;
  const bool waits = job.state == model::JobState::pending;
  const Tide tide(*present.cluster, present.now, *present.traffic);
  Start start = waits ? sum_up(play_all(present, tide, Subject{.job = id}, effort))
                      : of_running(present, tide, job, effort);
  if (waits) correct(start, present);
  start.submissions = tide.size();
  start.learned = learned_from(*present.cluster);
  return start;
}

Result<Outlook> outlook(const Present& present, const model::Principal& by,
                        const std::shared_ptr<const model::JobSpec>& spec, const Effort& effort) {
  const Tide tide(*present.cluster, present.now, *present.traffic);
  const std::vector<Outcome> outcomes = play_all(present, tide, Subject{{}, by, spec}, effort);
  const Outcome& first = outcomes.front();
  if (first.refused) return *first.refused;
  Outlook outlook;
  outlook.start = sum_up(outcomes);
  outlook.start.submissions = tide.size();
  outlook.start.learned = learned_from(*present.cluster);
  outlook.launches = middle_of(outcomes, outlook.start.starts).launches;
  // What runs now is the same in all of them.
  outlook.at_once = first.start == present.now && first.preempted.empty();
  if (!outlook.at_once) correct(outlook.start, present);
  outlook.waits = first.waits;
  outlook.preempts = victims_of(outcomes);
  const Spans& runs = outlook.start.runs;
  const auto cost = [&](Duration length) { return cost_of(*present.cluster, *spec, length); };
  outlook.costs = {cost(runs.p10), cost(runs.p50), cost(runs.p90)};
  return outlook;
}

}  // namespace busbar::plan
