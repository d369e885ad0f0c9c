// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/gang.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "sched/fit.hpp"
#include "sched/fit/board.hpp"

namespace busbar::sched {
namespace {

/// A node that can take its part.
struct Able {
  std::size_t node;
  std::int64_t score;
  std::uint64_t rack, network;
};

const Policy& best_fit_policy() {
  static const PolicyMade policy = best_fit();
  return *policy;
}

std::optional<Choice> choose(const Space& space, std::size_t i, const Shape& task, JobId job) {
  return space.board() ? space.board()->choose(space.at(i), i, task, job)
                       : choose_on(space.at(i), best_fit_policy(), task, job, i);
}

/// Every node that can take `tasks` of it.
std::vector<Able> able_nodes(const Space& space, const Shape& shape, int tasks, JobId job) {
  std::vector<Able> able;
  const auto add = [&](std::size_t i, std::int64_t score) {
    const FreeNode& node = space.at(i);
    able.push_back({i, score, node.rack, node.network});
  };
  if (space.board() && !shape.is_share()) {
    for (const Board::Best& best : space.board()->all(bundle_of(shape, tasks), job, space.changed()))
      add(best.node, best.choice.score);
    return able;
  }
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (tasks_that_fit(space.at(i), shape) < tasks) continue;
    const auto choice =
        choose(space, i, shape.is_share() ? bundle_of(shape, 1) : bundle_of(shape, tasks), job);
    if (choice) add(i, choice->score);
  }
  return able;
}

/// Takes whole rooms, largest first, and last the smallest that holds what is still needed: as few rooms as
/// there can be. `room` names an Able's room.
template <class Room>
void keep_few_rooms(std::vector<Able>& able, std::size_t wanted, Room room) {
  std::map<std::uint64_t, std::size_t> sizes;
  for (const Able& each : able) ++sizes[room(each)];
  if (sizes.size() < 2) return;
  std::vector<std::pair<std::size_t, std::uint64_t>> rooms;
  for (const auto& [name, size] : sizes) rooms.emplace_back(size, name);
  std::ranges::sort(rooms, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::map<std::uint64_t, bool> kept;
  std::size_t left = wanted;
  for (std::size_t k = 0; k < rooms.size() && left > 0; ++k) {
    if (rooms[k].first < left) {
      kept[rooms[k].second] = true;
      left -= rooms[k].first;
      continue;
    }
    std::size_t tightest = k;
    while (tightest + 1 < rooms.size() && rooms[tightest + 1].first >= left) ++tightest;
    kept[rooms[tightest].second] = true;
    break;
  }
  std::erase_if(able, [&](const Able& each) { return !kept.contains(room(each)); });
}

/// Of several switches that hold all of it, that with the fewest racks; else as few switches as can be.
void keep_few_switches(std::vector<Able>& able, std::size_t wanted) {
  std::map<std::uint64_t, std::map<std::uint64_t, std::size_t>> racks;  // able nodes by rack, by switch
  std::map<std::uint64_t, std::size_t> sizes;
  for (const Able& each : able) ++racks[each.network][each.rack], ++sizes[each.network];
  if (sizes.size() < 2) return;
  std::optional<std::pair<std::pair<std::size_t, std::size_t>, std::uint64_t>> best;  // racks, size, name
  for (const auto& [name, size] : sizes) {
    if (size < wanted) continue;
    std::vector<std::size_t> by_size;
    for (const auto& [rack, count] : racks[name]) by_size.push_back(count);
    std::ranges::sort(by_size, std::greater<>());
    std::size_t used = 0;
    for (std::size_t held = 0; held < wanted; held += by_size[used++]) {
    }
    const std::pair candidate(std::pair(used, size), name);
    if (!best || candidate < *best) best = candidate;
  }
  if (!best) return keep_few_rooms(able, wanted, [](const Able& each) { return each.network; });
  std::erase_if(able, [&](const Able& each) { return each.network != best->second; });
}

/// `wanted` of them: near one another, then the best; in order of node id.
std::vector<Able> nearest(std::vector<Able> able, std::size_t wanted) {
  keep_few_switches(able, wanted);
  keep_few_rooms(able, wanted, [](const Able& each) { return each.rack; });
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
