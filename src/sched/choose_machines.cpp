// SPDX-License-Identifier: Apache-2.0
// choose_machines.cpp: which machines a reservation of so many devices takes (docs/adr/0032).
#include <algorithm>

#include "sched/scheduler.hpp"

namespace busbar::sched {
namespace {

struct Candidate {
  std::int64_t staying = 0;  // tasks that may still be there when it begins
  NodeId node;
  Share devices;
};

Share devices_of(const FreeNode& node, const std::vector<ModelKey>& models) {
  Share all;
  for (const FreeDevice& device : node.devices) {
    if (models.empty() || std::ranges::binary_search(models, device.model)) all += device.compute;
  }
  return all;
}

}  // namespace

Scheduler::Found Scheduler::machines_for(Share devices, const std::string& model, Instant from,
                                         Instant until) const {
  const std::vector<ModelKey> models = model_keys(model);
  std::vector<Candidate> candidates;
  Found found;
  for (const FreeNode& node : index_.empty.nodes()) {
    const bool taken = std::ranges::any_of(cluster_.reservations, [&](const auto& entry) {
      return entry.second.has(node.id) && entry.second.meets(from, until);
    });
    const Share has = devices_of(node, models);
    if (!node.up || taken || has == Share{0}) continue;
    candidates.push_back({0, node.id, has});
    found.devices += has;
  }
  if (found.devices < devices) return found;
  for (const Occupant& occupant : index_.occupants) {
    if (occupant.leaves == Occupant::Leaves::at_limit && occupant.when <= from) continue;
    const model::Job& job = cluster_.jobs.at(occupant.attempt.job);
    const NodeId on = job.tasks[static_cast<std::size_t>(occupant.attempt.task)].attempts.back().node;
    const auto at = std::ranges::lower_bound(candidates, on, {}, &Candidate::node);
    if (at != candidates.end() && at->node == on) ++at->staying;
  }
  std::ranges::sort(candidates, {}, [](const Candidate& one) { return std::pair(one.staying, one.node); });
  Share sum;
  std::vector<Candidate> chosen;
  for (const Candidate& one : candidates) {
    if (sum >= devices) break;
    chosen.push_back(one);
    sum += one.devices;
  }
  std::erase_if(chosen, [&](const Candidate& one) {  // a larger one that came later may do without it
    if (sum - one.devices < devices) return false;
    sum -= one.devices;
    return true;
  });
  for (const Candidate& one : chosen) found.nodes.push_back(one.node);
  std::ranges::sort(found.nodes);
  return found;
}

}  // namespace busbar::sched
