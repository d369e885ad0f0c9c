// SPDX-License-Identifier: Apache-2.0
#include "sched/fit.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "sched/fit/board.hpp"
#include "sched/fit/gang.hpp"
#include "sched/fit/links.hpp"

namespace busbar::sched {
namespace {

std::int64_t times(std::int64_t free, std::int64_t each) { return free < 0 ? 0 : free / each; }

/// Where one task goes, and the device that its share is of.
struct Home {
  std::size_t node;
  int device;
};

/// On bare nodes, by best fit.
std::optional<Home> home_on_nodes(const Space& space, const Shape& task) {
  static const PolicyMade policy = best_fit();
  std::optional<Home> home;
  std::int64_t best = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const auto choice = choose_on(space.at(i), *policy, task, JobId{}, i);
    if (!choice || (home && choice->score <= best)) continue;
    home = Home{i, choice->device};
    best = choice->score;
  }
  return home;
}

std::optional<Home> home_for(const Space& space, const Shape& task, JobId job) {
  if (!space.board()) return home_on_nodes(space, task);
  const auto best = space.board()->best(task, job, space.changed());
  return best ? std::optional(Home{best->node, best->choice.device}) : std::nullopt;
}

model::Holding share_held(const FreeNode& node, const Shape& shape, int share_of) {
  BUSBAR_CHECK(share_of >= 0, "a task was placed on a node without a device for it");
  const FreeDevice& device = node.devices[static_cast<std::size_t>(share_of)];
  // Rounded down, so that shares that fill a device never need more memory than it has. In whole KiB the
  // product stays far from the end of 64 bits: 2^53 bytes on one device.
  const std::int64_t part = device.size.count / 1024 * shape.gpus.count / device.compute.count * 1024;
  return {device.id, shape.gpus, std::min(Bytes{part}, device.memory)};
}

/// What tasks hold, one after another, on a node that can take them all.
std::vector<model::Holding> whole_held(const FreeNode& node, const Shape& shape, int tasks) {
  std::vector<model::Holding> holdings;
  const auto count = static_cast<std::size_t>(shape.whole_devices() * tasks);
  holdings.reserve(count);
  const auto hold = [&](const FreeDevice& device) {
    holdings.push_back({device.id, device.compute, device.size});
  };
  if (node.standing.has_links && count > 0) {
    for (const std::size_t d : linked_devices(node, shape, count)) hold(node.devices[d]);
    return holdings;
  }
  for (const FreeDevice& device : node.devices) {
    if (holdings.size() == count) break;
    if (suits(device, shape) && device.is_whole()) hold(device);
  }
  return holdings;
}

/// What one task holds on a node that can take it.
std::vector<model::Holding> holdings_on(const FreeNode& node, const Shape& shape, int share_of) {
  if (shape.is_share()) return {share_held(node, shape, share_of)};
  return whole_held(node, shape, 1);
}

bool is_free(const FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings) {
  return node.up && node.cpus >= shape.cpus && node.memory >= shape.memory && node.disk >= shape.disk &&
         std::ranges::all_of(holdings, [&](const model::Holding& holding) {
           const auto device = std::ranges::find(node.devices, holding.device, &FreeDevice::id);
           return device != node.devices.end() && device->milli >= holding.milli &&
                  device->memory >= holding.memory;
         });
}

/// A node and what each of its tasks holds.
struct Part {
  std::size_t node;
  std::vector<std::vector<model::Holding>> tasks;
};

Part& part_on(std::vector<Part>& parts, std::size_t node) {
  const auto part = std::ranges::find(parts, node, &Part::node);
  return part != parts.end() ? *part : parts.emplace_back(Part{node, {}});
}

/// The first task holds `share_of`, if it is a share; the others look anew.
void fill(Space& space, const Shape& shape, Part& part, int tasks, int share_of, JobId job) {
  Shape inner = shape;  // its own tasks are no strangers to each other
  inner.where = {};
  FreeNode& node = space.change(part.node);
  const auto all = shape.is_share() ? std::vector<model::Holding>{} : whole_held(node, shape, tasks);
  for (int k = 0; k < tasks; ++k) {
    if (shape.is_share()) {
      if (k > 0) share_of = device_on(space, part.node, inner, job);
      part.tasks.push_back({share_held(node, shape, share_of)});
    } else {
      const auto first = all.begin() + k * static_cast<std::ptrdiff_t>(shape.whole_devices());
      part.tasks.emplace_back(first, first + static_cast<std::ptrdiff_t>(shape.whole_devices()));
    }
    take(node, inner, part.tasks.back());
  }
  node.alone = shape.where.alone;
}

/// Wherever they fit: task by task, each where the policy likes it best.
std::vector<Part> pack(Space& space, const Shape& shape, JobId job) {
  std::vector<Part> parts;
  const bool once = shape.where.alone || shape.where.per_node > 0;  // each node gets all of its tasks at once
  for (int left = shape.tasks; left > 0;) {
    const auto home = home_for(space, shape, job);
    if (!home && parts.empty()) return parts;
    BUSBAR_CHECK(home, "a gang that was counted to fit does not");
    // Tasks of a gang stand together: whole devices and CPUs go on where the first went, until it is full. A
    // share looks anew.
    const int here =
        shape.is_share() && !once ? 1 : std::min(left, tasks_that_fit(space.at(home->node), shape));
    fill(space, shape, part_on(parts, home->node), here, home->device, job);
    if (once) space.change(home->node).up = false;
    left -= here;
  }
  if (once) {
    for (const Part& part : parts) space.change(part.node).up = true;
  }
  return parts;
}

/// Over exactly so many nodes, evenly: those that take one task more come first.
std::vector<Part> spread(Space& space, const Shape& shape, JobId job) {
  std::vector<Part> parts;
  for (const GangNode& node : gang_nodes(space, shape, job)) {
    parts.push_back({node.node, {}});
    fill(space, shape, parts.back(), node.tasks,
         shape.is_share() ? device_on(space, node.node, shape, job) : -1, job);
  }
  return parts;
}

/// Tasks on the entirely free node that takes most of them; 0: none is entirely free.
int most_on_a_free_node(const Space& space, const Shape& shape) {
  int most = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const FreeNode& node = space.at(i);
    const bool free = std::ranges::all_of(node.devices, [](const FreeDevice& device) {
      return device.milli == device.compute && device.memory == device.size;
    });
    if (free) most = std::max(most, tasks_that_fit(node, shape));
  }
  return most;
}

