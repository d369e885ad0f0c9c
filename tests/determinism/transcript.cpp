// SPDX-License-Identifier: Apache-2.0
// transcript.cpp: every decision of random worlds and of small placement experiments, as text. Built by
// different compilers at different levels it must say the same, byte for byte (tests/determinism/run.sh).
#include <cstdio>
#include <cstdlib>

#include "sim/place.hpp"
#include "sim/weather_test.hpp"
#include "wire/codec.hpp"

namespace {

using namespace busbar;

constexpr std::uint64_t worlds = 60;
constexpr int fits = 10;

/// The journal's decisions, made again from it as well (control::check).
std::int64_t tell_world(std::uint64_t seed) {
  sim::Weather weather(seed);
  std::printf("world %llu: %s\n", static_cast<unsigned long long>(seed), weather.chosen().c_str());
  weather.world().run();
  std::int64_t decisions = 0;
  const Status read = weather.world().journal().read(Seq{0}, [&](model::Record&& record) -> Status {
    if (!std::holds_alternative<model::Decided>(record.event)) return Done{};
    ++decisions;
    std::printf("%lld %s\n", static_cast<long long>(record.at.time_since_epoch().count()),
                wire::encode(record.event).c_str());
    return Done{};
  });
  const auto findings = control::check(weather.world().journal());
  if (!read || !findings) {
    std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed),
                 (read ? findings.error() : read.error()).message.c_str());
    std::exit(1);
  }
  return decisions;
}

/// A cluster and a list of pods such as openb has, drawn from one seed.
sim::Experiment draw(std::uint64_t seed) {
  Rng rng(seed);
  sim::Experiment experiment;
  for (int id = 1; id <= 40; ++id) {
    const int gpus = int(rng.below(9));
    const char* model = rng.below(2) == 0 ? "A100" : "T4";
    experiment.nodes.push_back(sim::box(id, gpus, model));
    experiment.nodes.back().cpus = Cpus{std::int64_t(16'000 + rng.below(8) * 16'000)};
  }
  for (int k = 0; k < 200; ++k) {
    sim::Pod pod;
    pod.name = "pod" + std::to_string(k);
    const std::uint64_t kind = rng.below(10);
    pod.needs.gpus = kind < 2   ? Share{0}
                     : kind < 6 ? Share{std::int64_t(rng.below(99) + 1) * 10}
                                : whole_device * std::int64_t(1 + rng.below(8));
    pod.needs.cpus = Cpus{std::int64_t(rng.below(32)) * 500};
    pod.needs.memory = GiB * std::int64_t(rng.below(64));
    if (rng.below(4) == 0) pod.needs.gpu_model = rng.below(2) == 0 ? "a100" : "T4";
    experiment.pods.push_back(std::move(pod));
  }
  return experiment;
}

std::int64_t tell_experiment(std::uint64_t seed) {
  sim::Experiment experiment = draw(seed);
  std::int64_t decisions = 0;
  for (int fit = 0; fit < fits; ++fit) {
    experiment.fit = model::Rules::Fit(fit);
    std::printf("experiment %llu, fit %d\n", static_cast<unsigned long long>(seed), fit);
    sim::place(experiment, seed, [&](const sim::Placement& placement) {
      ++decisions;
      std::printf("%zu %lld", placement.pod, placement.node ? static_cast<long long>(*placement.node) : -1);
      for (const int device : placement.devices) std::printf(" %d", device);
      std::printf("\n");
    });
  }
  return decisions;
}

}  // namespace

int main() {
  std::int64_t decisions = 0;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) decisions += tell_world(seed);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) decisions += tell_experiment(seed);
  std::printf("%lld decisions\n", static_cast<long long>(decisions));
}
