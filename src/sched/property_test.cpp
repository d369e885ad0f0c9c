// SPDX-License-Identifier: Apache-2.0
// What must hold in every world, tried in random ones. A failure prints the smallest world found and the line
// that repeats it.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>

#include "base/chance.hpp"
#include "sched/fit.hpp"
#include "sched/pass.hpp"
#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::World;
using Genes = std::vector<std::uint32_t>;

Genes some_genes() {
  return *rc::gen::container<Genes>(rc::gen::inRange<std::uint32_t>(0, std::uint32_t{1} << 31));
}

template <class T>
const T& one_of(Rng& rng, const std::vector<T>& choices) {
  return choices[rng.below(choices.size())];
}

/// A request that mostly fits somewhere, sometimes nowhere.
model::JobSpec some_spec(Rng& rng) {
  model::JobSpec spec;
  spec.command = {"true"};
  spec.each.gpus = Share{one_of<std::int64_t>(rng, {0, 100, 300, 500, 700, 1000, 1000, 2000, 3000})};
  spec.each.cpus = Cpus{one_of<std::int64_t>(rng, {1, 500, 1000, 4000, 9000})};
  spec.each.memory = GiB * one_of<std::int64_t>(rng, {0, 0, 1, 7, 30});
  if (rng.below(6) == 0) spec.each.disk = GiB * one_of<std::int64_t>(rng, {1, 6});
  if (rng.below(6) == 0) spec.each.gpu_memory = GiB * 80;
  if (rng.below(6) == 0) spec.each.gpu_model = rng.below(2) ? "H100" : "a100";
  spec.tasks = one_of<int>(rng, {1, 1, 1, 2, 3, 5});
  spec.nodes = one_of<int>(rng, {0, 0, 0, 1, 2, 3});
  spec.priority = one_of<int>(rng, {0, 0, 0, 1, -1});
  spec.time_limit = std::chrono::seconds(one_of<int>(rng, {0, 10, 60, 60, 300}));
  spec.grace = std::chrono::seconds(one_of<int>(rng, {0, 5}));
  spec.retries = one_of<int>(rng, {0, 1});
  spec.preemptible = rng.below(3) == 0;
  spec.requeue = rng.below(8) != 0;
  spec.warning.asked = rng.below(3) == 0;
  spec.saves_every = std::chrono::seconds(one_of<int>(rng, {0, 0, 20}));
  return spec;
}

const char* const some_machines = "1:4g8c32m10d 2:4g8c32m10d2l@A100 3:2g4c16m40v2l 5:16c64m";

std::vector<model::AttemptId> living(const World& world) {
  std::vector<model::AttemptId> all;
  for (const auto& [id, job] : world.scheduler.cluster().jobs) {
    for (const auto& [attempt_id, attempt] : live_attempts(job)) all.push_back(attempt_id);
  }
  return all;
}

