// SPDX-License-Identifier: Apache-2.0
#include "sched/scheduler.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "model/due.hpp"
#include "model/preemption.hpp"
#include "sched/explain.hpp"
#include "sched/fit.hpp"
#include "sched/pass.hpp"

namespace busbar::sched {
namespace {

using model::Reason;
using Kind = Reason::Kind;
using Scarce = Reason::Scarce;

constexpr std::size_t work_to_explain = 1000;  // as far as decide() looks by itself

}  // namespace

Scheduler::Scheduler(model::Cluster cluster) : cluster_(std::move(cluster)), index_(cluster_) {}

Result<model::Changes> Scheduler::fold(const model::Record& record) {
  const model::Rules rules = cluster_.settings.rules;
  const model::PreemptionRules preemption = cluster_.settings.preemption;
  const bool other_shares = std::holds_alternative<model::SettingsChanged>(record.event);
  auto changes = model::apply(cluster_, record);
  if (!changes) return changes;
  const bool machines = std::holds_alternative<model::NodeJoined>(record.event) ||
                        std::holds_alternative<model::NodeLeft>(record.event) ||
                        std::holds_alternative<model::DrainAsked>(record.event);
  index_.follow(cluster_, *changes, machines);
  const model::Settings& settings = cluster_.settings;
  if (settings.rules != rules || settings.preemption != preemption || other_shares) index_ = Index(cluster_);
  return changes;
}

model::Decided Scheduler::decide(Instant now, std::size_t work) const {
  model::Decided decided;
  decided.seen = cluster_.seq;
  for (const JobId id : index_.to_stop) {
    for (const auto& [attempt_id, attempt] : live_attempts(cluster_.jobs.at(id))) {
      if (!attempt->stop_told) decided.stops.push_back(attempt_id);
    }
  }
  Pass pass(cluster_, index_, now);
  // Where nobody may pass, there is nothing to look at beyond the first that has to wait, nor to keep for it.
  pass.run(cluster_.settings.rules.passing == model::Rules::Passing::none ? 0 : work);
  decided.launches = pass.launches();
  decided.preempts = pass.preempts();
  decided.claims = pass.claims();
  decided.owning = pass.owning();
  for (const model::Preempt& preempt : decided.preempts) {
    for (const auto& [attempt_id, attempt] : live_attempts(cluster_.jobs.at(preempt.job)))
      decided.stops.push_back(attempt_id);
  }
  return decided;
}

std::optional<model::Event> Scheduler::due(Instant now) const {
  for (const auto& [name, reservation] : cluster_.reservations) {
    if (reservation.until <= now) return model::ReservationEnded{{}, name};
  }
  if (index_.dues.empty() || index_.dues.begin()->first > now) return std::nullopt;
  const JobId id = index_.dues.begin()->second;
  return model::TimeCame{model::due_of(cluster_.jobs.at(id))->what, id};
}

std::optional<Instant> Scheduler::look_again(Instant now) const {
  std::optional<Instant> next;
  if (!index_.dues.empty()) next = index_.dues.begin()->first;
  for (const auto& [name, reservation] : cluster_.reservations)
    next = std::min(next.value_or(reservation.until), reservation.until);
  if (index_.queue.accounts().empty() && index_.overlent.empty()) return next;
  const auto alone = index_.left_alone.upper_bound({now, JobId{std::numeric_limits<std::int64_t>::max()}});
  if (alone != index_.left_alone.end()) next = std::min(next.value_or(alone->first), alone->first);
  for (const auto& [id, claim] : cluster_.claims) {
    if (claim.until > now) next = std::min(next.value_or(claim.until), claim.until);
  }
  return next;
}

std::optional<Reason> Scheduler::could_never(const model::JobSpec& spec) const {
  if (index_.empty.size() > 0 && index_.empty.could_fit(shape_of(spec))) return never_allowed(spec);
  return never_fits(index_.empty.all_up(), spec);
}

/// By its project's share, though all machines were up and nobody held anything.
std::optional<Reason> Scheduler::never_allowed(const model::JobSpec& spec) const {
  if (cluster_.settings.shares.empty()) return std::nullopt;
  Share devices;
  for (const FreeNode& node : index_.empty.nodes())
    for (const FreeDevice& device : node.devices) devices += device.compute;
  const auto refusal = Lending(cluster_, devices).ever_refuses(spec);
  if (!refusal) return std::nullopt;
  Reason reason = share_reason(cluster_.settings.shares, cluster_.shares, spec, *refusal);
  reason.place = 0;
  return reason;
}

std::vector<JobId> Scheduler::queue(Instant now) const {
  std::vector<JobId> ids;
  Lending lending(cluster_, index_.devices);
  for (Walk walk(index_.queue, cluster_, lending, now); !walk.at_end(); walk.next_in_lane()) {
    ids.push_back(walk.front().place.id);
    if (walk.is_own())
      lending.starts(*cluster_.jobs.at(ids.back()).spec);  // so much of its guarantee is taken
  }
  return ids;
}

std::optional<Reason> Scheduler::why(JobId id, Instant now) const {
  const auto found = cluster_.jobs.find(id);
  if (found == cluster_.jobs.end()) return std::nullopt;
  const model::Job& job = found->second;
  if (job.stopping) return reason_for(*job.spec, Kind::stopping);
  if (job.state != model::JobState::pending) return std::nullopt;
  std::optional<Reason> reason;
  if (!job.is_eligible()) {
    reason = why_not_eligible(job);
  } else if (reason = why_nowhere(job); !reason) {
    reason = why_not_yet(job, now);
  }
  reason->last_start = model::last_start_of(*job.spec);
  return reason;
}

/// It is not in the order.
Reason Scheduler::why_not_eligible(const model::Job& job) {
  if (job.hold) {
    Reason reason = reason_for(*job.spec, Kind::held);
    reason.hold = job.hold;
    reason.jobs = {job.id};
    return reason;
  }
  if (job.early) {
    Reason reason = reason_for(*job.spec, Kind::early);
    reason.begins = job.spec->begin;
    return reason;
  }
  Reason reason = reason_for(*job.spec, Kind::dependency);
  for (const model::Dependency& dependency : job.waits_for) reason.jobs.push_back(dependency.job);
  return reason;
}

/// It could not start whatever is free.
std::optional<Reason> Scheduler::why_nowhere(const model::Job& job) const {
  if (auto drained = why_drained(job)) return drained;
  if (std::ranges::none_of(index_.empty.nodes(), &FreeNode::up)) return reason_for(*job.spec, Kind::no_nodes);
  if (auto never = could_never(*job.spec)) return never;
  const Shape shape = shape_of(*job.spec);
  if (!index_.empty.fits(shape)) {  // those that are large enough are lost
    Reason reason = reason_for(*job.spec, Kind::busy);
    Shape spread = shape;
    spread.nodes = std::max(shape.nodes, 1);
    const std::vector<FreeNode> known = index_.empty.all_up();
    reason.scarce = Scarce::nodes;
    reason.wanted = spread.nodes;
    reason.most_free = GangCount(Space(index_.empty.nodes()), spread).nodes();
    reason.most_total = GangCount(Space(known), spread).nodes();
    return reason;
  }
  const LaneKey lane = index_.queue.lane_of(job);
  const auto running = cluster_.array_running.find(lane.array);
  if (running != cluster_.array_running.end() && running->second >= lane.at_once) return array_full(job);
  return std::nullopt;
}

/// It would fit but for machines that are being drained.
std::optional<Reason> Scheduler::why_drained(const model::Job& job) const {
  const Shape shape = shape_of(*job.spec);
  std::vector<FreeNode> nodes = index_.empty.nodes();
  Reason reason = reason_for(*job.spec, Kind::drained);
  for (FreeNode& node : nodes) {
    const model::Node& known = cluster_.nodes.at(node.id);
    if (!known.drain || known.state != model::Node::State::up) continue;
    node.up = true;
    if (tasks_that_fit(node, shape) == 0) continue;
    const std::string why = known.drain->reason.empty() ? "" : " (" + known.drain->reason + ")";
    reason.machines += (reason.machines.empty() ? "" : ", ") + known.facts.name + why;
  }
  if (reason.machines.empty() || index_.empty.fits(shape)) return std::nullopt;
  if (!GangCount(Space(nodes), shape).fits()) return std::nullopt;
  return reason;
}

/// It would start now but for machines that are reserved for others.
std::optional<Reason> Scheduler::why_reserved(const model::Job& job, Pass& pass, const Bars& bars) const {
  const Shape shape = shape_of(*job.spec);
  if (bars.empty() || shortage_of(pass.now_free(), shape).scarce != Scarce::none) return std::nullopt;
  {
    const Barred barred(pass.now_free(), pass.reserved(), bars);
    if (shortage_of(pass.now_free(), shape).scarce == Scarce::none) return std::nullopt;
  }
  Reason reason = reason_for(*job.spec, Kind::reserved);
  for (const std::uint32_t bar : bars) {
    const model::Reservation& reservation = pass.reserved().at(bar);
    std::string machines;
    for (const NodeId id : reservation.nodes) {
      const std::size_t node = pass.now_free().find(id);
      if (node == pass.now_free().size() || tasks_that_fit(pass.now_free().at(node), shape) == 0) continue;
      machines += (machines.empty() ? "" : ", ") + cluster_.nodes.at(id).facts.name;
    }
    if (machines.empty()) continue;
    reason.machines = machines;
    reason.reservation = reservation;
    break;
  }
  return reason;
}

Reason Scheduler::making_room(const model::Job& job, const model::Claim& claim, Instant now) const {
  Reason reason = reason_for(*job.spec, Kind::making_room);
  reason.free_at = claim.until;
  for (const JobId id : claim.waits_for) {
    const auto found = cluster_.jobs.find(id);
    if (found == cluster_.jobs.end()) continue;
    const model::Job& other = found->second;
    if (live_attempts(other).empty()) continue;  // gone already
    const bool told = other.stopping && !other.preemptions.empty();
    const Duration lost = told ? other.preemptions.back().lost : model::at_risk(other, now);
    reason.losses.push_back(
        {id, lost, other.spec->each.gpus * other.spec->tasks, model::saves_when_told(other)});
    reason.jobs.push_back(id);
  }
  return reason;
}

/// The most CPUs that one machine could lend it, if that is enough and it only said that it may be stopped.
Cpus Scheduler::idle_for(model::JobSpec spec) const {
  if (spec.preemptible) return {};
  spec.preemptible = true;
  Cpus most;
  for (const NodeId id : index_.lenders) {
    const model::Idle& idle = cluster_.nodes.at(id).idle;
    most = std::max(most, idle.most - idle.lent);
  }
  return model::may_borrow(spec, cluster_.settings) && most >= spec.each.cpus ? most : Cpus{};
}

Reason Scheduler::array_full(const model::Job& job) const {
  Reason reason = reason_for(*job.spec, Kind::array_full);
  reason.wanted = reason.most_total = job.spec->array.at_once;
  reason.jobs = elements_running(cluster_, index_, job.array);
  return reason;
}

Reason Scheduler::why_not_yet(const model::Job& job, Instant now) const {
  Reason reason = reason_for(*job.spec, Kind::next_in_turn);
  const std::vector<JobId> order = queue(now);
  reason.place = static_cast<int>(std::ranges::find(order, job.id) - order.begin()) + 1;
  reason.waiting = static_cast<int>(order.size());

  Pass pass(cluster_, index_, now);
  pass.run(work_to_explain, true);
  for (const model::Claim& claim : pass.claims()) {
    if (claim.job == job.id) return making_room(job, claim, now);
  }
  if (const auto claim = cluster_.claims.find(job.id);
      claim != cluster_.claims.end() && now < claim->second.until) {
    const bool starts_now = std::ranges::any_of(
        pass.launches(), [&](const model::Launch& launch) { return launch.attempt.job == job.id; });
    if (!starts_now) return making_room(job, claim->second, now);
  }
  const bool starts = std::ranges::any_of(
      pass.launches(), [&](const model::Launch& launch) { return launch.attempt.job == job.id; });
  reason.tasks_fit = reason.tasks;
  if (starts) return reason;
  if (pass.array_is_full(index_.queue.lane_of(job))) return array_full(job);
  if (const auto first = pass.waits_for_share(job)) {
    const model::JobSpec& spec = *cluster_.jobs.at(*first).spec;
    const auto refusal = pass.lending().refuses(spec);
    Reason share = share_reason(cluster_.settings.shares, cluster_.shares, spec,
                                refusal.value_or(Lending::Refusal::limit));
    share.place = reason.place;
    share.waiting = reason.waiting;
    if (*first != job.id) share.jobs = {*first};
    return share;
  }

  const Shape shape = shape_of(*job.spec);
  const auto& head = pass.reservation();
  const Bars bars = pass.reserved().bars(job, shape, now);
  if (auto reserved = why_reserved(job, pass, bars)) {
    reserved->place = reason.place;
    reserved->waiting = reason.waiting;
    reserved->free_at = pass.start_kept_for(job.id);
    return *reserved;
  }
  const Barred barred(pass.now_free(), pass.reserved(), bars);
  const Shortage short_of = shortage_of(pass.now_free(), shape);
  reason.tasks_fit = short_of.tasks_fit;
  reason.free_at = pass.start_kept_for(job.id);
  if (short_of.scarce != Scarce::none) {
    reason.kind = Kind::busy;
    reason.scarce = short_of.scarce;
    reason.wanted = short_of.wanted;
    reason.most_free = short_of.most;
    reason.most_total = most_on_a_node(Space(index_.empty.nodes()), shape, short_of.scarce);
    reason.jobs = holders_of(cluster_, index_, shape, short_of.scarce);
    if (short_of.scarce == Scarce::cpus) reason.idle = idle_for(*job.spec);
    return reason;
  }
  auto spots = place(pass.now_free(), shape);
  if (!pass.port_for(*spots)) {
    reason.kind = Kind::busy;
    reason.scarce = Scarce::ports;
    reason.wanted = 1;
    return reason;
  }
  if (pass.lacks_spare(job, shape, *spots)) {
    reason.kind = Kind::spare;
    return reason;
  }
  if (head && head->job !=
                  job.id) {  // it would delay that one, or so many are between them that it was not looked at
    reason.kind = Kind::behind;
    reason.jobs = {head->job};
  }
  return reason;
}

}  // namespace busbar::sched
