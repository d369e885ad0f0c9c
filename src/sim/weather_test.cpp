// SPDX-License-Identifier: Apache-2.0
// weather_test.cpp: random worlds in bad weather. The seed draws machines, rules, work and faults; every
// invariant is audited after every step; at the end the journal is walked again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "base/text.hpp"
#include "sim/story_test.hpp"

namespace busbar::sim {
namespace {

using namespace std::chrono_literals;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  const Result<std::int64_t> number = given ? text::parse_whole(given, 0, 1'000'000'000'000'000) : Error{};
  return number ? std::uint64_t(*number) : otherwise;
}

/// A world and all that happens in it, drawn from one seed.
class Weather : public Observer {
 public:
  explicit Weather(std::uint64_t seed) : rng_(seed), world_(options()) {
    world_.watch(*this);
    const int nodes = int(pick(1, 5));
    std::int64_t gpus = 0;
    for (int id = 1; id <= nodes; ++id) {
      model::NodeFacts node = box(id, int(pick(0, 4)), one_in(3) ? "A100" : "H100");
      if (one_in(4)) node.memory = GiB * 8;
      gpus += std::int64_t(node.devices.size());
      world_.add(std::move(node), at(one_in(3) ? seconds(0, 600) : 0s));
    }
    chosen_ += std::to_string(nodes) + " machines, " + std::to_string(gpus) + " GPUs";
    draw_faults(nodes);
    jobs_ = int(pick(20, 150));
    chosen_ +=
        "; " + std::to_string(jobs_) + " submits within " + std::to_string(span_.count() / 1000) + " s";
    world_.arrive([this] { return next(); });
  }

  /// To the end, audited after every step.
  void run() {
    while (world_.step()) {
      const Status fine = world_.audit();
      ASSERT_TRUE(fine) << fine.error().message;
      const sched::Scheduler& lived = world_.core().scheduler();
      ASSERT_TRUE(lived == sched::Scheduler(lived.cluster())) << "an index has lost its way";
      if (world_.tally().steps % 64 != 0) continue;
      ASSERT_NO_FATAL_FAILURE(replay());
    }
    ASSERT_NO_FATAL_FAILURE(replay());
    const auto findings = control::check(world_.journal());
    ASSERT_TRUE(findings) << findings.error().message;
    for (const auto& [id, job] : world_.core().cluster().jobs)
      EXPECT_TRUE(job.spec->hold_for_nodes || job.held()) << "job " << id.value << " waits for ever (I10)";
    EXPECT_EQ(ended_, accepted_ - std::int64_t(world_.core().cluster().jobs.size()));
    for (const auto& [node_id, node] : world_.core().cluster().nodes)
      EXPECT_TRUE(node.held.empty() && node.cpus_held == Cpus{}) << "something is held and nothing runs";
  }

  const std::string& chosen() const { return chosen_; }
  const Tally& tally() const { return world_.tally(); }

  void answered(const Arrival&, const control::Answer& answer) override {
    if (!answer || answer->existed) return;
    ids_.push_back(answer->first);
    accepted_ += answer->count;
  }
  void ended(const model::Job&) override { ++ended_; }

 private:
  static Instant at(Duration since) { return Story::at(since); }
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + std::int64_t(rng_.below(std::uint64_t(high - low + 1)));
  }
  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  Duration seconds(std::int64_t low, std::int64_t high) { return std::chrono::seconds(pick(low, high)); }

  World::Options options() {
    World::Options options;
    options.start = at(0s);
    options.journal = store::memory_journal();
    options.launch_takes = one_in(2) ? Duration(0) : seconds(0, 5);
    options.crash_noticed_after = seconds(0, 300);
    model::Rules& rules = options.settings.rules;
    rules.order = model::Rules::Order(pick(0, 2));
    rules.passing = model::Rules::Passing(pick(0, 3));
    rules.fit = model::Rules::Fit(pick(0, 9));
    rules.tie_seed = one_in(2) ? 0 : rng_.next();
    chosen_ = "order " + std::to_string(int(rules.order)) + ", passing " +
              std::to_string(int(rules.passing)) + ", fit " + std::to_string(int(rules.fit)) + "; ";
    options.fate = [this](const engine::LaunchOrder&, Work& work) {
      if (one_in(12)) work.exit_code = int(pick(1, 5));
    };
    return options;
  }

