// SPDX-License-Identifier: Apache-2.0
#include "plan/future.hpp"

#include <algorithm>
#include <utility>

#include "sim/world.hpp"

namespace busbar::plan {
namespace {

/// Follows one job through a world.
class Follower final : public sim::Observer {
 public:
  Follower(const sim::World& world, JobId job) : world_(world) { outcome.job = job; }

  bool done() const { return outcome.start || outcome.refused || over_; }

  void answered(const sim::Arrival&, const control::Answer& answer) override {
    if (answer) {
      outcome.job = answer->first;
    } else {
      outcome.refused = answer.error();
    }
  }
  void decided(const model::Decided& decided) override {
    if (done()) return;
    for (const model::Preempt& preempt : decided.preempts)
      if (preempt.by == outcome.job) outcome.preempted.insert(preempt.job);
    for (const model::Launch& launch : decided.launches)
      if (launch.attempt.job == outcome.job) outcome.launches.push_back(launch);
  }
  void launched(const model::Job& job) override {
    if (job.id == outcome.job && !done()) outcome.start = world_.now();
  }
  void ended(const model::Job& job) override { over_ = over_ || job.id == outcome.job; }

  Outcome outcome;

 private:
  const sim::World& world_;
  bool over_ = false;
};

sim::World::Options options_of(const Present& present, std::uint64_t seed) {
  sim::World::Options options;
  options.settings = present.cluster->settings;
  options.start = present.now;
  options.journal = sim::forgetful_journal(present.cluster, present.ended);
  options.standing = true;
  options.fate = [&present, seed](const engine::LaunchOrder& order, sim::Work& work) {
    work.runs = length_of(present, order.attempt, order.owner, *order.spec, seed);
  };
  return options;
}

/// The submission, once.
sim::Arrivals arrivals_of(const Present& present, const Subject& subject) {
  return [&present, &subject, given = false]() mutable -> std::optional<sim::Arrival> {
    if (std::exchange(given, true)) return std::nullopt;
    sim::Arrival arrival;
    arrival.at = present.now;
    arrival.by = subject.by;
    arrival.spec = subject.spec;
    return arrival;
  };
}

}  // namespace

Duration length_of(const Present& present, const model::AttemptId& attempt, const model::Principal& owner,
                   const model::JobSpec& spec, std::uint64_t seed) {
  Duration elapsed{0};
  const auto known = present.cluster->jobs.find(attempt.job);
  if (known != present.cluster->jobs.end()) {
    for (const auto& [id, run] : model::live_attempts(known->second))
      if (id == attempt && run->state == model::Attempt::State::running)
        elapsed = std::max(present.now - run->started, Duration{0});
  }
  Rng chance(Rng(seed).next() ^ Rng(std::uint64_t(attempt.job.value)).next());
  return present.experience->draw(owner, spec, elapsed, chance);
}

Outcome play(const Present& present, const Subject& subject, std::uint64_t seed, std::int64_t most_events) {
  sim::World world(options_of(present, seed));
  Follower follower(world, subject.job);
  world.watch(follower);
  if (subject.spec) world.arrive(arrivals_of(present, subject));
  const auto events = [&world] { return world.tally().events() + world.tally().steps; };
  world.step();
  Outcome& outcome = follower.outcome;
  if (!outcome.refused) outcome.waits = world.core().scheduler().why(outcome.job, world.now());
  while (!follower.done() && events() < most_events && world.step()) {
  }
  outcome.events = events();
  if (!outcome.start) return std::move(outcome);
  const model::Job& job = world.core().cluster().jobs.at(outcome.job);
  outcome.runs =
      length_of(present, {job.id, 0, job.tasks.front().attempts.back().n}, job.owner, *job.spec, seed);
  return std::move(outcome);
}

}  // namespace busbar::plan
