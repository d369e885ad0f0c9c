// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/replay.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace busbar::sim {
namespace {

World::Options options_of(const QueueQuestion& question, const model::Quotas& shares, Instant begin) {
  World::Options options;
  options.settings.rules = question.policy.rules;
  options.settings.spare = question.spare;
  options.settings.shares = shares;
  options.start = begin;
  return options;
}

}  // namespace

Lane::Lane(Pool pool, const QueueQuestion& question, const model::Quotas& shares, Instant begin,
           std::function<void(const JobOutcome&)> over,
           const std::function<std::unique_ptr<Observer>(const World&)>& beside)
    : oracle_(question.policy.oracle),
      saves_every_(question.saves_every),
      over_(std::move(over)),
      shaper_(limits_of(pool)),
      world_(options_of(question, shares, begin)) {
  for (model::NodeFacts& node : pool.nodes) world_.add(std::move(node));
  world_.watch(*this);
  if (beside) {
    beside_ = beside(world_);
    world_.watch(*beside_);
  }
  world_.arrive([this] { return next(); });
  world_.step();  // the machines join
}

std::optional<Arrival> Lane::next() {
  if (waiting_.empty()) return std::nullopt;
  Arrival arrival = std::move(waiting_.front());
  waiting_.pop_front();
  return arrival;
}

Status Lane::take(const TraceJob& job) {
  for (auto next = world_.next(); next && *next < job.submitted; next = world_.next()) world_.step();
  const Shaped& shape = shaper_.of(job.spec);
  clamped_ += shape.clamped;
  any_model_ += shape.any_model;
  Arrival arrival;
  arrival.at = job.submitted;
  arrival.by = *job.by;
  arrival.spec = shape.spec;
  if (oracle_ || saves_every_) {
    auto spec = std::make_shared<model::JobSpec>(*shape.spec);
    if (oracle_) spec->time_limit = std::max(job.ran, Duration{1});  // 0 would be none
    if (saves_every_) {
      spec->preemptible = true;
      spec->saves_every = *saves_every_;
      arrival.work.resumes = true;
      arrival.work.saves_every = *saves_every_;
      arrival.work.restart = world_.core().cluster().settings.preemption.restart;
    }
    arrival.spec = std::move(spec);
  }
  arrival.work.runs = job.ran;
  arrival.tag = job.number;
  waiting_.push_back(std::move(arrival));
  return refused();
}

Status Lane::finish() {
  while (world_.step()) {
  }
  if (const Status fine = refused(); !fine) return fine;
  BUSBAR_CHECK(living_.empty(), "every job of a replay comes to its end");
  return Done{};
}

Status Lane::refused() {
  if (!refused_) return Done{};
  return *std::exchange(refused_, std::nullopt);
}

void Lane::answered(const Arrival& arrival, const control::Answer& answer) {
  if (answer) return void(living_.emplace(answer->first.value, Living{arrival.tag, arrival.work.runs}));
  refused_ = Error{Errc::invalid, "job " + std::to_string(arrival.tag) + ": " + answer.error().message};
}

/// The time it held its devices is that of its first task: all tasks of an attempt start and end together.
void Lane::ended(const model::Job& job) {
  const auto living = living_.find(job.id.value);
  BUSBAR_CHECK(living != living_.end(), "only what was submitted ends");
  JobOutcome outcome;
  outcome.number = living->second.number;
  outcome.ran = living->second.ran;
  living_.erase(living);
  outcome.group = job.spec->project;
  outcome.gpus = job.spec->each.gpus.count * job.spec->tasks / whole_device.count;
  outcome.cpus = (job.spec->each.cpus.count * job.spec->tasks + 500) / 1000;
  outcome.submitted = job.submitted;
  outcome.ended = job.ended;
  const auto& attempts = job.tasks.front().attempts;
  outcome.started = attempts.front().launched;
  outcome.attempts = int(attempts.size());
  for (const model::Attempt& attempt : attempts) outcome.held += attempt.ending.ran;
  over_(outcome);
}

}  // namespace busbar::sim