/// One thing happens. World::fold audits the state and compares the indexes; World::step decides twice.
void happens(World& world, std::uint32_t gene) {
  Rng rng(gene);
  const auto jobs = world.scheduler.cluster().next_id.value;
  switch (rng.below(15)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      model::JobSpec spec = some_spec(rng);
      if (rng.below(5) == 0) {
        spec.array.indices = {1, 2, 3, 4};
        spec.array.at_once = one_of<int>(rng, {0, 1, 2});
      }
      const JobId before{jobs - 1};
      if (rng.below(5) == 0 && world.scheduler.cluster().jobs.contains(before)) {
        const auto when = one_of<model::Dependency::When>(
            rng,
            {model::Dependency::When::ok, model::Dependency::When::any, model::Dependency::When::started});
        spec.after.push_back({before, when});
      }
      return world.submit(spec, one_of<std::string>(rng, {"ana", "ben", "cas"}));
    }
    case 4:
    case 5:
    case 6:
      world.step(one_of<std::size_t>(rng, {0, 1, 1000}));
      return;
    case 7:
    case 8: {
      const auto all = living(world);
      if (all.empty()) return;
      model::Finished event{one_of(rng, all), {}, 0};
      event.ending.exit_code = static_cast<int>(rng.below(2));
      if (event.ending.exit_code != 0 && rng.below(3) == 0)
        event.foreign_port = 20000 + static_cast<int>(rng.below(3));
      world.fold(event);
      return;
    }
    case 9: {
      const JobId job{static_cast<std::int64_t>(1 + rng.below(static_cast<std::uint64_t>(jobs)))};
      const auto found = world.scheduler.cluster().jobs.find(job);
      if (found != world.scheduler.cluster().jobs.end() && !found->second.stopping)
        world.stop(static_cast<int>(job.value));
      return;
    }
    case 10: {
      const NodeId node{1 + static_cast<std::int64_t>(rng.below(3))};
      if (!world.scheduler.cluster().nodes.contains(node)) return;
      world.fold(model::DrainAsked{{}, node, rng.below(2) == 0, rng.below(2) == 0, "property"});
      return;
    }
    case 11: {  // those who were told go
      for (const model::AttemptId& id : living(world)) {
        const auto found = world.scheduler.cluster().jobs.find(id.job);
        if (found == world.scheduler.cluster().jobs.end() || !found->second.stopping || rng.below(3) == 0)
          continue;
        model::Finished event{id, {}, 0};
        event.ending.cause = model::Cause::stopped;
        event.ending.signal = rng.below(2) ? SIGKILL : 0;
        world.fold(event);
      }
      return;
    }
    case 13: {  // what is left idle changes
      const auto& nodes = world.scheduler.cluster().nodes;
      const auto node = nodes.find(NodeId{1 + static_cast<std::int64_t>(rng.below(5))});
      if (node == nodes.end() || node->second.state != model::Node::State::up) return;
      const auto held = static_cast<std::uint64_t>(node->second.cpus_held.count);
      world.idle(static_cast<int>(node->first.value), static_cast<double>(rng.below(held + 1)) / 1000,
                 rng.below(4) == 0);
      model::JobSpec borrower = some_spec(rng);
      borrower.preemptible = true;
      borrower.each.gpus = Share{0};
      return world.submit(borrower, "cas");
    }
    case 12:
      if (rng.below(2)) return world.leave(1 + static_cast<int>(rng.below(3)));
      return world.join(one_of<std::string>(
          rng, {"1:4g8c32m", "1:3g8c16m10d", "2:4g4c32m@A100", "3:2g4c16m40v", "4:8g16c"}));
    default:
      world.wait_seconds(static_cast<int>(rng.below(100)));
  }
}

/// Where runs are not left alone for long, and some may be moved.
model::PreemptionRules impatient(std::uint32_t gene) {
  return {.on = gene % 5 != 0,
          .min_run = std::chrono::seconds(gene % 3 * 20),
          .restart = std::chrono::seconds(gene % 2 * 10),
          .moves = gene % 2 ? 500 : 0};
}

RC_GTEST_PROP(Always, NothingIsGivenOutBeyondWhatThereIsAndTheIndexesFollow, (std::uint32_t rules)) {
  World world(some_machines);
  world.set_preemption(impatient(rules));
  for (const std::uint32_t gene : some_genes()) happens(world, gene);
}

RC_GTEST_PROP(Always, WhySaysNextExactlyOfWhatStarts, (std::uint32_t rules)) {
  World world(some_machines);
  world.set_preemption(impatient(rules));
  for (const std::uint32_t gene : some_genes()) happens(world, gene);
  const auto decided = world.scheduler.decide(world.now);
  for (const auto& [id, job] : world.scheduler.cluster().jobs) {
    const auto reason = world.scheduler.why(id, world.now);
    const bool starts = std::ranges::any_of(decided.launches, [&, job_id = id](const model::Launch& launch) {
      return launch.attempt.job == job_id;
    });
    RC_ASSERT(starts == (reason && reason->kind == model::Reason::Kind::next_in_turn));
    RC_ASSERT(reason || job.state == model::JobState::running);
    if (!reason) continue;
    using Kind = model::Reason::Kind;
    if (reason->kind == Kind::busy) RC_ASSERT(reason->scarce != model::Reason::Scarce::none);
    if (reason->kind == Kind::busy && reason->scarce != model::Reason::Scarce::nodes) {
      RC_ASSERT(reason->most_free < reason->wanted);
    }
    if (reason->kind == Kind::behind) RC_ASSERT(reason->jobs.size() == 1u);
    if (reason->kind == Kind::none_that_large) RC_ASSERT(world.scheduler.could_never(*job.spec).has_value());
  }
}

/// A world whose order is that of the ids, which runs on by itself.
class Day {
 public:
  Day(const Genes& genes, std::size_t work, bool exact) : work_(work) {
    world_.set_rules({.order = model::Rules::Order::fifo});
    for (const std::uint32_t gene : genes) {
      Rng rng(gene);
      model::JobSpec spec = some_spec(rng);
      spec.priority = spec.retries = 0;
      if (exact && spec.time_limit == Duration{0}) spec.time_limit = std::chrono::seconds(30);
      if (exact) spec.grace = Duration{0};
      world_.submit(spec, "ana");
      lengths_.push_back(spec.time_limit > Duration{0} && exact ? spec.time_limit : length(spec, rng));
    }
  }

