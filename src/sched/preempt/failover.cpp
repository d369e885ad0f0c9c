// SPDX-License-Identifier: Apache-2.0
// failover.cpp: what a pass does so that machines may fail: nobody starts who would leave too little for the
// jobs of those, and who has lost a machine goes first (docs/adr/0036).
#include <algorithm>

#include "sched/fit.hpp"
#include "sched/pass.hpp"

namespace busbar::sched {

using Why = model::Preemption::Why;

namespace {

bool stands_beside(const std::vector<Spot>& some, const std::vector<Spot>& others) {
  return std::ranges::any_of(some, [&](const Spot& one) {
    return std::ranges::any_of(others, [&](const Spot& other) { return one.node == other.node; });
  });
}

}  // namespace

/// Then those whose machines failed, the larger first, as room was kept for them. Where they do not all fit
/// beside everybody else, whoever may be stopped makes way.
void Pass::bring_back_displaced() {
  if (!spare_) return;
  std::vector<std::pair<Shape, JobId>> displaced;
  for (const JobId id : index_.displaced) {
    const model::Job& job = cluster_.jobs.at(id);
    if (!Spare::guards(job) || made_room_for_.contains(id) || lending_.refuses(*job.spec)) continue;
    if (!array_is_full(index_.queue.lane_of(job))) displaced.emplace_back(shape_of(*job.spec), id);
  }
  std::ranges::sort(displaced, [](const auto& a, const auto& b) {
    return is_larger(a.first, b.first) || (!is_larger(b.first, a.first) && a.second < b.second);
  });
  const auto place_all = [&](Space space) {
    std::vector<std::optional<std::vector<Spot>>> all;
    for (const auto& [shape, id] : displaced) {
      const Bars bars = bars_at(id, shape, now_);
      const Barred barred(space, reserved_, bars);
      all.push_back(place(space, shape, id));
    }
    return all;
  };
  auto places = place_all(now_free_);
  if (std::ranges::any_of(places, [](const auto& spots) { return !spots; }))
    places = place_all(spare_->cleared(now_free_));
  std::vector<Placed> waiting;
  for (std::size_t k = 0; k < displaced.size(); ++k) {
    if (!places[k]) continue;
    const auto& [shape, id] = displaced[k];
    const model::Job& job = cluster_.jobs.at(id);
    if (!start_at(job, *places[k])) {
      waiting.push_back({id, shape, *places[k]});
      continue;
    }
    lending_.starts(*job.spec);
    count_element(index_.queue.lane_of(job));
    made_room_for_.insert(id);
  }
  if (!waiting.empty()) clear_the_way(waiting);
}

/// All of them wait for whoever stands where one of them will.
void Pass::clear_the_way(const std::vector<Placed>& waiting) {
  const std::vector<Victim> stops =
      in_the_way_of(waiting, victims_for(cluster_.jobs.at(waiting.front().job), Why::failover));
  std::vector<model::Claim> claims;
  std::set<JobId> told;
  for (const Placed& placed : waiting) {
    Room room{{}, 0, placed.spots};
    for (const Victim& victim : stops)
      if (stands_beside(victim.spots, placed.spots)) room.stops.push_back(victim.job);
    if (room.stops.empty()) continue;
    std::ranges::sort(room.stops);
    claims.push_back(claim_of(placed.job, room));
  }
  hold(claims);
  for (const model::Claim& claim : claims) {
    for (const JobId stop : claim.waits_for)
      if (told.insert(stop).second) preempts_.push_back({stop, Why::failover, claim.job});
    const model::Job& job = cluster_.jobs.at(claim.job);
    lending_.starts(*job.spec);
    count_element(index_.queue.lane_of(job));
    made_room_for_.insert(claim.job);
  }
  for (const JobId stop : told) lending_.is_told_to_go(*cluster_.jobs.at(stop).spec);
  claims_.insert(claims_.end(), claims.begin(), claims.end());
}

/// Of these, such as have to go so that all of those find room just where they are to stand: without any one
/// of them they would not. None where they would not although all of them went.
std::vector<Victim> Pass::in_the_way_of(const std::vector<Placed>& waiting,
                                        std::vector<Victim> victims) const {
  std::erase_if(victims, [&](const Victim& victim) {
    return std::ranges::none_of(
        waiting, [&](const Placed& placed) { return stands_beside(victim.spots, placed.spots); });
  });
  std::ranges::sort(victims, {}, [](const Victim& victim) { return std::pair(-victim.price, victim.job); });
  Space cleared = now_free_;
  const auto all_find_room = [&] {
    Space tried = cleared;
    return std::ranges::all_of(
        waiting, [&](const Placed& placed) { return take_all(tried, placed.shape, placed.spots); });
  };
  for (const Victim& victim : victims)
    for (const Spot& spot : victim.spots) cleared.give(victim.shape, spot);
  if (!all_find_room()) return {};
  std::vector<Victim> stops;
  for (Victim& victim : victims) {
    for (const Spot& spot : victim.spots) cleared.take(victim.shape, spot);
    if (all_find_room()) continue;
    for (const Spot& spot : victim.spots) cleared.give(victim.shape, spot);
    stops.push_back(std::move(victim));
  }
  return stops;
}

bool Pass::lacks_spare(const model::Job& job, const Shape& shape, const std::vector<Spot>& spots) const {
  if (!spare_ || !Spare::guards(job) || index_.displaced.contains(job.id)) return false;
  Spare with = *spare_;
  with.starts(job, shape, spots);
  return !with.holds(now_free_);
}

/// Notes that the job runs at these spots and holds so much there, which `now_free_` (or, where it stays
/// beyond the reserved start, `beside_`) has given up already; false where too little would be left for
/// machines that fail.
bool Pass::keeps_spare(const Walk::Candidate& candidate, const Shape& shape, const std::vector<Spot>& spots,
                       bool stays) {
  const model::Job& job = cluster_.jobs.at(candidate.place.id);
  if (!Spare::guards(job)) {
    spare_->starts(job, shape, spots);
    if (stays && spare_later_) spare_later_->starts(job, shape, spots);
    return true;
  }
  Space now = now_free_, later = later_;
  if (stays) {
    for (const Spot& spot : spots) {
      now.take(shape, spot);
      later.take(shape, spot);
    }
  }
  Spare with = *spare_;
  with.starts(job, shape, spots);
  if (!with.holds(now)) return false;
  if (stays && spare_later_) {
    Spare then = *spare_later_;
    then.starts(job, shape, spots);
    if (!then.holds(later)) return false;
    spare_later_ = std::move(then);
  }
  spare_ = std::move(with);
  return true;
}

/// At the moment that `later_` stands for, with the job placed there.
bool Pass::will_have_spare(JobId id, const Shape& shape) const {
  const model::Job& job = cluster_.jobs.at(id);
  if (!Spare::guards(job)) return true;
  Space then = later_;
  const auto spots = place(then, shape, id);
  if (!spots) return false;
  Spare with = *spare_later_;
  with.starts(job, shape, *spots);
  return with.holds(then);
}

/// With the victims gone and the job in its place, would machines that fail still be made up for?
bool Pass::leaves_spare(JobId id, const Shape& shape, const Room& room,
                        const std::vector<Victim>& victims) const {
  const model::Job& job = cluster_.jobs.at(id);
  if (!spare_ || !Spare::guards(job)) return true;
  Space then = now_free_;
  Spare with = *spare_;
  for (const Victim& victim : victims) {
    if (!std::ranges::binary_search(room.stops, victim.job)) continue;
    with.leaves(victim.job);
    for (const Spot& spot : victim.spots) then.give(victim.shape, spot);
  }
  for (const Spot& spot : room.spots) then.take(shape, spot);
  with.starts(job, shape, room.spots);
  return with.holds(then);
}

}  // namespace busbar::sched
