// SPDX-License-Identifier: Apache-2.0
#include "sched/space.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "sched/fit/board.hpp"

namespace busbar::sched {
namespace {

/// FNV-1a over the name in small letters.
ModelKey model_key(std::string_view name) {
  ModelKey key = 0xcbf29ce484222325u;
  for (const char letter : name) {
    const char small = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    key = (key ^ static_cast<unsigned char>(small)) * 0x100000001b3u;
  }
  return key;
}

/// Of a rack or a switch; 0: not known.
std::uint64_t place_key(const std::string& name) { return name.empty() ? 0 : model_key(name); }

void count_task(FreeNode& node, const Shape& shape, int more) {
  if (shape.gpus > Share{0}) node.tasks[group_by_devices(shape.whole_devices(), shape.is_share())] += more;
}

std::vector<ModelKey> keys_of(const std::vector<std::string>& names) {
  std::vector<ModelKey> keys;
  for (const std::string& name : names) keys.push_back(model_key(name));
  std::ranges::sort(keys);
  return keys;
}

FreeDevice* find(FreeNode& node, DeviceId id) {
  const auto found = std::ranges::find(node.devices, id, &FreeDevice::id);
  return found == node.devices.end() ? nullptr : &*found;
}

}  // namespace

std::vector<ModelKey> model_keys(const std::string& models) {
  std::vector<ModelKey> keys;
  for (std::size_t from = 0; from < models.size();) {
    const std::size_t to = std::min(models.find('|', from), models.size());
    if (to > from) keys.push_back(model_key(std::string_view(models).substr(from, to - from)));
    from = to + 1;
  }
  std::ranges::sort(keys);
  return keys;
}

bool allows(const Standing& machine, Cpus free, bool has_borrowers, const Where& where) {
  return std::ranges::includes(machine.labels, where.labels) &&
         (where.on.empty() || std::ranges::binary_search(where.on, machine.name)) &&
         !std::ranges::binary_search(where.off, machine.name) &&
         (!where.alone || (free == machine.cpus && !has_borrowers));
}

Shape shape_of(const model::JobSpec& spec) {
  return {.gpus = spec.each.gpus,
          .gpu_memory = spec.each.gpu_memory,
          .cpus = spec.each.cpus,
          .memory = spec.each.memory,
          .disk = spec.each.disk,
          .tasks = std::max(spec.tasks, 1),
          .nodes = std::min(spec.nodes, std::max(spec.tasks, 1)),
          .time_limit = spec.time_limit,
          .grace = spec.grace,
          .deadline = spec.deadline,
          .models = model_keys(spec.each.gpu_model),
          .where = {keys_of(spec.where.labels), keys_of(spec.where.on), keys_of(spec.where.off),
                    spec.where.alone, spec.where.per_node}};
}

Shape without_cpus(Shape shape) {
  shape.cpus = Cpus{0};
  return shape;
}

Shape shape_of(const model::JobSpec& spec, const model::Attempt& attempt) {
  return attempt.lent ? without_cpus(shape_of(spec)) : shape_of(spec);
}

Shape resources_of(Shape shape) {
  shape.time_limit = shape.grace = Duration{0};
  shape.deadline = {};
  return shape;
}

FreeNode empty_of(const model::Node& node) {
  FreeNode made{node.facts.id,
                node.state == model::Node::State::up && !node.drain,
                node.facts.cpus,
                node.facts.memory,
                node.facts.disk,
                {},
                {},
                place_key(node.facts.rack),
                place_key(node.facts.switch_name),
                {model_key(node.facts.name), keys_of(node.facts.labels), node.facts.cpus}};
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
                            model_key(device->model), device->link});
    made.standing.has_links = made.standing.has_links || device->link != 0;
  }
  return made;
}

FreeNode free_of(const model::Node& node) {
  FreeNode made = empty_of(node);
  take_held(made, node);
  return made;
}

void take_held(FreeNode& free, const model::Node& node) {
  free.cpus -= node.cpus_held;
  free.memory -= node.memory_held;
  free.disk -= node.disk_held;
  free.alone = node.alone.value != 0;
  free.borrowers = node.idle.borrowers;
  for (const auto& [devices, tasks] : node.tasks)
    free.tasks[group_by_devices(devices, devices == 0)] += tasks;
  for (const auto& [id, holding] : node.held) {
    if (FreeDevice* device = find(free, id)) {
      device->milli -= holding.milli;
      device->memory -= holding.memory;
    }
  }
}

void take(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings) {
  count_task(node, shape, 1);
  node.alone = node.alone || shape.where.alone;
  node.borrowers += shape.cpus == Cpus{0};
  node.cpus -= shape.cpus;
  node.memory -= shape.memory;
  node.disk -= shape.disk;
  for (const model::Holding& holding : holdings) {
    if (FreeDevice* device = find(node, holding.device)) {
      device->milli -= holding.milli;
      device->memory -= holding.memory;
    }
  }
}

void give(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings) {
  count_task(node, shape, -1);
  node.borrowers -= shape.cpus == Cpus{0};
  node.cpus += shape.cpus;
  if (node.cpus == node.standing.cpus) node.alone = false;
  node.memory += shape.memory;
  node.disk += shape.disk;
  for (const model::Holding& holding : holdings) {
    if (FreeDevice* device = find(node, holding.device)) {
      device->milli += holding.milli;
      device->memory += holding.memory;
    }
  }
}

FreeNode least_of(const FreeNode& a, const FreeNode& b) {
  FreeNode least = a;
  least.alone = a.alone || b.alone;
  least.borrowers = std::max(a.borrowers, b.borrowers);
  least.cpus = std::min(a.cpus, b.cpus);
  least.memory = std::min(a.memory, b.memory);
  least.disk = std::min(a.disk, b.disk);
  for (std::size_t i = 0; i < least.devices.size();
       ++i) {  // both are the same node, so the devices stand alike
    least.devices[i].milli = std::min(a.devices[i].milli, b.devices[i].milli);
    least.devices[i].memory = std::min(a.devices[i].memory, b.devices[i].memory);
  }
  return least;
}

Space::Space(const Board& board) : board_(&board), below_(&board.nodes()) {}

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