  /// Decides, ends what ends, and so on until nothing runs. `sees` looks at each pass before it is carried
  /// out.
  void run(const std::function<void(const Pass&, Instant)>& sees) {
    for (;;) {
      const Index index(world_.scheduler.cluster());
      Pass pass(world_.scheduler.cluster(), index, world_.now);
      pass.run(work_);
      sees(pass, world_.now);
      for (const model::Launch& launch : pass.launches()) {
        if (launch.attempt.task > 0) continue;
        starts[launch.attempt.job] = world_.now;
        ends_.emplace(world_.now + lengths_[static_cast<std::size_t>(launch.attempt.job.value - 1)],
                      launch.attempt.job);
      }
      world_.step(work_);
      if (ends_.empty()) return;
      world_.now = ends_.begin()->first;
      while (!ends_.empty() && ends_.begin()->first == world_.now) {
        world_.finish(static_cast<int>(ends_.begin()->second.value));
        ends_.erase(ends_.begin());
      }
    }
  }

  std::map<JobId, Instant> starts;

 private:
  static Duration length(const model::JobSpec& spec, Rng& rng) {
    const Duration most =
        spec.time_limit > Duration{0} ? spec.time_limit + spec.grace : std::chrono::minutes(5);
    return Duration{1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most.count())))};
  }

  World world_{some_machines};
  std::size_t work_;
  std::vector<Duration> lengths_;
  std::multimap<Instant, JobId> ends_;
};

RC_GTEST_PROP(Backfill, APromisedStartIsKeptAndNeverMovesBack, ()) {
  Day day(some_genes(), 1000, false);
  std::map<JobId, Instant> promised;
  day.run([&](const Pass& pass, Instant now) {
    for (const model::Launch& launch : pass.launches()) {
      const auto promise = promised.find(launch.attempt.job);
      if (promise != promised.end()) RC_ASSERT(now <= promise->second);
    }
    if (!pass.reservation() || !pass.reservation()->start) return;
    const auto [known, fresh] = promised.emplace(pass.reservation()->job, *pass.reservation()->start);
    RC_ASSERT(*pass.reservation()->start <= known->second);
    known->second = *pass.reservation()->start;
  });
}

RC_GTEST_PROP(Backfill, TheFirstThatWaitsStartsAsSoonAsWithoutIt, ()) {
  const Genes genes = some_genes();
  Day with(genes, 1000, true), without(genes, 0, true);
  std::optional<JobId> head;
  const auto look = [&](const Pass& pass, Instant) {
    if (!head && pass.reservation()) head = pass.reservation()->job;
  };
  with.run(look);
  without.run(look);
  if (!head) return;
  RC_ASSERT(with.starts.at(*head) <= without.starts.at(*head));
  RC_ASSERT(with.starts.size() == without.starts.size());
}

/// Every way to give one task what it wants on this node.
std::vector<std::vector<model::Holding>> ways(const FreeNode& node, const Shape& shape) {
  if (!node.up || !std::ranges::includes(node.standing.labels, shape.where.labels) ||
      node.cpus < shape.cpus || (shape.memory > Bytes{0} && node.memory < shape.memory) ||
      (shape.disk > Bytes{0} && node.disk < shape.disk))
    return {};
  std::vector<model::Holding> usable;
  for (const FreeDevice& device : node.devices) {
    if (!suits(device, shape)) continue;
    if (shape.is_share() && device.milli >= shape.gpus) usable.push_back({device.id, shape.gpus, Bytes{0}});
    if (!shape.is_share() && device.is_whole()) usable.push_back({device.id, device.compute, device.size});
  }
  const auto count = static_cast<std::size_t>(shape.is_share() ? 1 : shape.whole_devices());
  std::vector<std::vector<model::Holding>> all;
  for (std::uint32_t set = 0; set < (1u << usable.size()); ++set) {
    std::vector<model::Holding> chosen;
    for (std::size_t i = 0; i < usable.size(); ++i) {
      if (set & (1u << i)) chosen.push_back(usable[i]);
    }
    if (chosen.size() == count) all.push_back(chosen);
  }
  return all;
}

