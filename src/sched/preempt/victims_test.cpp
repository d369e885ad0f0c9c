// SPDX-License-Identifier: Apache-2.0
// The chosen victims against all that could have been chosen, on small random machines.
#include "sched/preempt/victims.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/chance.hpp"
#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

template <class T>
T one_of(Rng& rng, std::initializer_list<T> choices) {
  return choices.begin()[rng.below(choices.size())];
}

struct Scene {
  std::vector<FreeNode> nodes;
  std::vector<Victim> victims;
  Shape shape;
};

/// Three small machines that are filled with jobs, some of which may be stopped.
Scene some_scene(Rng rng, bool one_machine, bool gangs) {
  Scene scene;
  for (std::int64_t n = 1; n <= 3; ++n) {
    FreeNode node{NodeId{n}, true, Cpus{8000}, GiB * 32, {}};
    for (std::int64_t d = 0; d < 4; ++d)
      node.devices.push_back({DeviceId{n * 10 + d}, whole_device, whole_device, GiB * 80, GiB * 80, 0});
    scene.nodes.push_back(node);
  }
  Space space(scene.nodes);
  for (std::int64_t id = 1; id <= 12; ++id) {
    Shape shape;
    shape.gpus = Share{one_of<std::int64_t>(rng, {0, 300, 500, 700, 1000, 1000, 2000, 3000})};
    shape.cpus = Cpus{one_of<std::int64_t>(rng, {100, 1000, 2000, 4000})};
    shape.memory = GiB * one_of<std::int64_t>(rng, {0, 1, 8});
    shape.tasks = gangs && rng.below(4) == 0 ? 2 : 1;
    const auto spots = place(space, shape);
    if (!spots || rng.below(4) == 0) continue;  // this one stays
    scene.victims.push_back({JobId{id}, static_cast<std::int64_t>(1 + rng.below(1000)), shape, *spots});
  }
  for (std::size_t i = 0; i < scene.nodes.size(); ++i) scene.nodes[i] = space.at(i);
  scene.shape.gpus = Share{one_of<std::int64_t>(rng, {0, 300, 700, 1000, 2000, 4000})};
  scene.shape.cpus = Cpus{one_of<std::int64_t>(rng, {100, 1000, 4000})};
  scene.shape.memory = GiB * one_of<std::int64_t>(rng, {0, 4, 16});
  if (!one_machine) {
    scene.shape.tasks = one_of<int>(rng, {2, 3, 4});
    scene.shape.nodes = std::min(one_of<int>(rng, {0, 0, 2, 3}), scene.shape.tasks);
  }
  return scene;
}

/// Every subset.
std::optional<std::int64_t> least_price(const Scene& scene) {
  std::optional<std::int64_t> least;
  for (std::uint32_t set = 0; set < (1u << scene.victims.size()); ++set) {
    Space space(scene.nodes);
    std::int64_t price = 0;
    for (std::size_t v = 0; v < scene.victims.size(); ++v) {
      if (!(set & (1u << v))) continue;
      price += scene.victims[v].price;
      for (const Spot& spot : scene.victims[v].spots) space.give(scene.victims[v].shape, spot);
    }
    if ((!least || price < *least) && GangCount(space, scene.shape).fits()) least = price;
  }
  return least;
}

/// It fits once these are gone, and not while any one of them stays.
void is_proof(const Scene& scene, const Room& room) {
  const auto fits_without = [&](std::optional<JobId> stays) {
    Space space(scene.nodes);
    for (const Victim& victim : scene.victims) {
      if (victim.job == stays || std::ranges::find(room.stops, victim.job) == room.stops.end()) continue;
      for (const Spot& spot : victim.spots) space.give(victim.shape, spot);
    }
    if (stays) return GangCount(space, scene.shape).fits();
    for (const Spot& spot : room.spots) space.take(scene.shape, spot);
    for (std::size_t i = 0; i < space.size(); ++i) {
      RC_ASSERT(space.at(i).cpus >= Cpus{0});
      RC_ASSERT(space.at(i).memory >= Bytes{0});
      for (const FreeDevice& device : space.at(i).devices) RC_ASSERT(device.milli >= Share{0});
    }
    return true;
  };
  RC_ASSERT(std::ssize(room.spots) == scene.shape.tasks);
  RC_ASSERT(fits_without(std::nullopt));
  for (const JobId stop : room.stops) RC_ASSERT(!fits_without(stop));
}

RC_GTEST_PROP(Victims, OfOneMachineTheChoiceIsTheBestThereIs, (std::uint64_t seed)) {
  const Scene scene = some_scene(Rng(seed), true, true);
  const auto room = cheapest_room(Space(scene.nodes), scene.shape, scene.victims);
  const auto least = least_price(scene);
  RC_ASSERT(room.has_value() == least.has_value());
  if (!room) return;
  RC_ASSERT(room->price == *least);
  is_proof(scene, *room);
}

RC_GTEST_PROP(Victims, OfAGangThePriceIsWithinTheStatedFactor, (std::uint64_t seed)) {
  const Scene scene = some_scene(Rng(seed), false, false);
  const auto room = cheapest_room(Space(scene.nodes), scene.shape, scene.victims);
  const auto least = least_price(scene);
  RC_ASSERT(room.has_value() == least.has_value());
  if (!room) return;
  constexpr std::int64_t twelfths[] = {0, 12, 18, 22, 25};  // the sum of 1/k, times 12
  RC_ASSERT(room->price * 12 <= *least * twelfths[scene.shape.tasks]);
  is_proof(scene, *room);
}

RC_GTEST_PROP(Victims, WhereGangsAreStoppedNobodyIsStoppedWithoutNeed, (std::uint64_t seed)) {
  const Scene scene = some_scene(Rng(seed), false, true);
  const auto room = cheapest_room(Space(scene.nodes), scene.shape, scene.victims);
  RC_ASSERT(room.has_value() == least_price(scene).has_value());
  if (room) is_proof(scene, *room);
}

}  // namespace
}  // namespace busbar::sched
