// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/gang.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "sched/fit.hpp"
#include "sched/fit/board.hpp"

namespace busbar::sched {
namespace {

using Able = Board::Able;  // a node that can take its part

const Policy& best_fit_policy() {
  static const PolicyMade policy = best_fit();
  return *policy;
}

std::optional<Choice> choose(const Space& space, std::size_t i, const Shape& task, JobId job) {
  return space.board() ? space.board()->choose(space.at(i), i, task, job)
                       : choose_on(space.at(i), best_fit_policy(), task, job, i);
}

/// Every node that can take `tasks` of it, in the order of nodes.
std::vector<Able> able_nodes(const Space& space, const Shape& shape, int tasks, JobId job) {
  if (space.board() && !shape.is_share())
    return space.board()->all(bundle_of(shape, tasks), job, space.changed());
  std::vector<Able> able;
  std::map<std::uint64_t, std::uint32_t> racks, networks;
  const auto number = [](auto& numbers, std::uint64_t name) {
    return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  const Shape part = bundle_of(shape, shape.is_share() ? 1 : tasks);
  for (std::size_t i = 0; i < space.size(); ++i) {
    const FreeNode& node = space.at(i);
    if (tasks_that_fit(node, shape) < tasks) continue;
    if (const auto choice = choose(space, i, part, job))
      able.push_back({static_cast<std::uint32_t>(i), number(racks, node.rack), number(networks, node.network),
                      choice->score});
  }
  return able;
}

/// Rooms by number: how many nodes in each can take their part.
std::vector<std::size_t> sizes_of(const std::vector<Able>& able, std::uint32_t Able::* room) {
  std::vector<std::size_t> sizes;
  for (const Able& each : able) {
    if (each.*room >= sizes.size()) sizes.resize(each.*room + 1);
    ++sizes[each.*room];
  }
  return sizes;
}

/// Takes whole rooms, largest first, and last the smallest that holds what is still needed: as few rooms as
/// there can be.
void keep_few_rooms(std::vector<Able>& able, std::size_t wanted, std::uint32_t Able::* room) {
  const std::vector<std::size_t> sizes = sizes_of(able, room);
  std::vector<std::size_t> rooms;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] > 0) rooms.push_back(k);
  }
  if (rooms.size() < 2) return;
  std::ranges::sort(rooms, [&](std::size_t a, std::size_t b) {
    return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : a < b;
  });
  std::vector<bool> kept(sizes.size());
  std::size_t left = wanted;
  for (std::size_t k = 0; k < rooms.size() && left > 0; ++k) {
    if (sizes[rooms[k]] < left) {
      kept[rooms[k]] = true;
      left -= sizes[rooms[k]];
      continue;
    }
    std::size_t tightest = k;
    while (tightest + 1 < rooms.size() && sizes[rooms[tightest + 1]] >= left) ++tightest;
    kept[rooms[tightest]] = true;
    break;
  }
  std::erase_if(able, [&](const Able& each) { return !kept[each.*room]; });
}

/// Racks that are needed where these have so many able nodes each.
std::size_t racks_needed(std::vector<std::size_t> sizes, std::size_t wanted) {
  std::ranges::sort(sizes, std::greater<>());
  std::size_t used = 0;
  for (std::size_t held = 0; held < wanted; held += sizes[used++]) {
  }
  return used;
}

/// Of several switches that hold all of it, that with the fewest racks; else as few switches as can be.
void keep_few_switches(std::vector<Able>& able, std::size_t wanted) {
  const std::vector<std::size_t> sizes = sizes_of(able, &Able::network);
  if (std::ranges::count_if(sizes, [](std::size_t size) { return size > 0; }) < 2) return;
  std::vector<std::vector<Able>> by_network(sizes.size());
  for (const Able& each : able) by_network[each.network].push_back(each);
  std::optional<std::pair<std::pair<std::size_t, std::size_t>, std::size_t>> best;  // racks, size, number
  for (std::size_t network = 0; network < sizes.size(); ++network) {
    if (sizes[network] < wanted) continue;
    const std::pair candidate(
        std::pair(racks_needed(sizes_of(by_network[network], &Able::rack), wanted), sizes[network]), network);
    if (!best || candidate < *best) best = candidate;
  }
  if (!best) return keep_few_rooms(able, wanted, &Able::network);
  able = std::move(by_network[best->second]);
}

/// `wanted` of them: near one another, then the best; in order of node id.
std::vector<Able> nearest(std::vector<Able> able, std::size_t wanted) {
  keep_few_switches(able, wanted);
  keep_few_rooms(able, wanted, &Able::rack);
  // Stable: of equal scores the order of nodes decides, in which they stand.
  std::vector<std::size_t> order(able.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(wanted),
                            [&](std::size_t a, std::size_t b) {
                              return able[a].score != able[b].score ? able[a].score > able[b].score : a < b;
                            });
  std::vector<Able> chosen;
  for (std::size_t k = 0; k < wanted; ++k) chosen.push_back(able[order[k]]);
  std::ranges::sort(chosen, {}, &Able::node);
  return chosen;
}

}  // namespace

Shape bundle_of(Shape shape, int tasks) {
  shape.gpus = shape.gpus * tasks;
  shape.cpus = shape.cpus * tasks;
  shape.memory = shape.memory * tasks;
  shape.disk = shape.disk * tasks;
  shape.tasks = 1;
  shape.nodes = 0;
  return shape;
}

int device_on(const Space& space, std::size_t node, const Shape& shape, JobId job) {
  const auto choice = choose(space, node, bundle_of(shape, 1), job);
  return choice ? choice->device : -1;
}

std::vector<GangNode> gang_nodes(const Space& space, const Shape& shape, JobId job) {
  const int even = shape.tasks / shape.nodes;
  const auto extra = static_cast<std::size_t>(shape.tasks % shape.nodes);
  const auto nodes = static_cast<std::size_t>(shape.nodes);
  std::vector<Able> able = able_nodes(space, shape, even, job);
  if (able.size() < nodes) return {};
  std::vector<GangNode> chosen;
  if (extra > 0) {
    std::vector<Able> fuller = able_nodes(space, shape, even + 1, job);
    if (fuller.size() < extra) return {};
    for (const Able& each : nearest(std::move(fuller), extra)) chosen.push_back({each.node, even + 1});
    std::erase_if(able, [&](const Able& each) {
      return std::ranges::any_of(chosen, [&](const GangNode& taken) { return taken.node == each.node; });
    });
  }
  for (const Able& each : nearest(std::move(able), nodes - extra)) chosen.push_back({each.node, even});
  return chosen;
}

}  // namespace busbar::sched