/// As Helios consolidates: entirely free nodes, and one more for the rest. The largest are filled first, so
/// that what fits at all fits so on empty machines of any sizes.
std::vector<Part> consolidated(Space& space, const Shape& shape, JobId job) {
  std::vector<Part> parts;
  for (int left = shape.tasks; left > 0;) {
    const int full = most_on_a_free_node(space, shape);
    const int tasks = full > 0 ? std::min(left, full) : left;
    const auto home = home_for(space, bundle_of(shape, tasks), job);
    if (!home) {
      for (const Part& part : parts)
        for (const auto& holdings : part.tasks) give(space.change(part.node), shape, holdings);
      return {};
    }
    parts.push_back({home->node, {}});
    fill(space, shape, parts.back(), tasks, -1, job);
    left -= tasks;
  }
  return parts;
}

/// A job of one task, the most common one.
std::optional<std::vector<Spot>> place_one(Space& space, const Shape& task, JobId job) {
  const auto home = home_for(space, task, job);
  if (!home) return std::nullopt;
  FreeNode& node = space.change(home->node);
  std::vector<Spot> spots(1);
  spots.front() = {node.id, holdings_on(node, task, home->device)};
  take(node, task, spots.front().holdings);
  return spots;
}

std::vector<Part> parts_for(Space& space, const Shape& shape, JobId job) {
  if (shape.nodes > 0) return spread(space, shape, job);
  if (shape.tasks > 1 && shape.whole_devices() > 0 && shape.where == Where{} && space.board() &&
      space.board()->consolidates())
    return consolidated(space, shape, job);
  if (shape.tasks > 1 && !GangCount(space, shape).fits()) return {};
  return pack(space, shape, job);
}

}  // namespace

