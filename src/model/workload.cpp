// SPDX-License-Identifier: Apache-2.0
#include "model/workload.hpp"

#include <algorithm>

namespace busbar::model {
namespace {

constexpr std::size_t most_kinds = 512;
constexpr std::int64_t most_counted = 32'768, most_at_once = 1'024;

void halve(std::map<Want, std::int64_t>& counts) {
  for (auto& [want, count] : counts) count /= 2;
  std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
}

std::int64_t sum_of(const std::map<Want, std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const auto& [want, count] : counts) sum += count;
  return sum;
}

}  // namespace

bool arrive(Workload& workload, const JobSpec& spec, std::int64_t tasks) {
  tasks = std::min(tasks, most_at_once);
  workload.seen[{spec.each.gpus, spec.each.cpus, spec.each.memory, spec.each.gpu_model}] += tasks;
  // Each task that is counted was counted once, so the sum is looked at only when it can have passed the
  // bound.
  const std::int64_t before = workload.arrived;
  workload.arrived += tasks;
  if (workload.arrived / most_at_once != before / most_at_once && sum_of(workload.seen) > most_counted)
    halve(workload.seen);
  while (workload.seen.size() > most_kinds) halve(workload.seen);
  if (workload.arrived < workload.learn_at) return false;
  workload.learned = workload.seen;
  workload.learn_at = workload.arrived + std::min(workload.arrived, most_counted);
  return true;
}

}  // namespace busbar::model
