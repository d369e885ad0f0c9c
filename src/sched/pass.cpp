// SPDX-License-Identifier: Apache-2.0
#include "sched/pass.hpp"

#include <algorithm>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

using Passing = model::Rules::Passing;

// Below the ports that Linux gives to outgoing connections (32768 and up by default), above those of known
// services.
constexpr int first_port = 20000, last_port = 29999;

// A lane of which it is known that it cannot start costs far less than a look; but there may be very many.
constexpr std::size_t skips_per_look = 4;

}  // namespace

Pass::Pass(const model::Cluster& cluster, const Index& index, Instant now)
    : cluster_(cluster),
      index_(index),
      now_(now),
      lending_(cluster, index.devices),
      reserved_(cluster),
      now_free_(index.free),
      later_(index.free),
      beside_(index.free) {
  if (cluster.settings.spare > 0) spare_.emplace(cluster, index, reserved_, now, cluster.settings.spare);
}

void Pass::run(std::size_t work, bool always_keep) {
  leave_drained();
  call_back_lent();
  keep_claims();
  bring_back_displaced();
  serve_queue(work, always_keep);
  own_lent();
}

/// The queue, in order.
void Pass::serve_queue(std::size_t work, bool always_keep) {
  const bool books = cluster_.settings.rules.passing == Passing::conservative;
  std::size_t looked = 0, skipped = 0;  // since then
  for (Walk walk(index_.queue, cluster_, lending_, now_); !walk.at_end();) {
    const Walk::Candidate candidate = walk.front();
    if (array_is_full(*candidate.lane)) {
      walk.drop_lane();
      continue;
    }
    if (made_room_for_.contains(candidate.place.id)) {
      walk.next_in_lane();
      continue;
    }
    if (lending_.on() && is_refused(walk)) continue;
    const Shape& shape = candidate.lane->shape;
    const Bars bars = bars_at(candidate.place.id, shape, now_);
    const bool is_own = walk.is_own(), failed = has_failed(shape, bars) || lacks_spare(candidate);
    if (failed && !is_own) {
      if (borrow(candidate)) {
        walk.next_in_lane();
        continue;
      }
      if (somebody_waits_ && skipped++ >= work * skips_per_look) return;
      walk.drop_lane();
      continue;
    }
    if (somebody_waits_ && looked++ >= work) return;
    if (!failed && (timeline_ ? book(candidate) : start(candidate, bars))) {
      walk.next_in_lane();
      continue;
    }
    const bool wants_spare =
        lacks_spare(candidate) && !has_failed(shape, bars);  // stopping others would not help
    if ((!wants_spare &&
         (somebody_waits_ ? is_own && make_room_beside(candidate) : make_room(candidate, is_own))) ||
        borrow(candidate)) {
      walk.next_in_lane();
      continue;
    }
    if (is_own) {
      walk.own_waits();
      lending_.starts(*cluster_.jobs.at(candidate.place.id).spec);  // so much is kept of the guarantee
    }
    if (!somebody_waits_) {
      somebody_waits_ = true;
      if (work == 0 || (walk.is_last_lane() && !always_keep && !books)) return;
      keep_place(candidate);
      if (cluster_.settings.rules.passing == Passing::none) return;
    }
    if (timeline_) {
      walk.next_in_lane();
      continue;
    }
    // For want of spare room alone others of its shape may start all the same.
    if (no_spare_.empty() || !no_spare_.contains(resources_of(shape)))
      failed_.emplace(outlasts(shape), bars, resources_of(shape));
    walk.drop_lane();
  }
}

/// Is its share in the way of the front, whatever is free? Then it goes on without it, and without those who
/// come after it in its project and would take what it waits for.
bool Pass::is_refused(Walk& walk) {
  const JobId id = walk.front().place.id;
  const model::Job& job = cluster_.jobs.at(id);
  const auto refusal = lending_.refuses(*job.spec);
  if (!refusal) return false;
  if (lending_.ever_refuses(*job.spec)) {
    walk.drop_lane();
    return true;
  }
  const bool all = refusal == Lending::Refusal::limit;
  for (const Footing footing : {Footing::firm, Footing::lent}) {
    if (all || footing == index_.queue.party_of(job).footing)
      waits_for_share_.emplace(std::pair(job.spec->project, footing), id);
  }
  walk.shut(all);
  return true;
}

