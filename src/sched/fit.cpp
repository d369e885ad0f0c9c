// SPDX-License-Identifier: Apache-2.0
#include "sched/fit.hpp"

#include <algorithm>
#include <tuple>

#include "base/check.hpp"

namespace busbar::sched {
namespace {

/// What a node would be left with after one more task; the least is the best fit. First comes what a share
/// leaves of its device, so that none breaks into a whole one while a started one has room.
using Rest = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::size_t>;

std::int64_t times(std::int64_t free, std::int64_t each) { return free < 0 ? 0 : free / each; }

/// The fullest device on which the share still fits; of equals the first.
const FreeDevice* device_for_share(const FreeNode& node, const Shape& shape) {
  const FreeDevice* best = nullptr;
  for (const FreeDevice& device : node.devices) {
    if (suits(device, shape) && device.milli >= shape.gpus && (!best || device.milli < best->milli))
      best = &device;
  }
  return best;
}

Rest rest_of(const FreeNode& node, const Shape& shape, std::size_t i) {
  std::int64_t whole = -shape.whole_devices(), parts = 0;
  for (const FreeDevice& device : node.devices) {
    if (device.is_whole()) {
      ++whole;
    } else {
      parts += device.milli.count;
    }
  }
  std::int64_t left = 0;
  if (const FreeDevice* device = shape.is_share() ? device_for_share(node, shape) : nullptr) {
    left = (device->milli - shape.gpus).count;
    whole -= device->is_whole() ? 1 : 0;
    parts += device->is_whole() ? left : -shape.gpus.count;
  }
  return {left, whole, parts, (node.cpus - shape.cpus).count, i};
}

/// What one task holds on a node that can take it.
std::vector<model::Holding> holdings_on(const FreeNode& node, const Shape& shape) {
  std::vector<model::Holding> holdings;
  if (shape.is_share()) {
    const FreeDevice* device = device_for_share(node, shape);
    BUSBAR_CHECK(device, "a task was placed on a node without a device for it");
    // Rounded down, so that shares that fill a device never need more memory than it has. In whole KiB the
    // product stays far from the end of 64 bits: 2^53 bytes on one device.
    const std::int64_t part = device->size.count / 1024 * shape.gpus.count / device->compute.count * 1024;
    holdings.push_back({device->id, shape.gpus, std::min(Bytes{part}, device->memory)});
    return holdings;
  }
  for (const FreeDevice& device : node.devices) {
    if (std::ssize(holdings) == shape.whole_devices()) break;
    if (suits(device, shape) && device.is_whole())
      holdings.push_back({device.id, device.compute, device.size});
  }
  return holdings;
}

/// A node and what each of its tasks holds.
struct Part {
  std::size_t node;
  std::vector<std::vector<model::Holding>> tasks;
};

void fill(Space& space, const Shape& shape, Part& part, int tasks) {
  FreeNode& node = space.change(part.node);
  for (; tasks > 0; --tasks) {
    part.tasks.push_back(holdings_on(node, shape));
    take(node, shape, part.tasks.back());
  }
}

/// Wherever they fit: task by task, each where it leaves least.
std::vector<Part> pack(Space& space, const Shape& shape) {
  std::vector<Part> parts;
  for (int left = shape.tasks; left > 0;) {
    std::optional<Rest> best;
    for (std::size_t i = 0; i < space.size(); ++i) {
      if (tasks_that_fit(space.at(i), shape) == 0) continue;
      const Rest rest = rest_of(space.at(i), shape, i);
      if (!best || rest < *best) best = rest;
    }
    BUSBAR_CHECK(best, "a gang that was counted to fit does not");
    const std::size_t node = std::get<std::size_t>(*best);
    // Whole devices and CPUs: the node that was left with least is so again, until it is full. A share looks
    // anew.
    const int here = shape.is_share() ? 1 : std::min(left, tasks_that_fit(space.at(node), shape));
    auto part = std::ranges::find(parts, node, &Part::node);
    if (part == parts.end()) part = parts.insert(parts.end(), {node, {}});
    fill(space, shape, *part, here);
    left -= here;
  }
  return parts;
}

/// Over exactly so many nodes, evenly: those that take one task more come first.
std::vector<Part> spread(Space& space, const Shape& shape, const GangCount& count) {
  const int even = shape.tasks / shape.nodes, extra = shape.tasks % shape.nodes;
  std::vector<Rest> able;
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (count.on(i) >= even) able.push_back(rest_of(space.at(i), shape, i));
  }
  std::ranges::sort(able);
  std::vector<Part> parts;
  std::vector<bool> chosen(space.size());
  const auto choose = [&](int nodes, int tasks) {
    const auto first = std::ssize(parts);
    for (const Rest& rest : able) {
      if (nodes == 0) break;
      const std::size_t i = std::get<std::size_t>(rest);
      if (chosen[i] || count.on(i) < tasks) continue;
      chosen[i] = true;
      parts.push_back({i, {}});
      --nodes;
    }
    BUSBAR_CHECK(nodes == 0, "a gang that was counted to fit does not");
    std::ranges::sort(parts.begin() + first, parts.end(), {}, &Part::node);
    for (auto part = parts.begin() + first; part != parts.end(); ++part) fill(space, shape, *part, tasks);
  };
  choose(extra, even + 1);
  choose(shape.nodes - extra, even);
  return parts;
}

}  // namespace

bool suits(const FreeDevice& device, const Shape& shape) {
  return (shape.model.empty() || device.model == shape.model) && device.size >= shape.gpu_memory;
}

int tasks_that_fit(const FreeNode& node, const Shape& shape) {
  if (!node.up) return 0;
  std::int64_t most = shape.tasks;
  if (shape.cpus > Cpus{0}) most = std::min(most, times(node.cpus.count, shape.cpus.count));
  if (shape.memory > Bytes{0}) most = std::min(most, times(node.memory.count, shape.memory.count));
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

std::optional<std::vector<Spot>> place(Space& space, const Shape& shape) {
  const GangCount count(space, shape);
  if (!count.fits()) return std::nullopt;
  std::vector<Spot> spots;
  for (Part& part : shape.nodes > 0 ? spread(space, shape, count) : pack(space, shape)) {
    for (auto& holdings : part.tasks) spots.push_back({space.at(part.node).id, std::move(holdings)});
  }
  return spots;
}

}  // namespace busbar::sched
