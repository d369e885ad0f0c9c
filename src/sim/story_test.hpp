// SPDX-License-Identifier: Apache-2.0
// story_test.hpp: a small world for tests, told in seconds: who was submitted when, and what became of them.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "sim/forgetful_journal.hpp"
#include "sim/weather_test.hpp"
#include "sim/world.hpp"

namespace busbar::sim {

/// What somebody submits: each task holds one GPU.
struct Job {
  Duration runs{0};
  int code = 0;
  Duration limit{0};
  int count = 1, tasks = 1, retries = 0, elements = 0;
  Duration stop_takes{0}, grace = std::chrono::seconds(30);
  std::string key;
  std::vector<model::Dependency> after;
};

struct Story : Observer {
  explicit Story(int gpus, int nodes = 1, Duration launch_takes = Duration{0},
                 std::unique_ptr<store::Journal> journal = store::memory_journal()) {
    World::Options options;
    options.start = at(Duration{0});
    options.launch_takes = launch_takes;
    options.journal = std::move(journal);
    world = std::make_unique<World>(std::move(options));
    world->watch(*this);
    for (int node = 1; node <= nodes; ++node) world->add(box(node, gpus));
  }

  static Instant at(Duration since) { return Instant(std::chrono::hours(24 * 365 * 50)) + since; }

  /// In order of time.
  void submit(Duration when, const Job& job) {
    auto spec = std::make_shared<model::JobSpec>();
    spec->command = {"true"};
    spec->each.gpus = whole_device;
    spec->tasks = job.tasks;
    spec->retries = job.retries;
    spec->time_limit = job.limit;
    spec->grace = job.grace;
    spec->after = job.after;
    for (int k = 0; k < job.elements; ++k) spec->array.indices.push_back(k);
    for (int k = 0; k < job.count; ++k)
      waiting.push_back({at(when), ada, spec, Work{job.runs, job.code, job.stop_takes}, job.key});
  }

  /// Runs to the end: "1: START-END STATE, ..." in order of their ends, in seconds.
  std::string told() {
    world->arrive([this]() -> std::optional<Arrival> {
      if (waiting.empty()) return std::nullopt;
      Arrival next = std::move(waiting.front());
      waiting.pop_front();
      return next;
    });
    while (world->step()) {
      const Status fine = world->audit();
      EXPECT_TRUE(fine) << fine.error().message;
    }
    std::string all;
    for (const model::Job& job : over) {
      if (!all.empty()) all += ", ";
      all += std::to_string(job.id.value) + ": " + seconds(job.started) + "-" + seconds(job.ended) + " " +
             model::name_of(job.state);
    }
    return all;
  }

  static std::string seconds(Instant time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time - at(Duration{0})).count());
  }

  void answered(const Arrival&, const control::Answer& answer) override {
    answers.push_back(answer ? std::optional(*answer) : std::nullopt);
    if (!answer) refusal = answer.error().message;
  }
  void ended(const model::Job& job) override { over.push_back(job); }

  std::unique_ptr<World> world;
  model::Principal ada{.user = "ada", .uid = 1, .gid = 1};
  std::deque<Arrival> waiting;
  std::vector<model::Job> over;
  std::vector<std::optional<control::Accepted>> answers;
  std::string refusal;  // the last one
};

}  // namespace busbar::sim