  /// Every machine that goes comes back in the end, so that nobody has to wait for ever.
  void draw_faults(int nodes) {
    const int faults = int(pick(0, 6));
    for (int k = 0; k < faults; ++k) {
      const NodeId node{pick(1, nodes)};
      const Instant goes = at(seconds(0, 4000));
      world_.change(goes, node, one_in(2) ? Machines::Change::crashes : Machines::Change::out_of_reach);
      world_.change(goes + seconds(0, 900), node, Machines::Change::joins);
    }
    for (int node = 1; node <= nodes; ++node) world_.change(at(5000s), NodeId{node}, Machines::Change::joins);
    const int kills = int(pick(0, 4));
    for (int k = 0; k < kills; ++k) world_.restart(at(seconds(1, 5000)));
    const int stops = int(pick(0, 12));
    for (int k = 0; k < stops; ++k)
      world_.command(at(seconds(0, 5000)),
                     control::StopCommand{user(0), JobId{pick(1, 120)}, one_in(2), "enough"});
    chosen_ += "; " + std::to_string(faults) + " machines go, " + std::to_string(kills) + " kills, " +
               std::to_string(stops) + " stops";
  }

  static model::Principal user(std::int64_t k) {
    return {.user = "user" + std::to_string(k), .uid = std::uint32_t(k), .gid = 1};
  }

  std::optional<Arrival> next() {
    if (given_ == jobs_) return std::nullopt;
    ++given_;
    if (!one_in(3)) now_ += seconds(0, 2 * span_.count() / 1000 / jobs_);
    auto spec = std::make_shared<model::JobSpec>();
    spec->command = {"true"};
    model::Resources& each = spec->each;
    each.gpus = one_in(3) ? Share{0} : one_in(3) ? Share{pick(1, 19) * 50} : whole_device * pick(1, 3);
    if (each.gpus > Share{} && one_in(4)) each.gpu_model = one_in(2) ? "a100" : "H100";
    each.cpus = Cpus{pick(1, 12) * 500};
    if (one_in(2)) each.memory = GiB * pick(1, 12);
    spec->tasks = one_in(3) ? int(pick(2, 4)) : 1;
    if (one_in(5)) spec->nodes = int(pick(1, 3));
    spec->priority = one_in(4) ? int(pick(-2, 2)) : 0;
    spec->retries = one_in(3) ? int(pick(1, 3)) : 0;
    if (!one_in(3)) spec->time_limit = seconds(1, 900);
    spec->grace = seconds(0, 60);
    spec->hold_for_nodes = one_in(20);
    if (one_in(6)) draw_array(spec->array);
    for (int k = 0; !ids_.empty() && one_in(3) && k < 2; ++k)
      spec->after.push_back(
          {ids_[std::size_t(pick(0, std::int64_t(ids_.size()) - 1))], model::Dependency::When(pick(0, 3))});
    Arrival arrival{at(now_), user(pick(0, 3)), spec, {}, "", given_};
    arrival.work = {seconds(0, 600), one_in(6) ? 1 : 0, seconds(0, 90), one_in(2)};
    if (one_in(10)) arrival.key = "key" + std::to_string(pick(1, 4));
    return arrival;
  }

  void draw_array(model::Array& array) {
    const std::int64_t size = pick(1, 12);
    for (int k = 0; k < size; ++k) array.indices.push_back(k * 2);
    if (one_in(2)) array.at_once = int(pick(1, 3));
  }

  /// The journal holds all that there is.
  void replay() {
    const Result<control::Recovered> again = control::recover(world_.journal());
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_TRUE(again->scheduler == world_.core().scheduler());
    ASSERT_TRUE(again->balances == world_.core().balances());
  }

  Rng rng_;
  std::string chosen_;
  World world_;
  Duration span_ = 4000s, now_{0};
  int jobs_ = 0, given_ = 0;
  std::vector<JobId> ids_;
  std::int64_t accepted_ = 0, ended_ = 0;
};

TEST(Weather, WhateverFailsEveryInvariantHoldsAfterEveryStep) {
  const std::uint64_t first = from_environment("BUSBAR_SEED", std::random_device()());
  const std::uint64_t worlds = from_environment("BUSBAR_WORLDS", 12);
  Tally sum;
  for (std::uint64_t seed = first; seed < first + worlds; ++seed) {
    Weather weather(seed);
    const std::string story = "seed " + std::to_string(seed) + ": " + weather.chosen();
    if (worlds == 1) std::cout << story << std::endl;
    SCOPED_TRACE(story + "; again: ./dev sim --seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(weather.run());
    if (HasFailure()) return;
    sum.steps += weather.tally().steps;
    sum.ended += weather.tally().ended;
    sum.launches += weather.tally().launches;
  }
  std::cout << worlds << " worlds from seed " << first << ": " << sum.steps << " steps, " << sum.launches
            << " launches, " << sum.ended << " jobs over; every invariant held after every step" << std::endl;
}

}  // namespace
}  // namespace busbar::sim
