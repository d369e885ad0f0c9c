// SPDX-License-Identifier: Apache-2.0
// Decisions per second with 100,000 queued jobs: one job ends, the scheduler folds that, decides, and folds
// the decision.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "sched/scheduler.hpp"

namespace {

using namespace busbar;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class World {
 public:
  void fold(model::Event event) {
    const auto changes = scheduler.fold({Seq{++seq_}, Epoch{1}, now, std::move(event)});
    if (changes) return;
    std::fprintf(stderr, "%s\n", changes.error().message.c_str());
    std::exit(1);
  }
  void join(int nodes) {
    for (int n = 1; n <= nodes; ++n) {
      model::NodeFacts facts;
      facts.id = NodeId{n};
      facts.name = "n" + std::to_string(n);
      facts.cpus = Cpus{128'000};
      facts.memory = GiB * 1024;
      for (int d = 0; d < 8; ++d) {
        model::Device device;
        device.id = DeviceId{n * 8 + d};
        device.index = d;
        device.model = "H100";
        device.memory = GiB * 80;
        facts.devices.push_back(device);
      }
      fold(model::NodeJoined{facts});
    }
  }
  void submit(model::JobSpec spec, const std::string& user) {
    model::Submitted event;
    event.by.user = user;
    event.first = scheduler.cluster().next_id;
    event.spec = std::make_shared<const model::JobSpec>(std::move(spec));
    fold(event);
  }
  /// Gives the seconds that decide() took.
  double decide() {
    const double before = seconds_now();
    const model::Decided decided = scheduler.decide(now);
    const double after = seconds_now();
    fold(decided);
    for (const model::Launch& launch : decided.launches) {
      mix(launch.attempt.job.value);
      mix(launch.node.value);
      for (const model::Holding& holding : launch.holdings) mix(holding.device.value);
      fold(model::Started{launch.attempt, 1});
      running.push_back(launch.attempt);
    }
    return after - before;
  }
  void finish_one(Rng& rng) {
    std::swap(running[rng.below(running.size())], running.back());
    fold(model::Finished{running.back(), {}, 0});
    running.pop_back();
  }

  void mix(std::int64_t number) {
    decisions = (decisions ^ static_cast<std::uint64_t>(number)) * 0x100000001b3u;
  }

  sched::Scheduler scheduler;
  std::uint64_t decisions = 0xcbf29ce484222325u;  // FNV-1a: the same under every compiler
  Instant now{std::chrono::hours(1)};
  std::vector<model::AttemptId> running;

 private:
  std::int64_t seq_ = 0;
};

/// `shapes`: 1, all alike; else so many kinds of jobs. `head`: a gang that waits all the while at the top.
void measure(const char* what, int nodes, int queued, std::uint64_t shapes, bool head, int rounds) {
  World world;
  Rng rng(7);
  world.fold(model::Opened{});
  world.join(nodes);
  const double start = seconds_now();
  for (int i = 0; i < queued + nodes * 8; ++i) {
    model::JobSpec spec;
    spec.each.gpus = Share{1000};
    spec.time_limit = std::chrono::hours(1);
    if (shapes > 1) {
      const std::uint64_t shape = rng.below(shapes);
      spec.each.gpus = Share{shape % 3 == 0 ? 500 : shape % 3 == 1 ? 1000 : 2000};
      spec.each.cpus = Cpus{static_cast<std::int64_t>(1000 + shape % 7 * 1000)};
      spec.time_limit = std::chrono::minutes(10 + shape);
    }
    world.submit(spec, "user" + std::to_string(i % 20));
  }
  const double submitted = seconds_now();
  world.decide();
  if (head) {
    model::JobSpec gang;
    gang.each.gpus = Share{8000};
    gang.tasks = gang.nodes = std::min(nodes, 64);
    gang.priority = 1;
    world.submit(gang, "head");
  }
  std::vector<double> took;
  const double before = seconds_now();
  for (int i = 0; i < rounds && !world.running.empty(); ++i) {
    world.now += Duration{10};
    world.finish_one(rng);
    took.push_back(world.decide());
  }
  const double after = seconds_now();
  std::sort(took.begin(), took.end());
  const sched::Scheduler again(world.scheduler.cluster());
  const double rebuilt = seconds_now() - after;
  std::printf(
      "%-34s %5d nodes %7d queued: %8.0f rounds/s, decide p50 %8.1f us p99 %8.1f us; submits %7.0f/s, "
      "rebuilt in %4.0f ms; decisions %016llx\n",
      what, nodes, queued, static_cast<double>(took.size()) / (after - before), took[took.size() / 2] * 1e6,
      took[took.size() * 99 / 100] * 1e6, queued / (submitted - start), rebuilt * 1e3,
      static_cast<unsigned long long>(world.decisions));
}

}  // namespace

int main() {
  for (const int nodes : {1, 1000}) {
    measure("alike, all start in turn", nodes, 100'000, 1, false, 5000);
    measure("200 kinds, head of the queue waits", nodes, 100'000, 200, false, 2000);
    measure("200 kinds, a gang waits at the top", nodes, 100'000, 200, true, 2000);
    measure("100,000 kinds, a gang waits", nodes, 100'000, 100'000, true, 200);
  }
}
