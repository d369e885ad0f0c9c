// SPDX-License-Identifier: Apache-2.0
#include "sched/space.hpp"

#include <algorithm>
#include <set>

namespace busbar::sched {
namespace {

std::string small_letters(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

FreeDevice* find(FreeNode& node, DeviceId id) {
  const auto found = std::ranges::find(node.devices, id, &FreeDevice::id);
  return found == node.devices.end() ? nullptr : &*found;
}

}  // namespace

Shape shape_of(const model::JobSpec& spec) {
  return {.gpus = spec.each.gpus,
          .gpu_memory = spec.each.gpu_memory,
          .cpus = spec.each.cpus,
          .memory = spec.each.memory,
          .tasks = std::max(spec.tasks, 1),
          .nodes = std::min(spec.nodes, std::max(spec.tasks, 1)),
          .time_limit = spec.time_limit,
          .grace = spec.grace,
          .model = small_letters(spec.each.gpu_model)};
}

Shape resources_of(Shape shape) {
  shape.time_limit = shape.grace = Duration{0};
  return shape;
}

FreeNode empty_of(const model::Node& node) {
  FreeNode made{node.facts.id,
                node.state == model::Node::State::up && !node.drain,
                node.facts.cpus,
                node.facts.memory,
                {}};
  std::set<DeviceId> divided;
  for (const model::Device& device : node.facts.devices) divided.insert(device.parent);
  std::vector<const model::Device*> given;
  for (const model::Device& device : node.facts.devices) {
    if (!divided.contains(device.id)) given.push_back(&device);
  }
  std::ranges::sort(given, {},
                    [](const model::Device* device) { return std::pair(device->index, device->id); });
  for (const model::Device* device : given) {
    made.devices.push_back({device->id, device->compute, device->compute, device->memory, device->memory,
                            small_letters(device->model)});
  }
  return made;
}

FreeNode free_of(const model::Node& node) {
  FreeNode made = empty_of(node);
  made.cpus -= node.cpus_held;
  made.memory -= node.memory_held;
  for (const auto& [id, holding] : node.held) {
    if (FreeDevice* device = find(made, id)) {
      device->milli -= holding.milli;
      device->memory -= holding.memory;
    }
  }
  return made;
}

void take(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings) {
  node.cpus -= shape.cpus;
  node.memory -= shape.memory;
  for (const model::Holding& holding : holdings) {
    if (FreeDevice* device = find(node, holding.device)) {
      device->milli -= holding.milli;
      device->memory -= holding.memory;
    }
  }
}

void give(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings) {
  node.cpus += shape.cpus;
  node.memory += shape.memory;
  for (const model::Holding& holding : holdings) {
    if (FreeDevice* device = find(node, holding.device)) {
      device->milli += holding.milli;
      device->memory += holding.memory;
    }
  }
}

FreeNode least_of(const FreeNode& a, const FreeNode& b) {
  FreeNode least = a;
  least.cpus = std::min(a.cpus, b.cpus);
  least.memory = std::min(a.memory, b.memory);
  for (std::size_t i = 0; i < least.devices.size();
       ++i) {  // both are the same node, so the devices stand alike
    least.devices[i].milli = std::min(a.devices[i].milli, b.devices[i].milli);
    least.devices[i].memory = std::min(a.devices[i].memory, b.devices[i].memory);
  }
  return least;
}

const FreeNode& Space::at(std::size_t i) const {
  if (changed_.empty()) return (*below_)[i];
  const auto found = changed_.find(i);
  return found == changed_.end() ? (*below_)[i] : found->second;
}

FreeNode& Space::change(std::size_t i) { return changed_.try_emplace(i, (*below_)[i]).first->second; }

std::size_t Space::find(NodeId node) const {
  const auto found = std::ranges::lower_bound(*below_, node, {}, &FreeNode::id);
  return found != below_->end() && found->id == node ? static_cast<std::size_t>(found - below_->begin())
                                                     : size();
}

void Space::take(const Shape& shape, const Spot& spot) {
  if (const std::size_t i = find(spot.node); i < size()) sched::take(change(i), shape, spot.holdings);
}

void Space::give(const Shape& shape, const Spot& spot) {
  if (const std::size_t i = find(spot.node); i < size()) sched::give(change(i), shape, spot.holdings);
}

}  // namespace busbar::sched
