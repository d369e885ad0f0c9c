// SPDX-License-Identifier: Apache-2.0
// lab_test.hpp: a small lab at one moment, for tests: one machine, told in minutes.
#pragma once
#include <gtest/gtest.h>

#include "plan/forecast.hpp"
#include "sim/world.hpp"

namespace busbar::plan {

struct Wish {
  int gpus = 1;
  Duration runs{0}, limit{0};
  int priority = 0;
  bool preemptible = false;
  const char* user = "ada";
};

class Lab {
 public:
  explicit Lab(int gpus) {
    sim::World::Options options;
    options.start = at(0);
    world = std::make_unique<sim::World>(std::move(options));
    model::NodeFacts facts;
    facts.id = NodeId{1};
    facts.name = "box";
    facts.cpus = Cpus{64'000};
    facts.memory = GiB * 64;
    for (int k = 0; k < gpus; ++k) {
      model::Device device;
      device.id = DeviceId{k + 1};
      device.index = k;
      device.memory = GiB * 80;
      facts.devices.push_back(device);
    }
    world->add(std::move(facts));
  }

  static Instant at(std::int64_t minute) {
    return Instant(std::chrono::hours(24 * 365 * 50)) + std::chrono::minutes(minute);
  }

  static std::shared_ptr<const model::JobSpec> spec_of(const Wish& wish) {
    auto spec = std::make_shared<model::JobSpec>();
    spec->name = "train";
    spec->command = {"true"};
    spec->each.gpus = whole_device * wish.gpus;
    spec->time_limit = wish.limit;
    spec->priority = wish.priority;
    spec->preemptible = wish.preemptible;
    return spec;
  }
  static model::Principal person(const char* name) { return {.user = name, .uid = 1, .gid = 1}; }

  /// At the minute 0, all of them; then time goes on to the minute `until`.
  Lab& submit(const std::vector<Wish>& wishes, std::int64_t until) {
    std::vector<sim::Arrival> arrivals;
    for (const Wish& wish : wishes) {
      sim::Arrival arrival;
      arrival.at = at(0);
      arrival.by = person(wish.user);
      arrival.spec = spec_of(wish);
      arrival.work.runs = wish.runs;
      arrivals.push_back(std::move(arrival));
    }
    world->arrive([arrivals, next = std::size_t{0}]() mutable -> std::optional<sim::Arrival> {
      if (next == arrivals.size()) return std::nullopt;
      return arrivals[next++];
    });
    for (auto next = world->next(); next && *next <= at(until); next = world->next()) world->step();
    now = at(until);
    return *this;
  }

  Present present() const {
    auto cluster = std::make_shared<model::Cluster>(world->core().cluster());
    for (const auto& [ran, name] : ran_) {
      const model::Kin kin{{"default", "default", "ada"}, name, whole_device.count};
      const auto batch = model::remember_submitted(cluster->history, kin, JobId{1'000'000}, now);
      model::remember_ended(cluster->history, kin, batch, ran, now);
    }
    return {cluster,
            now,
            std::make_shared<const Traffic>(traffic),
            std::make_shared<const TrackRecord>(record),
            {}};
  }

  /// So long ran one of that name, before.
  void ran(Duration length, const char* name = "train") { ran_.emplace_back(length, name); }

  /// "30 40 50": the quantiles in minutes; "-" for nothing.
  static std::string told(const Moments& moments) {
    std::string text;
    for (const auto& moment : {moments.p10, moments.p50, moments.p90}) {
      if (!text.empty()) text += " ";
      text += moment ? std::to_string((*moment - at(0)) / std::chrono::minutes(1)) : "-";
    }
    return text;
  }

  std::unique_ptr<sim::World> world;
  Traffic traffic;
  TrackRecord record;
  Instant now;

 private:
  std::vector<std::pair<Duration, const char*>> ran_;
};

/// A job that ran so long.
inline model::Job ended_after(Duration ran, const char* user = "ada", const char* name = "train",
                              int gpus = 1, model::JobState state = model::JobState::completed) {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = name;
  spec->each.gpus = whole_device * gpus;
  model::Job job;
  job.owner = Lab::person(user);
  job.spec = spec;
  job.state = state;
  job.started = Lab::at(0);
  model::Attempt attempt;
  attempt.ending.ran = ran;
  job.tasks = {model::Task{{attempt}}};
  return job;
}

}  // namespace busbar::plan
