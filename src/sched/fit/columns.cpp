// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/columns.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "base/chance.hpp"

namespace busbar::sched {

TaskKey key_of(const Shape& task) {
  TaskKey key{task.gpus, task.gpu_memory, task.cpus, task.memory, task.disk, task.models, task.where};
  key.where.per_node = 0;  // of the gang, not of one task
  return key;
}

/// What the node is when nothing is given out, as far as tasks care: CPUs and memory only bound what is free.
NodeType kind_of(const FreeNode& node) {
  NodeType kind;
  for (const FreeDevice& device : node.devices) {
    kind.devices.push_back(
        {static_cast<int>(device.compute.count), device.size.count, device.model, device.link});
    kind.has_links = kind.has_links || device.link != 0;
  }
  return kind;
}

Row row_of(const FreeNode& node, int kind, std::uint16_t* milli) {
  Row row;
  // A machine may come back with less than its tasks hold; who asks for none of it is not concerned.
  row.cpus = std::max<std::int64_t>(node.cpus.count, 0);
  row.memory = std::max<std::int64_t>(node.memory.count, 0);
  row.disk = std::max<std::int64_t>(node.disk.count, 0);
  row.devices = static_cast<std::uint16_t>(node.devices.size());
  row.kind = kind;
  row.up = node.up && !node.alone;
  row.borrowed = node.borrowers > 0;
  for (const FreeDevice& device : node.devices) {
    const std::int64_t free = std::clamp<std::int64_t>(device.milli.count, 0, whole_device.count);
    *milli++ = static_cast<std::uint16_t>(free);
    row.free_milli += free;
    row.largest = std::max(row.largest, static_cast<std::uint16_t>(free));
    if (device.is_whole()) ++row.whole;
  }
  return row;
}

Suitable suitable_on(const NodeType& kind, const Shape& task) {
  Suitable suitable;
  for (const NodeType::Device& device : kind.devices) {
    const bool suits = device.memory >= task.gpu_memory.count &&
                       (task.models.empty() || std::ranges::binary_search(task.models, device.model));
    suitable.devices.push_back(suits);
    suitable.all = suitable.all && suits;
  }
  return suitable;
}

bool fits_devices(const Row& row, const std::uint16_t* milli, const Suitable& suitable, const Ask& ask) {
  int whole = 0;
  bool has_share = false;
  for (std::size_t d = 0; d < row.devices; ++d) {
    if (!suitable.devices[d]) continue;
    whole += milli[d] == whole_device.count;
    has_share = has_share || milli[d] >= ask.share;
  }
  return ask.whole <= whole && (ask.share == 0 || has_share);
}

Columns::Columns(const std::vector<FreeNode>& nodes, std::uint64_t seed)
    : rows_(nodes.size()),
      tasks_(nodes.size()),
      node_(nodes.size()),
      place_(nodes.size()),
      log_(std::bit_ceil(nodes.size() + 1)),
      last_(nodes.size(), -1) {
  std::iota(node_.begin(), node_.end(), std::size_t{0});
  if (seed != 0) {
    std::vector<std::uint64_t> lots;
    for (const FreeNode& node : nodes)
      lots.push_back(Rng(seed * 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(node.id.value)).next());
    std::ranges::sort(node_, {}, [&](std::size_t node) { return std::pair(lots[node], node); });
  }
  std::map<std::uint64_t, std::uint32_t> racks, networks;
  const auto number = [](auto& numbers, std::uint64_t name) {
    return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  for (std::size_t place = 0; place < node_.size(); ++place) {
    const FreeNode& node = nodes[node_[place]];
    standing_.push_back(node.standing);
    racks_.push_back(number(racks, node.rack));
    networks_.push_back(number(networks, node.network));
    place_[node_[place]] = place;
    Row& row = rows_[place];
    row.first = static_cast<std::uint32_t>(milli_.size());
    row.kind = kind_of(node);
    milli_.resize(milli_.size() + node.devices.size());
    set(node_[place], node);
  }
}

int Columns::kind_of(const FreeNode& node) {
  const auto [known, fresh] = numbers_.try_emplace(sched::kind_of(node), static_cast<int>(kinds_.size()));
  if (fresh) kinds_.push_back(&known->first);
  return known->second;
}

void Columns::set(std::size_t node, const FreeNode& free) {
  const std::size_t place = place_[node];
  Row& row = rows_[place];
  const std::uint32_t first = row.first;
  row = row_of(free, row.kind, milli_.data() + first);
  row.first = first;
  tasks_[place] = free.tasks;
  const auto change_at = [&](std::int64_t c) -> Change& {
    return log_[static_cast<std::size_t>(c) & (log_.size() - 1)];
  };
  if (last_[place] >= 0 && remembers(last_[place])) {
    Change& former = change_at(last_[place]);
    former.place = static_cast<std::uint32_t>(size());
    former.cpus = std::numeric_limits<std::int64_t>::min();
  }
  last_[place] = changes_++;
  Change& change = change_at(last_[place]) = Change{.place = static_cast<std::uint32_t>(place)};
  change.cpus = row.up ? row.cpus : std::numeric_limits<std::int64_t>::min();
  change.memory = row.memory;
  change.largest = row.largest;
  const std::uint16_t* milli = this->milli(row);
  change.full = static_cast<std::uint16_t>(
      std::count(milli, milli + row.devices, static_cast<std::uint16_t>(whole_device.count)));
}

}  // namespace busbar::sched