std::optional<JobId> Pass::waits_for_share(const model::Job& job) const {
  if (lending_.on() && lending_.ever_refuses(*job.spec)) return job.id;
  const auto first = waits_for_share_.find({job.spec->project, index_.queue.party_of(job).footing});
  return first == waits_for_share_.end() ? std::nullopt : std::optional(first->second);
}

/// For the first that has to wait.
void Pass::keep_place(const Walk::Candidate& candidate) {
  note_launches();
  switch (cluster_.settings.rules.passing) {
    case Passing::none:
    case Passing::easy:
      reservation_ = reserve(candidate.place.id, candidate.lane->shape);
      return;
    case Passing::conservative:
      timeline_.emplace(index_.free.nodes(), now_free_, now_);
      let_leave([&](const Moment& when, JobId, const Launched& gone) {
        timeline_->leaves(when, gone.shape, gone.spot);
        return true;
      });
      book(candidate);
      return;
    case Passing::anyone:
      return;
  }
}

/// Keeps a place for the job, or launches it where that is free from now on.
bool Pass::book(const Walk::Candidate& candidate) {
  const Shape& shape = candidate.lane->shape;
  const model::Job& job = cluster_.jobs.at(candidate.place.id);
  const auto booking = timeline_->book(shape, reserved_.closed_to(job));
  if (!booking) return false;
  const std::optional<Instant> start =
      booking->start.unknown ? std::nullopt : std::optional(booking->start.at);
  auto port = start == now_ ? port_for(booking->spots) : std::nullopt;
  if (port) {
    for (const Spot& spot : booking->spots) now_free_.take(shape, spot);
    if (spare_ && !keeps_spare(candidate, shape, booking->spots, false)) {
      for (const Spot& spot : booking->spots) now_free_.give(shape, spot);
      port.reset();
    }
  }
  if (!port) {
    if (start) kept_starts_.emplace(candidate.place.id, *start);
    if (!reservation_) reservation_ = KeptPlace{candidate.place.id, start, booking->spots};
    return true;
  }
  count_element(*candidate.lane);
  lending_.starts(*job.spec);
  record(candidate.place.id, booking->spots, *port);
  return true;
}

std::optional<Instant> Pass::start_kept_for(JobId job) const {
  if (reservation_ && reservation_->job == job) return reservation_->start;
  const auto kept = kept_starts_.find(job);
  return kept == kept_starts_.end() ? std::nullopt : std::optional(kept->second);
}

/// Room only shrinks in a pass: what did not fit will not, nor will it fit beside the reservation, nor where
/// more is closed to it.
bool Pass::has_failed(const Shape& shape, const Bars& bars) const {
  if (failed_.empty()) return false;
  const Shape resources = resources_of(shape);
  const auto failed = [&](bool stays) {
    return failed_.contains({stays, Bars{}, resources}) ||
           (!bars.empty() && failed_.contains({stays, bars, resources}));
  };
  return failed(false) || (outlasts(shape) && failed(true));
}

Bars Pass::bars_at(JobId job, const Shape& shape, Instant start) const {
  return reserved_.none() ? Bars{} : reserved_.bars(cluster_.jobs.at(job), shape, start);
}

/// Whoever has machines reserved starts there first, so that the others stay free for those who have none;
/// but not where it would still be when they are somebody else's.
std::optional<std::vector<Spot>> Pass::place_own(Space& space, JobId job, const Shape& shape) const {
  if (reserved_.none()) return std::nullopt;
  const Bars bars = bars_at(job, shape, now_);
  std::vector<FreeNode> own;
  for (const NodeId id : reserved_.own(cluster_.jobs.at(job), now_)) {
    const std::size_t node = space.find(id);
    if (node < space.size() && !reserved_.closes(bars, {{id, {}}})) own.push_back(space.at(node));
  }
  if (own.empty()) return std::nullopt;
  Space alone(own);
  auto spots = place(alone, shape, job);
  for (std::size_t k = 0; spots && k < spots->size(); ++k) space.take(shape, (*spots)[k]);
  return spots;
}

/// Has it been found that one like it, which may not be stopped either, would leave too little?
bool Pass::lacks_spare(const Walk::Candidate& candidate) const {
  return !no_spare_.empty() && no_spare_.contains(resources_of(candidate.lane->shape)) &&
         Spare::guards(cluster_.jobs.at(candidate.place.id));
}

