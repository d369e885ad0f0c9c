// SPDX-License-Identifier: Apache-2.0
// sim.cpp: how many jobs a second the simulator takes through the live controller: submitted, decided,
// launched, started, finished. Nothing waits long: what is measured is the way, not the queue.
//   busbar-bench-sim [JOBS] [NODES]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "sim/world.hpp"

namespace {

using namespace busbar;

model::NodeFacts node(int id) {
  model::NodeFacts facts;
  facts.id = NodeId{id};
  facts.name = "node" + std::to_string(id);
  facts.cpus = Cpus{64'000};
  facts.memory = GiB * 512;
  for (int k = 0; k < 8; ++k) {
    model::Device device;
    device.id = DeviceId{k + 1};
    device.index = k;
    device.model = "H100";
    device.memory = GiB * 80;
    facts.devices.push_back(device);
  }
  return facts;
}

/// Jobs of one to four GPUs and of half a one, at a rate that holds four fifths of the machines.
class Work {
 public:
  Work(std::int64_t jobs, int nodes) : left_(jobs), gap_(6'250'000 / (nodes * 8)) {
    for (int k = 0; k < 16; ++k) {
      auto spec = std::make_shared<model::JobSpec>();
      spec->command = {"train"};
      spec->each.gpus = k % 8 == 7   ? Share{4000}
                        : k % 2 == 0 ? Share{1000}
                        : k % 4 == 1 ? Share{500}
                                     : Share{2000};
      spec->each.cpus = Cpus{1000 * (k % 4 + 1)};
      spec->each.memory = GiB * 8;
      specs_.push_back(std::move(spec));
      people_.push_back({.user = "user" + std::to_string(k), .uid = std::uint32_t(1000 + k), .gid = 100});
    }
  }
  std::optional<sim::Arrival> operator()() {
    if (left_ == 0) return std::nullopt;
    --left_;
    micros_ += std::int64_t(rng_.below(std::uint64_t(2 * gap_)));
    const std::size_t kind = std::size_t(rng_.below(16));
    sim::Arrival arrival{
        Instant(Duration(micros_ / 1000)), people_[rng_.below(16)], specs_[kind], {}, "", left_};
    arrival.work.runs = Duration(2000 + std::int64_t(rng_.below(4000)));
    return arrival;
  }

 private:
  Rng rng_{1};
  std::int64_t left_, gap_, micros_ = 0;
  std::vector<std::shared_ptr<const model::JobSpec>> specs_;
  std::vector<model::Principal> people_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t jobs = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  const int nodes = argc > 2 ? std::atoi(argv[2]) : 1213;
  sim::World world{sim::World::Options{}};
  for (int id = 1; id <= nodes; ++id) world.add(node(id));
  world.arrive(Work(jobs, nodes));
  const auto start = std::chrono::steady_clock::now();
  world.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const sim::Tally& tally = world.tally();
  if (tally.ended != jobs)
    return std::fprintf(stderr, "%lld of %lld jobs ended\n", (long long)tally.ended, (long long)jobs), 1;
  std::printf(
      "{\"nodes\":%d,\"jobs\":%lld,\"steps\":%lld,\"jobs_per_second\":%.0f,\"events_per_second\":%.0f}\n",
      nodes, (long long)jobs, (long long)tally.steps, double(jobs) / seconds,
      double(tally.events()) / seconds);
}
