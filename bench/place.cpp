// SPDX-License-Identifier: Apache-2.0
// place.cpp: placing one task on many nodes, by the full default policy: find the best node, take it, and
// give back what another task held. Then a gang of 64 nodes with 512 GPUs. Nodes are the mix of the openb
// inventory, again and again; tasks are 150 kinds, drawn with the same shares of sizes as there. One core, no
// input.
//   busbar-bench-place [NODES ROUNDS]    single tasks only, so many of them: for counting instructions
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/chance.hpp"
#include "sched/fit.hpp"
#include "sched/fit/board.hpp"

namespace {

using namespace busbar;
using namespace busbar::sched;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Hardware {
  int in_all;  // of 1,213
  std::int64_t cores, gib, gpus;
};
constexpr Hardware inventory[] = {{549, 96, 384, 8}, {387, 104, 512, 2}, {107, 16, 120, 2}, {39, 128, 768, 8},
                                  {28, 32, 128, 4},  {22, 64, 256, 2},   {21, 96, 768, 8},  {19, 8, 32, 1},
                                  {17, 96, 384, 4},  {9, 48, 368, 4},    {8, 64, 336, 8},   {7, 8, 60, 1}};

FreeNode node_of(std::int64_t id, const Hardware& hardware) {
  FreeNode node{NodeId{id}, true, Cpus{hardware.cores * 1000}, GiB * hardware.gib, {}};
  for (std::int64_t d = 0; d < hardware.gpus; ++d)
    node.devices.push_back({DeviceId{id * 8 + d}, whole_device, whole_device, GiB * 32, GiB * 32, 1});
  node.rack = static_cast<std::uint64_t>(1 + id / 32);
  node.network = static_cast<std::uint64_t>(1 + id / 512);
  return node;
}

std::vector<Shape> kinds_of_task(Rng& rng) {
  constexpr std::int64_t sizes[] = {1000, 1000, 1000, 1000, 1000, 1000, 1000, 810,  810,  470,
                                    470,  320,  650,  230,  460,  0,    0,    8000, 2000, 160};
  std::vector<Shape> kinds;
  for (int k = 0; k < 150; ++k) {
    Shape task;
    task.gpus = Share{sizes[rng.below(std::size(sizes))]};
    task.cpus = Cpus{static_cast<std::int64_t>(1000 + rng.below(15) * 1000) *
                     std::max<std::int64_t>(task.gpus.count / 1000, 1)};
    task.memory = GiB * static_cast<std::int64_t>(4 + rng.below(8) * 4);
    kinds.push_back(task);
  }
  return kinds;
}

struct Held {
  std::size_t kind;
  Spot spot;
};

class Bench {
 public:
  explicit Bench(std::int64_t nodes) : kinds_(kinds_of_task(rng_)) {
    std::vector<const Hardware*> mix;
    for (const Hardware& hardware : inventory)
      mix.insert(mix.end(), static_cast<std::size_t>(hardware.in_all), &hardware);
    for (std::int64_t id = 1; id <= nodes; ++id)
      board_.insert(board_.nodes().size(), node_of(id, *mix[rng_.below(mix.size())]));
    Work work;
    for (const Shape& kind : kinds_) work[{kind.gpus, kind.cpus, kind.memory, ""}] += 50;
    board_.set_policy({.fit = model::Rules::Fit::busbar, .tie_seed = 1}, work);
  }

  /// False where it fits nowhere.
  bool place_one() {
    const std::size_t kind = static_cast<std::size_t>(rng_.below(kinds_.size()));
    Space space(board_);
    auto spots = place(space, kinds_[kind]);
    if (!spots) return false;
    for (const auto& [i, node] : space.changed()) board_.set(i, node);
    held_.push_back({kind, std::move(spots->front())});
    return true;
  }
  void release_one() {
    const std::size_t k = static_cast<std::size_t>(rng_.below(held_.size()));
    std::swap(held_[k], held_.back());
    const Held& gone = held_.back();
    const std::size_t i = static_cast<std::size_t>(gone.spot.node.value - 1);
    FreeNode node = board_.nodes()[i];
    give(node, kinds_[gone.kind], gone.spot.holdings);
    board_.set(i, std::move(node));
    held_.pop_back();
  }

  void tasks(int rounds) {
    int missed = 0;
    while (missed < 20) missed = place_one() ? 0 : missed + 1;
    for (int k = 0; k < 2000; ++k) release_one(), place_one();  // rankings warm
    std::vector<double> took;
    const double before = seconds_now();
    for (int k = 0; k < rounds; ++k) {
      release_one();
      const double start = seconds_now();
      place_one();
      took.push_back(seconds_now() - start);
    }
    const double all = seconds_now() - before;
    std::ranges::sort(took);
    std::printf(
        "%7zu nodes, %zu tasks held: %8.0f decisions/s with release and commit; a decision p50 %5.1f us, p99 "
        "%6.1f us\n",
        board_.nodes().size(), held_.size(), rounds / all, took[took.size() / 2] * 1e6,
        took[took.size() * 99 / 100] * 1e6);
  }

  void gang() {
    for (std::size_t k = held_.size() / 3; k > 0; --k) release_one();
    Shape shape;
    shape.gpus = Share{8000};
    shape.cpus = Cpus{32'000};
    shape.tasks = shape.nodes = 64;
    std::vector<double> took;
    std::size_t found = 0;
    for (int k = 0; k < 300; ++k) {
      for (int changes = 0; changes < 20; ++changes) release_one(), place_one();
      const double start = seconds_now();
      Space space(board_);
      found += place(space, shape).has_value();
      took.push_back(seconds_now() - start);
    }
    std::ranges::sort(took);
    std::printf(
        "%7zu nodes: a gang of 64 nodes and 512 GPUs, near one another: p50 %5.0f us, p99 %5.0f us (found "
        "%zu of 300)\n",
        board_.nodes().size(), took[150] * 1e6, took[297] * 1e6, found);
  }

 private:
  Rng rng_{1};
  std::vector<Shape> kinds_;
  Board board_;
  std::vector<Held> held_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return Bench(std::atoll(argv[1])).tasks(std::atoi(argv[2])), 0;
  for (const std::int64_t nodes : {1'213, 12'834, 100'000}) {
    Bench bench(nodes);
    bench.tasks(50'000);
    bench.gang();
  }
}
