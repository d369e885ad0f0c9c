// SPDX-License-Identifier: Apache-2.0
// lent_cpus.cpp: the part of a pass that lends CPUs which their holders leave idle, takes them back, and lets
// those who borrowed them hold them where they have become free (docs/adr/0034).
#include <algorithm>

#include "model/preemption.hpp"
#include "sched/fit.hpp"
#include "sched/pass.hpp"

namespace busbar::sched {

using Why = model::Preemption::Why;

/// Where more is lent than is left idle: those go who lose least, and wait again with their age.
void Pass::call_back_lent() {
  if (index_.overlent.empty()) return;
  std::map<NodeId, Cpus> excess;
  for (const NodeId id : index_.overlent) {
    const model::Idle& idle = cluster_.nodes.at(id).idle;
    excess[id] = idle.lent - idle.most;
  }
  const auto runs_on_excess = [&](const model::Job& job) {
    return std::ranges::any_of(live_attempts(job), [&](const auto& live) {
      const auto at = excess.find(live.second->node);
      return at != excess.end() && at->second > Cpus{0};
    });
  };
  const auto leaves = [&](const model::Job& job) {
    for (const auto& [id, attempt] : live_attempts(job)) {
      if (const auto at = excess.find(attempt->node); at != excess.end()) at->second -= job.spec->each.cpus;
    }
  };
  std::vector<std::pair<std::int64_t, JobId>> prices;
  for (const JobId id : index_.borrowing) {
    const model::Job& job = cluster_.jobs.at(id);
    const auto until = model::left_alone_until(job, cluster_.settings.preemption, Why::lent);
    if (job.stopping || goes_.contains(id)) {
      leaves(job);
    } else if (until && *until <= now_) {
      prices.emplace_back(price_of(job, cluster_.settings.preemption, now_), id);
    }
  }
  std::ranges::sort(prices);
  for (const auto& [price, id] : prices) {
    const model::Job& job = cluster_.jobs.at(id);
    if (!runs_on_excess(job)) continue;
    preempts_.push_back({id, Why::lent, {}});
    goes_.insert(id);
    leaves(job);
  }
}

/// Starts the job on what others leave idle. Of all but CPUs it takes what it may as anybody else.
bool Pass::borrow(const Walk::Candidate& candidate) {
  if (index_.lenders.empty() || timeline_) return false;
  const model::JobSpec& spec = *cluster_.jobs.at(candidate.place.id).spec;
  const Shape& shape = candidate.lane->shape;
  const bool stays = outlasts(shape);
  if (!model::may_borrow(spec, cluster_.settings) || no_lender_.contains({stays, resources_of(shape)}))
    return false;
  Space& space = stays ? beside_ : now_free_;
  std::vector<FreeNode> lenders;  // by id, as a space wants them
  for (const NodeId id : index_.lenders) {
    const model::Idle& idle = cluster_.nodes.at(id).idle;
    lenders.push_back(space.at(space.find(id)));
    const auto lent = lent_.find(id);
    lenders.back().cpus = idle.most - idle.lent - (lent == lent_.end() ? Cpus{0} : lent->second);
  }
  Space to_lend(lenders);
  const Bars bars = bars_at(candidate.place.id, shape, now_);
  const Barred barred(to_lend, reserved_, bars);
  const auto spots = place(to_lend, shape, candidate.place.id);
  const auto port = spots ? port_for(*spots) : std::nullopt;
  if (!port) {
    if (bars.empty()) no_lender_.emplace(stays, resources_of(shape));
    return false;
  }
  const Shape held = without_cpus(shape);
  for (const Spot& spot : *spots) {
    lent_[spot.node] += shape.cpus;
    space.take(held, spot);
  }
  if (spare_) keeps_spare(candidate, held, *spots, stays);  // it makes way for those whose machine fails
  take_beside(held, *spots, stays);
  count_element(*candidate.lane);
  record(candidate.place.id, *spots, *port, true);
  return true;
}

/// What is left when all who wait have been looked at, and is not kept for one of them.
void Pass::own_lent() {
  if (index_.borrowing.empty() || timeline_ || (somebody_waits_ && !reservation_)) return;
  const Space& space = reservation_ ? beside_ : now_free_;
  std::map<std::size_t, Cpus> left;
  for (const JobId id : index_.borrowing) {
    const model::Job& job = cluster_.jobs.at(id);
    if (job.stopping || goes_.contains(id)) continue;
    std::map<std::size_t, Cpus> after = left;
    const bool fits = std::ranges::all_of(live_attempts(job), [&](const auto& live) {
      const std::size_t node = space.find(live.second->node);
      if (node == space.size() || !space.at(node).up) return false;
      Cpus& free = after.try_emplace(node, space.at(node).cpus).first->second;
      free -= job.spec->each.cpus;
      return free >= Cpus{0};
    });
    if (!fits) continue;
    owning_.push_back(id);
    left = std::move(after);
  }
}

}  // namespace busbar::sched