bool Pass::outlasts(const Shape& shape) const {
  if (!reservation_) return false;
  const auto end = end_of(shape, now_);
  return !end || !reservation_->start || *end > *reservation_->start;
}

bool Pass::start(const Walk::Candidate& candidate, const Bars& bars) {
  const Shape& shape = candidate.lane->shape;
  // What is reserved for it is its own, also where the place of one who waits for the reservation's end is
  // kept.
  auto spots = place_own(now_free_, candidate.place.id, shape);
  const bool outlasting = outlasts(shape), stays = outlasting && !spots;
  Space& space = stays ? beside_ : now_free_;
  if (!spots) {
    const Barred barred(space, reserved_, bars);
    spots = place(space, shape, candidate.place.id);
  }
  if (!spots) return false;
  const auto port = port_for(*spots);
  if (!port) {
    for (const Spot& spot : *spots) space.give(shape, spot);
    return false;
  }
  if (spare_ && !keeps_spare(candidate, shape, *spots, stays)) {
    for (const Spot& spot : *spots) space.give(shape, spot);
    no_spare_.insert(resources_of(shape));
    return false;
  }
  if (outlasting && !stays)
    for (const Spot& spot : *spots) later_.take(shape, spot);
  take_beside(shape, *spots, stays);
  count_element(*candidate.lane);
  lending_.starts(*cluster_.jobs.at(candidate.place.id).spec);
  record(candidate.place.id, *spots, *port);
  return true;
}

/// After `spots` were taken of beside_ (it `stays` beyond the reserved start) or of now_free_: of the others,
/// too.
void Pass::take_beside(const Shape& shape, const std::vector<Spot>& spots, bool stays) {
  if (!reservation_) return;
  for (const Spot& spot : spots) {
    if (stays) {
      now_free_.take(shape, spot);
      later_.take(shape, spot);
    }
    follow(now_free_.find(spot.node));
  }
}

/// After `node` changed in now_free_ or later_.
void Pass::follow(std::size_t node) {
  if (reserved_nodes_.contains(node)) {
    beside_.set(node, least_of(now_free_.at(node), later_.at(node)));
  } else {
    beside_.set(node, now_free_.at(node));
  }
}

void Pass::record(JobId id, const std::vector<Spot>& spots, int port, bool lent) {
  const model::Job& job = cluster_.jobs.at(id);
  for (std::size_t task = 0; task < spots.size(); ++task) {
    const auto former = task < job.tasks.size() ? job.tasks[task].attempts.size() : 0;
    const model::AttemptId attempt{id, static_cast<int>(task), static_cast<int>(former) + 1};
    launches_.push_back({attempt, spots[task].node, spots[task].holdings, port, lent});
    new_ports_.emplace(spots[task].node, port);
  }
}

/// Those that were launched so far leave some day, too.
void Pass::note_launches() {
  for (const model::Launch& launch : launches_) {
    const Shape asked = shape_of(*cluster_.jobs.at(launch.attempt.job).spec);
    const Shape shape = launch.lent ? without_cpus(asked) : asked;
    const auto end = end_of(shape, now_);
    new_occupants_.insert(
        {end ? Occupant::Leaves::at_limit : Occupant::Leaves::unknown, end.value_or(now_), launch.attempt});
    launched_.emplace(launch.attempt, Launched{shape, {launch.node, launch.holdings}});
  }
}

bool Pass::array_is_full(const LaneKey& lane) const {
  if (lane.array.value == 0) return false;
  const auto fresh = new_elements_.find(lane.array);
  const auto running = cluster_.array_running.find(lane.array);
  return (fresh == new_elements_.end() ? 0 : fresh->second) +
             (running == cluster_.array_running.end() ? 0 : running->second) >=
         lane.at_once;
}

void Pass::count_element(const LaneKey& lane) {
  if (lane.array.value != 0) ++new_elements_[lane.array];
}

std::optional<int> Pass::port_for(const std::vector<Spot>& spots) const {
  std::vector<const model::Node*> nodes;
  for (std::size_t i = 0; i < spots.size(); ++i) {
    if (i == 0 || spots[i].node != spots[i - 1].node) nodes.push_back(&cluster_.nodes.at(spots[i].node));
  }
  const auto is_free = [&](const model::Node* node, int port) {
    return !node->ports.contains(port) && !node->foreign_ports.contains(port) &&
           !new_ports_.contains({node->facts.id, port});
  };
  for (int port = first_port; port <= last_port; ++port) {
    if (std::ranges::all_of(nodes, [&](const model::Node* node) { return is_free(node, port); })) return port;
  }
  return std::nullopt;
}

