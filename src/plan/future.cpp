// SPDX-License-Identifier: Apache-2.0
#include "plan/future.hpp"

#include <algorithm>
#include <utility>

#include "plan/fates.hpp"
#include "sim/world.hpp"

namespace busbar::plan {
namespace {

/// Follows one job through a world.
class Follower final : public sim::Observer {
 public:
  Follower(const sim::World& world, JobId job, Fates& fates) : world_(world), fates_(fates) {
    outcome.job = job;
  }

  bool done() const { return outcome.start || outcome.refused || over_; }

  void answered(const sim::Arrival& arrival, const control::Answer& answer) override {
    if (arrival.tag != 0) {
      if (!answer) return;
      for (int k = 0; k < answer->count; ++k)
        fates_.again(JobId{answer->first.value + k}, JobId{arrival.tag + k});
    } else if (answer) {
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
  Fates& fates_;
  bool over_ = false;
};

sim::World::Options options_of(const Present& present, const Fates& fates) {
  sim::World::Options options;
  options.settings = present.cluster->settings;
  options.start = present.now;
  options.journal = sim::forgetful_journal(present.cluster, present.ended);
  options.standing = true;
  options.fate = [&fates](const engine::LaunchOrder& order, sim::Work& work) {
    work.runs = fates.of(order.attempt.job, order.owner, order.spec);
  };
  return options;
}

/// The submission, once, then what else comes; tagged by what it is the like of.
sim::Arrivals arrivals_of(const Present& present, const Subject& subject, const Tide& tide,
                          std::uint64_t seed) {
  return [&present, &subject, given = false, future = Tide::Future(tide, seed)]() mutable {
    sim::Arrival arrival;
    if (!std::exchange(given, true) && subject.spec) {
      arrival.at = present.now;
      arrival.by = subject.by;
      arrival.spec = subject.spec;
      return std::optional(std::move(arrival));
    }
    const std::optional<Tide::Comer> comer = future.next();
    if (!comer) return std::optional<sim::Arrival>();
    arrival.at = comer->at;
    arrival.by = comer->again->by;
    arrival.spec = comer->again->spec;
    arrival.tag = comer->again->first.value;
    return std::optional(std::move(arrival));
  };
}

}  // namespace

Outcome play(const Present& present, const Tide& tide, const Subject& subject, std::uint64_t seed,
             std::int64_t most_events) {
  Fates fates(*present.cluster, present.now, tide, seed);
  sim::World world(options_of(present, fates));
  Follower follower(world, subject.job, fates);
  world.watch(follower);
  world.arrive(arrivals_of(present, subject, tide, seed));
  const auto events = [&world] { return world.tally().events() + world.tally().steps; };
  world.step();
  Outcome& outcome = follower.outcome;
  if (!outcome.refused) outcome.waits = world.core().scheduler().why(outcome.job, world.now());
  while (!follower.done() && events() < most_events && world.step()) {
  }
  outcome.events = events();
  if (!outcome.start) return std::move(outcome);
  const model::Job& job = world.core().cluster().jobs.at(outcome.job);
  outcome.runs = fates.of(job.id, job.owner, job.spec);
  return std::move(outcome);
}

}  // namespace busbar::plan
