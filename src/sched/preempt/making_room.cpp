// SPDX-License-Identifier: Apache-2.0
// making_room.cpp: the part of a pass that stops running jobs for one that waits, and that keeps the room
// until they are gone (docs/adr/0018, 0019; rebalancing: 0020).
#include <algorithm>

#include "model/preemption.hpp"
#include "sched/fit.hpp"
#include "sched/pass.hpp"
#include "sched/preempt/victims.hpp"

namespace busbar::sched {
namespace {

using Why = model::Preemption::Why;

constexpr std::size_t most_victims = 256;  // looked at for one job, those of the lowest priority first
constexpr std::size_t most_moved = 512;    // likewise, where they go on elsewhere at once
constexpr int most_choices = 4;            // of whom to move, where one of them finds no other room
constexpr std::size_t most_attempts = 8;   // jobs for which a pass tries to make room,
constexpr std::size_t most_returns = 64;   // and to whom it tries to give back what their projects lent
/// Beyond its grace a task is killed, and its machine has yet to say so.
constexpr Duration slack = std::chrono::seconds(30);

std::vector<Spot> spots_of(const model::Claim& claim) {
  std::vector<Spot> spots;
  for (const auto& task : claim.tasks) spots.push_back({task.node, task.holdings});
  return spots;
}

model::Claim claim_of(JobId job, std::vector<JobId> waits_for, const std::vector<Spot>& spots,
                      Instant until) {
  model::Claim claim{job, std::move(waits_for), {}, until};
  for (const Spot& spot : spots) claim.tasks.push_back({spot.node, spot.holdings});
  return claim;
}

}  // namespace

std::int64_t price_of(const model::Job& job, const model::PreemptionRules& rules, Instant now) {
  constexpr std::int64_t dearest = 8;  // times: so often it was stopped before
  const auto lost = std::chrono::ceil<std::chrono::seconds>(model::at_risk(job, now) + rules.restart);
  const std::int64_t again = std::min<std::int64_t>(std::ssize(job.preemptions) + 1, dearest);
  const std::int64_t weight =
      std::max<std::int64_t>(model::weight_of(*job.spec), 1) * std::max(job.spec->tasks, 1);
  const std::int64_t most = std::int64_t{1} << 40;  // a device for four thousand years, eight times
  return std::min<std::int64_t>(std::clamp<std::int64_t>(lost.count(), 1, most / weight + 1) * weight, most) *
         again;
}

/// Before anybody else: room that was made is given to whom it was made for, and kept from all others until
/// it is whole.
void Pass::keep_claims() {
  std::vector<model::Claim> open;
  for (const auto& [id, claim] : cluster_.claims) {
    if (now_ >= claim.until) continue;
    const model::Job& job = cluster_.jobs.at(id);
    const bool waits = is_queued(job);
    if (waits) {
      const LaneKey lane = index_.queue.lane_of(job);
      if (array_is_full(lane) || lending_.refuses(*job.spec)) continue;
      made_room_for_.insert(id);
      lending_.starts(*job.spec);
      count_element(lane);  // it starts now, or as soon as its room is whole
    }
    if (waits && start_at(job, spots_of(claim))) continue;
    open.push_back(claim);
  }
  hold(open);
  for (const model::Claim& claim : open) {  // what became free elsewhere meanwhile is as good
    const model::Job& job = cluster_.jobs.at(claim.job);
    if (!is_queued(job)) continue;
    Space tried = now_free_;
    const Shape shape = shape_of(*job.spec);
    const Bars bars = bars_at(job.id, shape, now_);
    const Barred barred(tried, reserved_, bars);
    if (const auto spots = place(tried, shape)) start_at(job, *spots);
  }
}

bool Pass::start_at(const model::Job& job, const std::vector<Spot>& spots) {
  const Shape shape = shape_of(*job.spec);
  const auto port = port_for(spots);
  if (reserved_.closes(bars_at(job.id, shape, now_), spots)) return false;
  if (!port || !take_all(now_free_, shape, spots)) return false;
  if (spare_) spare_->starts(job, shape, spots);
  record(job.id, spots, *port);
  return true;
}

/// Others get of those machines what is free both now and when the claims are fulfilled.
void Pass::hold(const std::vector<model::Claim>& claims) {
  std::map<std::size_t, FreeNode> later;
  const auto node_of = [&](NodeId id) { return now_free_.find(id); };
  std::set<JobId> leaving;
  for (const model::Claim& claim : claims) {
    const Shape shape = shape_of(*cluster_.jobs.at(claim.job).spec);
    leaving.insert(claim.waits_for.begin(), claim.waits_for.end());
    for (const auto& task : claim.tasks) {
      const std::size_t node = node_of(task.node);
      if (node == now_free_.size()) continue;
      take(later.try_emplace(node, now_free_.at(node)).first->second, shape, task.holdings);
    }
  }
  for (const JobId id : leaving) {
    goes_.insert(id);
    const auto job = cluster_.jobs.find(id);
    if (job == cluster_.jobs.end()) continue;
    for (const auto& [attempt_id, attempt] : live_attempts(job->second)) {
      const auto at = later.find(node_of(attempt->node));
      if (at != later.end()) give(at->second, shape_of(*job->second.spec, *attempt), attempt->holdings);
    }
  }
  for (const auto& [node, free] : later) now_free_.set(node, least_of(now_free_.at(node), free));
  for (const model::Claim& claim : claims) expect(claim);
}

/// Whoever waits for others to leave counts on the one that the room is for leaving, too, some day.
void Pass::expect(const model::Claim& claim) {
  const model::Job& job = cluster_.jobs.at(claim.job);
  if (!is_queued(job)) return;
  const Shape shape = shape_of(*job.spec);
  if (spare_) spare_->starts(job, shape, spots_of(claim));
  const auto end = end_of(shape, claim.until);
  for (std::size_t task = 0; task < claim.tasks.size(); ++task) {
    const model::AttemptId attempt{job.id, static_cast<int>(task), 0};
    new_occupants_.insert(
        {end ? Occupant::Leaves::at_limit : Occupant::Leaves::unknown, end.value_or(now_), attempt});
    launched_.emplace(attempt, Launched{shape, {claim.tasks[task].node, claim.tasks[task].holdings}});
  }
}

/// For the first that has to wait: by moving others, where that is allowed, by stopping some of lower
/// priority, or those who borrowed what its project was guaranteed.
bool Pass::make_room(const Walk::Candidate& candidate, bool is_own) {
  const model::PreemptionRules& rules = cluster_.settings.preemption;
  if (!rules.on || index_.yielding.empty() || attempts_++ >= (is_own ? most_returns : most_attempts))
    return false;
  const Shape& shape = candidate.lane->shape;
  const JobId id = candidate.place.id;
  if ((rules.moves == 0 || !make_room(id, shape, Why::balance)) && !make_room(id, shape, Why::priority) &&
      !(is_own && make_room(id, shape, Why::share)))
    return false;
  count_element(*candidate.lane);
  return true;
}

/// Others get back what their projects lent even though somebody waits, as long as that changes nothing where
/// a place is kept.
bool Pass::make_room_beside(const Walk::Candidate& candidate) {
  const model::PreemptionRules& rules = cluster_.settings.preemption;
  if (!rules.on || index_.yielding.empty() || timeline_ || attempts_ >= most_returns) return false;
  const Shape& shape = candidate.lane->shape;
  if (no_room_.contains(resources_of(shape))) return false;
  ++attempts_;
  if (!make_room(candidate.place.id, shape, Why::share)) {
    no_room_.insert(resources_of(shape));
    return false;
  }
  count_element(*candidate.lane);
  return true;
}

bool Pass::make_room(JobId id, const Shape& shape, Why why) {
  if (why == Why::balance && moves_left() <= 0) return false;
  const Bars bars = bars_at(id, shape, now_);
  std::vector<Victim> victims = victims_for(cluster_.jobs.at(id), why);
  for (int choices = why == Why::balance ? most_choices : 1; choices > 0 && !victims.empty(); --choices) {
    auto room = room_for(shape, victims, bars);
    if (!room) return false;
    if (!leaves_spare(id, shape, *room, victims)) return false;
    const auto size = [&](JobId stop) { return model::devices_of(*cluster_.jobs.at(stop).spec); };
    if (lending_.on())  // the largest last: all before it leave their project with more than its guarantee
      std::ranges::sort(room->stops, {}, [&](JobId stop) { return std::pair(size(stop), stop); });
    const model::Job& job = cluster_.jobs.at(id);
    std::int64_t tasks = 0;
    for (const JobId stop : room->stops) tasks += cluster_.jobs.at(stop).spec->tasks;
    if (why == Why::balance && tasks > moves_left()) return false;
    // What was guaranteed is a right: it comes back at any price, unless it is free by itself before what was
    // stopped would even be back where it was.
    const bool by_right = why == Why::share;
    const Duration patience = by_right ? cluster_.settings.preemption.restart : Duration{0};
    const Instant gone = now_ + notice_for(room->stops);
    if (!is_worth_it(shape, bars, gone + patience, by_right ? 0 : room->price)) return false;
    if (reserved_.closes(bars_at(id, shape, gone + slack), room->spots)) return false;

    const Space before = now_free_;
    const auto kept = new_occupants_;
    std::vector<model::Claim> claims{claim_of(id, *room)};
    hold({claims.front()});
    const auto homeless = why == Why::balance ? rehouse(room->stops, claims) : std::nullopt;
    if (!homeless) {
      tell_to_go(job, shape, *room, why, claims);
      return true;
    }
    now_free_ = before;
    new_occupants_ = kept;
    for (const JobId stays : room->stops) goes_.erase(stays);
    std::erase_if(victims, [&](const Victim& victim) { return victim.job == *homeless; });
  }
  return false;
}

Duration Pass::notice_for(const std::vector<JobId>& stops) const {
  Duration notice{0};
  for (const JobId stop : stops) notice = std::max(notice, model::notice_of(*cluster_.jobs.at(stop).spec));
  return notice;
}

model::Claim Pass::claim_of(JobId job, const Room& room) const {
  return sched::claim_of(job, room.stops, room.spots, now_ + notice_for(room.stops) + slack);
}

/// What was held for the job is its own as soon as they have gone.
void Pass::tell_to_go(const model::Job& job, const Shape& shape, const Room& room, Why why,
                      const std::vector<model::Claim>& claims) {
  for (const JobId stop : room.stops) {
    preempts_.push_back({stop, why, job.id});
    lending_.is_told_to_go(*cluster_.jobs.at(stop).spec);
  }
  lending_.starts(*job.spec);
  take_beside_the_place_kept(shape, room.spots);
  claims_.insert(claims_.end(), claims.begin(), claims.end());
  made_room_for_.insert(job.id);
}

/// Who is moved goes on at once, in room that is free already; gives the first that finds none.
std::optional<JobId> Pass::rehouse(const std::vector<JobId>& moved, std::vector<model::Claim>& claims) {
  const Instant until = claims.front().until;
  for (const JobId job : moved) {
    const Shape shape = shape_of(*cluster_.jobs.at(job).spec);
    const Bars bars = bars_at(job, shape, until);
    const Barred barred(now_free_, reserved_, bars);
    const auto spots = place(now_free_, shape);
    if (!spots) return job;
    claims.push_back(sched::claim_of(job, {job}, *spots, until));
  }
  return std::nullopt;
}

std::vector<Victim> Pass::victims_for(const model::Job& job, Why why) const {
  const model::PreemptionRules& rules = cluster_.settings.preemption;
  const Shape shape = shape_of(*job.spec);
  std::vector<std::pair<std::int64_t, JobId>> prices;
  std::map<std::pair<Bars, Shape>, bool> elsewhere;  // would such a one find room now?
  for (const auto& [priority, id] : index_.yielding) {
    if (why == Why::priority && (priority >= job.spec->priority || prices.size() == most_victims)) break;
    const model::Job& other = cluster_.jobs.at(id);
    const auto until = model::left_alone_until(other, rules, why);
    if (!until || now_ < *until || goes_.contains(id)) continue;
    if (why == Why::share && other.spec->project == job.spec->project) continue;
    const auto debt = debt_of(other, job, why);
    if (debt && debt->borrowed == Share{0}) continue;
    if (why == Why::balance && !(is_in_the_way(other, shape) && finds_room(other, elsewhere))) continue;
    prices.emplace_back(price_of(other, rules, now_), id);
  }
  if (prices.size() > most_moved) {
    const auto end = prices.begin() + static_cast<std::ptrdiff_t>(most_moved);
    std::ranges::nth_element(prices, end);
    prices.erase(end, prices.end());
  }
  std::vector<Victim> victims;
  for (const auto& [price, id] : prices) {
    const model::Job& other = cluster_.jobs.at(id);
    const Shape held = model::borrows(other) ? without_cpus(shape_of(*other.spec)) : shape_of(*other.spec);
    Victim victim{id, price, held, {}, debt_of(other, job, why)};
    for (const auto& [attempt_id, attempt] : live_attempts(other))
      victim.spots.push_back({attempt->node, attempt->holdings});
    if (!is_in_the_place_kept(victim)) victims.push_back(std::move(victim));
  }
  return victims;
}

/// What the project of this one may have to give back to that of `job`; nothing where that does not matter.
std::optional<Debt> Pass::debt_of(const model::Job& other, const model::Job& job, Why why) const {
  if (!lending_.on() || why == Why::balance || why == Why::failover ||
      other.spec->project == job.spec->project)
    return std::nullopt;
  return Debt{other.spec->project, model::devices_of(*other.spec), lending_.borrowed(other.spec->project)};
}

bool Pass::is_in_the_place_kept(const Victim& victim) const {
  return reservation_ && std::ranges::any_of(victim.spots, [&](const Spot& spot) {
           return reserved_nodes_.contains(now_free_.find(spot.node));
         });
}

/// After room was made, with somebody waiting before: what it takes of the machines where a place is kept is
/// free there also when that place is taken.
void Pass::take_beside_the_place_kept(const Shape& shape, const std::vector<Spot>& spots) {
  if (!reservation_) return;
  for (const Spot& spot : spots) {
    const std::size_t node = now_free_.find(spot.node);
    if (reserved_nodes_.contains(node)) later_.take(shape, spot);
    follow(node);
  }
}

/// If it can be had without any project falling below its guarantee, so; else by giving back more than was
/// borrowed, because the last job that goes is larger than that.
std::optional<Room> Pass::room_for(const Shape& shape, const std::vector<Victim>& victims,
                                   const Bars& bars) const {
  Space space = reservation_ ? beside_ : now_free_;
  const Barred barred(space, reserved_, bars);
  if (auto room = cheapest_room(space, shape, victims, Repay::no_more_than_borrowed)) return room;
  if (std::ranges::none_of(victims, [](const Victim& victim) { return victim.debt.has_value(); }))
    return std::nullopt;
  return cheapest_room(space, shape, victims, Repay::all_that_is_borrowed);
}

/// Does it hold what a task of this shape lacks on its machine? Of a gang, on one of them.
bool Pass::is_in_the_way(const model::Job& other, const Shape& shape) const {
  return std::ranges::any_of(other.tasks, [&](const model::Task& task) {
    const model::Attempt& attempt = task.attempts.back();
    const std::size_t at = now_free_.find(attempt.node);
    if (at == now_free_.size()) return false;
    const FreeNode& node = now_free_.at(at);
    return node.cpus < shape.cpus || node.memory < shape.memory || node.disk < shape.disk ||
           (!attempt.holdings.empty() && shape.gpus > Share{0});
  });
}

/// Would one of its shape find room now?
bool Pass::finds_room(const model::Job& other, std::map<std::pair<Bars, Shape>, bool>& known) const {
  const Shape shape = shape_of(*other.spec);
  const Bars bars = bars_at(other.id, shape, now_);
  const auto [at, fresh] = known.try_emplace({bars, resources_of(shape)});
  if (fresh) {
    Space tried = now_free_;
    const Barred barred(tried, reserved_, bars);
    at->second = place(tried, shape).has_value();
  }
  return at->second;
}

/// Does the machine time that the job gains exceed what the others lose? Where nobody can say when it would
/// start by itself, it does.
bool Pass::is_worth_it(const Shape& shape, const Bars& bars, Instant start, std::int64_t price) const {
  const auto by_itself = starts_by_itself(shape, bars);
  if (!by_itself) return true;
  if (*by_itself <= start) return false;
  const auto sooner = std::chrono::floor<std::chrono::seconds>(*by_itself - start).count();
  const std::int64_t weight = shape.gpus.count * model::cpus_per_device + shape.cpus.count;
  __extension__ using Wide = __int128;
  return Wide{sooner} * std::max<std::int64_t>(weight, 1) * shape.tasks > Wide{price};
}

/// By stated limits, if nobody else came before it; nothing where no limit tells.
/// What is closed to it is taken for closed all the time.
std::optional<Instant> Pass::starts_by_itself(const Shape& shape, const Bars& bars) const {
  Space later = now_free_;
  const Barred barred(later, reserved_, bars);
  GangCount count(later, shape);
  std::optional<Instant> start = now_;
  for (auto old = index_.occupants.begin(); !count.fits(); ++old) {
    if (old == index_.occupants.end() || old->leaves != Occupant::Leaves::at_limit) return std::nullopt;
    if (goes_.contains(old->attempt.job)) continue;
    const Launched gone = leaving(*old);
    const std::size_t node = later.find(gone.spot.node);
    if (node == later.size()) continue;
    start = std::max(old->when, now_);
    later.give(gone.shape, gone.spot);
    count.recount(later, node);
  }
  return start;
}

std::int64_t Pass::moves_left() const {
  const bool fresh = now_ - cluster_.moved.since >= std::chrono::hours(1);
  const auto running = static_cast<std::int64_t>(index_.occupants.size());
  std::int64_t planned = 0;
  for (const model::Preempt& preempt : preempts_) {
    if (preempt.why == Why::balance) planned += cluster_.jobs.at(preempt.job).spec->tasks;
  }
  return running * cluster_.settings.preemption.moves / 1000 - (fresh ? 0 : cluster_.moved.tasks) - planned;
}

/// Machines that an administrator wants empty now: whoever agreed to it goes, and waits again with its age.
void Pass::leave_drained() {
  for (const JobId id : index_.to_move) {
    preempts_.push_back({id, Why::drain, {}});
    lending_.is_told_to_go(*cluster_.jobs.at(id).spec);
    goes_.insert(id);
  }
}

}  // namespace busbar::sched
