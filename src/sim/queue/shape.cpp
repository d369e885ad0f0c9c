// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/shape.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

constexpr std::size_t most_known = 1 << 16;  // beyond, all are forgotten: memory stays bounded

/// How many tasks, each of how many.
struct Division {
  std::int64_t tasks = 1, each = 0;
};
Division divided(std::int64_t wanted, std::int64_t of_a_node) {
  if (wanted <= of_a_node) return {1, wanted};
  if (wanted % of_a_node == 0) return {wanted / of_a_node, of_a_node};
  return {wanted, 1};
}

bool holds_all_models(const Limits& limits, const std::string& models) {
  return std::ranges::any_of(text::split(models, '|'), [&](const std::string& model) {
    return limits.models.contains(text::lower(text::trim(model)));
  });
}

/// What the tasks take beside GPUs when they are divided anew: an equal part of all, and of a node no more
/// than the part of it that their GPUs are.
void divide_rest(model::JobSpec& spec, const model::JobSpec& asked, const Limits& limits,
                 std::int64_t on_a_node) {
  const std::int64_t tasks = spec.tasks;
  spec.each.cpus = {
      std::min(asked.each.cpus.count * asked.tasks / tasks, limits.node_cpus * 1000 / on_a_node)};
  spec.each.memory = {
      std::min(asked.each.memory.count * asked.tasks / tasks, limits.node_memory.count / on_a_node)};
}

void divide_gpus(model::JobSpec& spec, const model::JobSpec& asked, const Limits& limits) {
  const std::int64_t wanted = std::min(asked.each.gpus.count / whole_device.count * asked.tasks, limits.gpus);
  const Division division = divided(wanted, limits.node_gpus);
  spec.tasks = int(division.tasks);
  spec.nodes = 0;
  spec.each.gpus = whole_device * division.each;
  divide_rest(spec, asked, limits, std::max<std::int64_t>(limits.node_gpus / division.each, 1));
}

void divide_cpus(model::JobSpec& spec, const model::JobSpec& asked, const Limits& limits) {
  const std::int64_t wanted = std::min((asked.each.cpus.count * asked.tasks + 999) / 1000, limits.cpus);
  const Division division = divided(std::max<std::int64_t>(wanted, 1), limits.node_cpus);
  spec.tasks = int(division.tasks);
  spec.nodes = 0;
  const std::int64_t on_a_node = std::max<std::int64_t>(limits.node_cpus / division.each, 1);
  divide_rest(spec, asked, limits, on_a_node);
  spec.each.cpus = {division.each * 1000};
}

}  // namespace

Limits limits_of(const Pool& pool) {
  Limits limits;
  limits.nodes = std::int64_t(pool.nodes.size());
  for (const model::NodeFacts& node : pool.nodes) {
    const std::int64_t gpus = std::int64_t(node.devices.size()), cpus = node.cpus.count / 1000;
    limits.node_gpus = std::max(limits.node_gpus, gpus);
    limits.node_cpus = std::max(limits.node_cpus, cpus);
    limits.node_memory = std::max(limits.node_memory, node.memory);
    limits.gpus += gpus;
    limits.cpus += cpus;
    for (const model::Device& device : node.devices) limits.models.insert(text::lower(device.model));
  }
  return limits;
}

Shaped shaped(const std::shared_ptr<const model::JobSpec>& asked, const Limits& limits) {
  const std::int64_t gpus = asked->each.gpus.count, tasks = asked->tasks;
  const bool share = gpus > 0 && gpus < whole_device.count;
  Shaped made;
  auto spec = std::make_shared<model::JobSpec>(*asked);
  made.any_model =
      gpus > 0 && !asked->each.gpu_model.empty() && !holds_all_models(limits, asked->each.gpu_model);
  if (made.any_model) spec->each.gpu_model.clear();

  const bool more_gpus = gpus / whole_device.count * tasks > limits.gpus && !share;
  const bool more_cpus = asked->each.cpus.count * tasks > limits.cpus * 1000;
  made.clamped = more_gpus || more_cpus;
  const bool holds = gpus <= limits.node_gpus * whole_device.count &&
                     asked->each.cpus.count <= limits.node_cpus * 1000 &&
                     asked->each.memory <= limits.node_memory && asked->nodes <= limits.nodes;
  if (!holds || made.clamped) {
    if (gpus > 0 && !share && limits.gpus > 0) {
      divide_gpus(*spec, *asked, limits);
    } else if (gpus == 0) {
      divide_cpus(*spec, *asked, limits);
    }
  }
  spec->each.cpus = std::max(spec->each.cpus, Cpus{1});  // a job is never without any
  made.spec = std::move(spec);
  return made;
}

const Shaped& Shaper::of(const std::shared_ptr<const model::JobSpec>& asked) {
  if (known_.size() >= most_known && !known_.contains(asked)) known_.clear();
  Shaped& known = known_[asked];
  if (!known.spec) known = shaped(asked, limits_);
  return known;
}

}  // namespace busbar::sim
