// SPDX-License-Identifier: Apache-2.0
// sbatch_shares.cpp: Slurm asks for memory by node and for GPUs by node or in all; Busbar gives to tasks.
// Here the one becomes the other, and what cannot be shared out evenly is refused with the numbers that can.
#include <algorithm>

#include "base/text.hpp"
#include "wire/place.hpp"
#include "wire/sbatch_options.hpp"

namespace busbar::wire {
namespace {

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "8 GPUs for 3 tasks cannot be shared evenly; 6 or 9 GPUs would be right".
Error uneven(const std::string& where, std::int64_t gpus, std::int64_t tasks, const std::string& scope) {
  const std::int64_t below = gpus / tasks * tasks;
  const std::string right = (below > 0 ? std::to_string(below) + " or " : "") + counted(below + tasks, "GPU");
  return at(where, invalid("found " + counted(gpus, "GPU") + " for " + counted(tasks, "task") + scope + "; " +
                           right + " would be right"));
}

}  // namespace

std::int64_t SbatchOptions::tasks_on_a_node() const {
  const model::JobSpec& spec = into_.spec;
  return spec.nodes == 0 ? spec.tasks : (spec.tasks + spec.nodes - 1) / spec.nodes;
}

Status SbatchOptions::finish() {
  model::JobSpec& spec = into_.spec;
  if (nodes_.value) spec.nodes = *nodes_.value;
  if (tasks_.value) spec.tasks = *tasks_.value;
  // As sbatch has it: so many tasks on each node, one where none is told, and as many tasks as the GPUs of
  // one task go into all GPUs.
  else if (tasks_of_node_.value)
    spec.tasks = std::max(spec.nodes, 1) * *tasks_of_node_.value;
  else if (spec.tasks < spec.nodes)
    spec.tasks = spec.nodes;
  if (tasks_of_node_.value) spec.where.per_node = *tasks_of_node_.value;
  if (!tasks_.value && !nodes_.value && !tasks_of_node_.value && gpus_in_all_.value && gpus_of_task_.value &&
      gpus_of_task_.value->gpus.count > 0) {
    spec.tasks = static_cast<int>(
        std::max<std::int64_t>(1, gpus_in_all_.value->gpus.count / gpus_of_task_.value->gpus.count));
  }
  if (spec.nodes > spec.tasks) {
    return at(nodes_.value ? nodes_.where : tasks_.where,
              invalid("found " + counted(spec.nodes, "node") + " for " + counted(spec.tasks, "task") +
                      "; at most as many nodes as tasks would be right"));
  }
  const std::int64_t least = spec.nodes > 0 ? tasks_on_a_node() : 1;
  if (tasks_of_node_.value && *tasks_of_node_.value < least) {
    return at(tasks_of_node_.where,
              invalid("found " + counted(*tasks_of_node_.value, "task") + " on a node for " +
                      counted(spec.tasks, "task") + " on " + counted(spec.nodes, "node") + "; at least " +
                      std::to_string(least) + " would be right"));
  }
  if (const Status gpus = finish_gpus(); !gpus) return gpus;
  finish_bytes(memory_of_node_, spec.each.memory);
  finish_bytes(disk_of_node_, spec.each.disk);
  return Done{};
}

Status SbatchOptions::finish_gpus() {
  model::JobSpec& spec = into_.spec;
  Share each = spec.each.gpus;
  std::string model = spec.each.gpu_model, first;  // `first`: the option that settled `each`
  const auto settle = [&](const Wish<GpuRequest>& wish, Share share) -> Status {
    if (!first.empty() && share != each) {
      return at(wish.where,
                invalid("gives each task " + text::show(share) + " GPUs, but " + first + " gives it " +
                        text::show(each) + "; one of the two, or both alike, would be right"));
    }
    if (!wish.value->model.empty() && !first.empty() && !model.empty() &&
        text::lower(model) != text::lower(wish.value->model)) {
      return at(wish.where, invalid("found the model " + text::quote(wish.value->model) + ", but " + first +
                                    " has " + text::quote(model) + "; one of the two would be right"));
    }
    // A new request replaces an older one whole; of two in one list the one that names a model counts.
    if (first.empty() || !wish.value->model.empty()) model = wish.value->model;
    each = share;
    first = wish.where;
    return Done{};
  };
  if (gpus_of_task_.value) {
    if (const Status done = settle(gpus_of_task_, gpus_of_task_.value->gpus); !done) return done;
  }
  if (gpus_of_node_.value) {
    const std::int64_t gpus = gpus_of_node_.value->gpus.count / whole_device.count, tasks = tasks_on_a_node();
    if (spec.nodes > 0 && spec.tasks % spec.nodes != 0 && gpus > 0) {
      return at(gpus_of_node_.where,
                invalid("found GPUs by node for " + counted(spec.tasks, "task") + " on " +
                        counted(spec.nodes, "node") +
                        "; a number of tasks that divides evenly, or --gpus-per-task, would be right"));
    }
    if (gpus % tasks != 0) return uneven(gpus_of_node_.where, gpus, tasks, " on one node");
    if (const Status done = settle(gpus_of_node_, whole_device * (gpus / tasks)); !done) return done;
  }
  if (gpus_in_all_.value) {
    const std::int64_t gpus = gpus_in_all_.value->gpus.count / whole_device.count;
    if (gpus % spec.tasks != 0) return uneven(gpus_in_all_.where, gpus, spec.tasks, "");
    if (const Status done = settle(gpus_in_all_, whole_device * (gpus / spec.tasks)); !done) return done;
  }
  spec.each.gpus = each;
  spec.each.gpu_model = model;
  return Done{};
}

void SbatchOptions::finish_bytes(const Wish<Bytes>& of_node, Bytes& each) {
  if (!of_node.value) return;
  const std::int64_t tasks = tasks_on_a_node();
  each = Bytes{of_node.value->count / tasks};
  if (tasks > 1) {
    into_.warnings.push_back(of_node.note + ": " + text::show(*of_node.value) + " a node for " +
                             counted(tasks, "task") + " on it: " + text::show(each) + " for each task");
  }
}

}  // namespace busbar::wire