bool exists(std::vector<FreeNode>& nodes, const Shape& shape, std::vector<int>& counts, int left) {
  if (left == 0) {
    if (shape.nodes == 0) return true;
    std::vector<int> used;
    for (const int count : counts) {
      if (count > 0) used.push_back(count);
    }
    return std::ssize(used) == shape.nodes && std::ranges::max(used) - std::ranges::min(used) <= 1;
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool full = shape.where.per_node > 0 && counts[i] == shape.where.per_node;
    const bool strangers = shape.where.alone && counts[i] == 0 && nodes[i].cpus != nodes[i].standing.cpus;
    if (full || strangers) continue;
    for (const auto& way : ways(nodes[i], shape)) {
      take(nodes[i], shape, way);
      ++counts[i];
      const bool found = exists(nodes, shape, counts, left - 1);
      --counts[i];
      give(nodes[i], shape, way);
      if (found) return true;
    }
  }
  return false;
}

void place_one_gang(Rng rng) {
  std::vector<FreeNode> nodes;
  for (std::int64_t n = 1; n <= 3; ++n) {
    FreeNode node{NodeId{n},
                  rng.below(8) != 0,
                  Cpus{one_of<std::int64_t>(rng, {1000, 3000, 5000})},
                  GiB * one_of<std::int64_t>(rng, {4, 8}),
                  {}};
    node.standing.cpus = node.cpus + Cpus{rng.below(3) ? 0 : 1000};
    if (rng.below(3) == 0) node.standing.labels = {7};
    node.disk = GiB * one_of<std::int64_t>(rng, {0, 5});
    node.standing.has_links = rng.below(2) == 0;
    for (std::int64_t d = 0; d < one_of<std::int64_t>(rng, {0, 1, 2, 3}); ++d) {
      const Share milli{one_of<std::int64_t>(rng, {1000, 1000, 700, 300, 0})};
      const Bytes size = GiB * one_of<std::int64_t>(rng, {40, 80});
      node.devices.push_back(
          {DeviceId{n * 10 + d}, whole_device, milli, size,
           Bytes{size.count / 1000 * milli.count + (milli == whole_device ? size.count % 1000 : 0)},
           model_keys(rng.below(3) ? "h100" : "a100").front(),
           node.standing.has_links ? one_of<int>(rng, {0, 1, 2}) : 0});
    }
    nodes.push_back(node);
  }
  Shape shape;
  shape.gpus = Share{one_of<std::int64_t>(rng, {0, 300, 500, 1000, 2000})};
  shape.cpus = Cpus{one_of<std::int64_t>(rng, {0, 1000, 2000})};
  shape.memory = GiB * one_of<std::int64_t>(rng, {0, 3});
  shape.disk = GiB * one_of<std::int64_t>(rng, {0, 0, 2});
  shape.gpu_memory = GiB * one_of<std::int64_t>(rng, {0, 0, 80});
  shape.tasks = one_of<int>(rng, {1, 2, 3, 4});
  shape.nodes = std::min(one_of<int>(rng, {0, 0, 1, 2, 3}), shape.tasks);
  if (rng.below(3) == 0) shape.models = model_keys("h100");
  if (rng.below(4) == 0) shape.where.labels = {7};
  if (rng.below(4) == 0) shape.where.per_node = one_of<int>(rng, {1, 2});
  if (rng.below(4) == 0) shape.where.alone = true;
  if (shape.where.alone && shape.cpus == Cpus{0}) shape.cpus = Cpus{1000};

  std::vector<FreeNode> tried = nodes;
  std::vector<int> counts(nodes.size());
  const bool expected = exists(tried, shape, counts, shape.tasks);
  Space space(nodes);
  const auto spots = place(space, shape);
  RC_ASSERT(spots.has_value() == expected);
  if (!spots) return;
  RC_ASSERT(std::ssize(*spots) == shape.tasks);
  for (const Spot& spot : *spots) {  // each is one of the ways that are there after those before it
    FreeNode& node = tried[space.find(spot.node)];
    auto all = ways(node, shape);
    const bool is_a_way = std::ranges::any_of(all, [&](const auto& way) {
      return std::ranges::equal(way, spot.holdings, {}, &model::Holding::device, &model::Holding::device) &&
             std::ranges::equal(way, spot.holdings, {}, &model::Holding::milli, &model::Holding::milli);
    });
    RC_ASSERT(is_a_way);
    take(node, shape, spot.holdings);
    ++counts[space.find(spot.node)];
  }
  if (shape.nodes > 0)
    RC_ASSERT(std::ranges::count_if(counts, [](int count) { return count > 0; }) == shape.nodes);
}

RC_GTEST_PROP(Fit, AGangIsPlacedExactlyWhereTryingEverythingFindsAPlace, ()) {
  for (const std::uint32_t gene : some_genes()) place_one_gang(Rng(gene));
}

}  // namespace
}  // namespace busbar::sched
