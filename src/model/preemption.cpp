// SPDX-License-Identifier: Apache-2.0
#include "model/preemption.hpp"

#include <algorithm>

#include "model/cluster.hpp"

namespace busbar::model {
namespace {

constexpr int most_doublings = 20;  // of ten minutes: twenty years

/// When the last of its tasks started; nothing while one of them is still being launched, or none lives.
std::optional<Instant> runs_since(const Job& job) {
  std::optional<Instant> since;
  for (const auto& [id, attempt] : live_attempts(job)) {
    if (attempt->state != Attempt::State::running) return std::nullopt;
    since = std::max(since.value_or(attempt->started), attempt->started);
  }
  return since;
}

}  // namespace

bool lost_its_machine(const Job& job) {
  return job.state == JobState::pending && std::ranges::any_of(job.tasks, [](const Task& task) {
           return !task.attempts.empty() && task.attempts.back().ending.cause == Cause::lost;
         });
}

bool saves_when_told(const Job& job) {
  return job.spec->warning.asked && job.spec->requeue &&
         std::ranges::all_of(job.preemptions,
                             [](const Preemption& p) { return p.over == Instant{} || p.saved; });
}

Duration at_risk(const Job& job, Instant at) {
  const auto since = runs_since(job);
  if (!since || at <= *since || saves_when_told(job)) return Duration{0};
  const Duration ran = at - *since;
  const bool by_itself = job.spec->requeue && job.spec->saves_every > Duration{0};
  return by_itself ? std::min(ran, job.spec->saves_every) : ran;
}

Duration notice_of(const JobSpec& spec) {
  return (spec.warning.asked ? spec.warning.ahead : Duration{0}) + std::max(spec.grace, Duration{0});
}

std::optional<Instant> left_alone_until(const Job& job, const PreemptionRules& rules, Preemption::Why why) {
  if (!rules.on || !job.spec->preemptible || job.stopping || job.state != JobState::running)
    return std::nullopt;
  const auto since = runs_since(job);
  if (!since) return std::nullopt;
  if (why == Preemption::Why::failover) return *since;
  if (why == Preemption::Why::share) return *since + std::min(rules.min_run, (Instant::max() - *since) / 2);
  const auto unsaved = std::ranges::count_if(job.preemptions, [](const Preemption& p) { return !p.saved; });
  const int doublings = std::min(static_cast<int>(unsaved), most_doublings);
  const Duration longest = (Instant::max() - *since) / 2;
  if (rules.min_run > longest / (std::int64_t{1} << doublings)) return std::nullopt;
  return *since + rules.min_run * (std::int64_t{1} << doublings);
}

std::string in_words(const Preempt& preempt) {
  const std::string by = "job " + std::to_string(preempt.by.value);
  switch (preempt.why) {
    case Preemption::Why::priority:
      return "makes room for " + by + ", which goes first";
    case Preemption::Why::share:
      return "makes room for " + by + ", whose project has less than it was guaranteed";
    case Preemption::Why::drain:
      return "its machine is being drained";
    case Preemption::Why::balance:
      return "goes on elsewhere, so that " + by + " finds room";
    case Preemption::Why::failover:
      return "makes room for " + by + ", whose machine failed";
    case Preemption::Why::lent:
      return "it ran on CPUs that were lent, and those who hold them want them back";
  }
  return "";
}

}  // namespace busbar::model