bool suits(const FreeDevice& device, const Shape& shape) {
  return device.size >= shape.gpu_memory &&
         (shape.models.empty() || std::ranges::binary_search(shape.models, device.model));
}

int tasks_that_fit(const FreeNode& node, const Shape& shape) {
  if (!node.up || node.alone || !allows(node.standing, node.cpus, node.borrowers > 0, shape.where)) return 0;
  std::int64_t most = shape.tasks;
  if (shape.where.per_node > 0) most = std::min<std::int64_t>(most, shape.where.per_node);
  if (shape.cpus > Cpus{0}) most = std::min(most, times(node.cpus.count, shape.cpus.count));
  if (shape.memory > Bytes{0}) most = std::min(most, times(node.memory.count, shape.memory.count));
  if (shape.disk > Bytes{0}) most = std::min(most, times(node.disk.count, shape.disk.count));
  if (shape.gpus == Share{0} || most == 0) return static_cast<int>(most);
  std::int64_t devices = 0;
  for (const FreeDevice& device : node.devices) {
    if (!suits(device, shape)) continue;
    if (shape.is_share()) {
      devices += times(device.milli.count, shape.gpus.count);
    } else if (device.is_whole()) {
      ++devices;
    }
  }
  return static_cast<int>(std::min(most, shape.is_share() ? devices : devices / shape.whole_devices()));
}

GangCount::GangCount(const Space& space, const Shape& shape) : shape_(shape), counts_(space.size()) {
  if (shape.nodes > 0) {
    part_ = shape.tasks / shape.nodes;
    extra_ = shape.tasks % shape.nodes;
  }
  // Of a single task the board may know at once that it fits nowhere.
  if (shape.tasks == 1 && space.board() && space.board()->able(shape, {}, space.changed()) == 0) return;
  for (std::size_t i = 0; i < space.size(); ++i) add(counts_[i] = tasks_that_fit(space.at(i), shape), 1);
}

void GangCount::add(int count, int sign) {
  total_ += count * sign;
  if (shape_.nodes == 0 || count < part_) return;
  (count > part_ ? fuller_ : even_) += sign;
}

void GangCount::recount(const Space& space, std::size_t node) {
  add(counts_[node], -1);
  add(counts_[node] = tasks_that_fit(space.at(node), shape_), 1);
}

int GangCount::plain_nodes() const {
  return std::min(even_ + std::max(fuller_ - extra_, 0), shape_.nodes - extra_);
}

int GangCount::tasks() const {
  if (shape_.nodes == 0) return static_cast<int>(std::min<std::int64_t>(total_, shape_.tasks));
  return std::min(fuller_, extra_) * (part_ + 1) + plain_nodes() * part_;
}

std::optional<std::vector<Spot>> place(Space& space, const Shape& shape, JobId job) {
  if (shape.tasks == 1 && shape.nodes == 0) return place_one(space, shape, job);
  std::vector<Spot> spots;
  for (Part& part : parts_for(space, shape, job)) {
    for (auto& holdings : part.tasks) spots.push_back({space.at(part.node).id, std::move(holdings)});
  }
  if (spots.empty()) return std::nullopt;
  return spots;
}

bool take_all(Space& space, const Shape& shape, const std::vector<Spot>& spots) {
  Space tried = space;
  for (const Spot& spot : spots) {
    const std::size_t node = tried.find(spot.node);
    if (node == tried.size() || !is_free(tried.at(node), shape, spot.holdings)) return false;
    const FreeNode& before = space.at(node);  // its own tasks are no strangers
    if (before.alone || !allows(before.standing, before.cpus, before.borrowers > 0, shape.where))
      return false;
    tried.take(shape, spot);
  }
  space = std::move(tried);
  return true;
}

}  // namespace busbar::sched