Pass::Launched Pass::leaving(const Occupant& occupant) const {
  if (const auto fresh = launched_.find(occupant.attempt); fresh != launched_.end()) return fresh->second;
  const model::Job& job = cluster_.jobs.at(occupant.attempt.job);
  const model::Attempt& attempt = job.tasks[static_cast<std::size_t>(occupant.attempt.task)].attempts.back();
  return {shape_of(*job.spec, attempt), {attempt.node, attempt.holdings}};
}

/// Lets the occupants leave one after another, in the order in which they are expected to, for as long as
/// `goes_on(when, job, what it holds)`. False where all are gone.
template <class Visit>
bool Pass::let_leave(Visit goes_on) const {
  auto old = index_.occupants.begin();
  auto fresh = new_occupants_.begin();
  for (int turn = 0;; ++turn) {
    const bool any_old = old != index_.occupants.end(), any_fresh = fresh != new_occupants_.end();
    if (!any_old && !any_fresh) return false;
    const Occupant& next = any_fresh && (!any_old || *fresh < *old) ? *fresh++ : *old++;
    // Whoever is past its end leaves at any moment, but has not left yet.
    const Moment when = next.leaves == Occupant::Leaves::at_limit
                            ? Moment{false, std::max(next.when, now_ + Duration{1}), 0}
                            : Moment{true, {}, turn};
    if (goes_.contains(next.attempt.job)) continue;  // its room is another's already
    if (!goes_on(when, next.attempt.job, leaving(next))) return true;
  }
}

/// By stated ends, and by the ends of reservations that are not for it.
std::optional<KeptPlace> Pass::reserve(JobId job, const Shape& shape) {
  later_ = now_free_;
  spare_later_ = spare_;
  Bars bars = bars_at(job, shape, now_);
  std::optional<std::vector<Spot>> spots;
  std::optional<Instant> start = now_;
  {
    Barred barred(later_, reserved_, bars);
    GangCount count(later_, shape);
    int left = 0, look_at = 1;  // spare room is looked for ever less often: it costs far more than the rest
    const auto has_spare = [&] {
      if (!spare_) return true;
      if (++left < look_at) return false;
      look_at *= 2;
      return will_have_spare(job, shape);
    };
    const auto fits = [&] { return count.fits() && has_spare(); };
    const auto turn_to = [&](Instant at) {
      Bars then = bars_at(job, shape, at);
      if (then == bars) return;
      bars = std::move(then);
      for (const std::size_t node : barred.turn_to(bars)) count.recount(later_, node);
    };
    const std::vector<Instant> openings = reserved_.openings_for(cluster_.jobs.at(job));
    auto opening = openings.begin();
    const auto opens_by = [&](const Moment& when) {
      for (; opening != openings.end() && (when.unknown || *opening <= when.at); ++opening) {
        turn_to(*opening);
        start = *opening;
        if (fits()) return true;
      }
      return false;
    };
    const auto leaves = [&](const Moment& when, JobId who, const Launched& gone) {
      if (opens_by(when)) return false;
      if (!when.unknown) turn_to(when.at);
      start = when.unknown ? std::nullopt : std::optional(when.at);
      const std::size_t node = later_.find(gone.spot.node);
      if (node == later_.size()) return true;
      later_.give(gone.shape, gone.spot);
      if (spare_later_) spare_later_->leaves(who);
      count.recount(later_, node);
      return !fits();
    };
    if (!fits() && !let_leave(leaves) && !opens_by(Moment{true, {}, 0}) && !count.fits()) return std::nullopt;
    spots = place(later_, shape, job);
  }
  if (!spots) return std::nullopt;  // room enough, but not as the policy wants it
  if (spare_later_) spare_later_->starts(cluster_.jobs.at(job), shape, *spots);
  beside_ = now_free_;
  for (const Spot& spot : *spots) reserved_nodes_.insert(later_.find(spot.node));
  for (const std::size_t node : reserved_nodes_) follow(node);
  return KeptPlace{job, start, *spots};
}

}  // namespace busbar::sched
