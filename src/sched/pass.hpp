// SPDX-License-Identifier: Apache-2.0
// pass.hpp: one walk through the queue that launches what may start now: first in order, then whom the rules
// let pass those that must wait (model/rules.hpp).
#pragma once
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "sched/index.hpp"
#include "sched/lending.hpp"
#include "sched/preempt/victims.hpp"
#include "sched/reserved.hpp"
#include "sched/spare.hpp"
#include "sched/timeline.hpp"

namespace busbar::sched {

/// A job that cannot start, and the place that is kept for it.
struct KeptPlace {
  JobId job;
  std::optional<Instant>
      start;  // at the latest, by stated ends; none: something without a limit is in the way
  std::vector<Spot> spots;
};

/// What stopping the job now would cost: work to be redone, and the time to be there again, weighed as fair
/// share weighs; dearer each time it was stopped before. Thousandths of a CPU times seconds.
std::int64_t price_of(const model::Job& job, const model::PreemptionRules& rules, Instant now);

class Pass {
 public:
  Pass(const model::Cluster& cluster, const Index& index, Instant now);

  /// Looks at no more than `work` jobs beyond the first that has to wait; of those that take the same at one,
  /// but for conservative backfill, which keeps a place for each. Without work nothing is kept, either, nor,
  /// unless that is what is asked for, where nobody is behind the first that waits.
  void run(std::size_t work, bool always_keep = false);

  const std::vector<model::Launch>& launches() const { return launches_; }
  const std::vector<model::Preempt>& preempts() const { return preempts_; }
  /// Whose lent CPUs have become free for them to hold.
  const std::vector<JobId>& owning() const { return owning_; }
  /// Room that this pass has had made.
  const std::vector<model::Claim>& claims() const { return claims_; }
  /// Of the first in order that has to wait.
  const std::optional<KeptPlace>& reservation() const { return reservation_; }
  /// When this job starts at the latest, by stated ends; nothing where no place is kept for it or that is not
  /// known.
  std::optional<Instant> start_kept_for(JobId job) const;
  /// Whom of its project, and of its footing, this job has to wait for, because that one is first of those
  /// that their share keeps from starting; the job itself, where it is that one.
  std::optional<JobId> waits_for_share(const model::Job& job) const;
  const Lending& lending() const { return lending_; }
  /// Would so little be left, with the job there, that not every job of a machine that fails had a place?
  bool lacks_spare(const model::Job& job, const Shape& shape, const std::vector<Spot>& spots) const;
  const Reserved& reserved() const { return reserved_; }
  /// What is free after the launches.
  Space& now_free() { return now_free_; }

  /// Do as many elements of the array run, start or have room kept for them as may run at once?
  bool array_is_full(const LaneKey& lane) const;

  /// The lowest port that is free on all these nodes.
  std::optional<int> port_for(const std::vector<Spot>& spots) const;

 private:
  struct Launched {
    Shape shape;
    Spot spot;
  };
  struct Placed {
    JobId job;
    Shape shape;
    std::vector<Spot> spots;
  };
  bool outlasts(const Shape& shape) const;  // would it still be there when the reserved start has come?
  bool has_failed(const Shape& shape, const Bars& bars) const;
  bool lacks_spare(const Walk::Candidate& candidate) const;
  Bars bars_at(JobId job, const Shape& shape, Instant start) const;
  std::optional<std::vector<Spot>> place_own(Space& space, JobId job, const Shape& shape) const;
  void count_element(const LaneKey& lane);
  bool is_refused(Walk& walk);
  void serve_queue(std::size_t work, bool always_keep);
  bool start(const Walk::Candidate& candidate, const Bars& bars);
  void take_beside(const Shape& shape, const std::vector<Spot>& spots, bool stays);
  void keep_place(const Walk::Candidate& candidate);
  bool book(const Walk::Candidate& candidate);
  void record(JobId job, const std::vector<Spot>& spots, int port, bool lent = false);
  template <class Visit>
  bool let_leave(Visit goes_on) const;
  std::optional<KeptPlace> reserve(JobId job, const Shape& shape);
  Launched leaving(const Occupant& occupant) const;
  void note_launches();
  void follow(std::size_t node);

  // lent_cpus.cpp
  void call_back_lent();
  bool borrow(const Walk::Candidate& candidate);
  void own_lent();

  // preempt/failover.cpp
  void bring_back_displaced();
  void clear_the_way(const std::vector<Placed>& waiting);
  std::vector<Victim> in_the_way_of(const std::vector<Placed>& waiting, std::vector<Victim> victims) const;
  bool keeps_spare(const Walk::Candidate& candidate, const Shape& shape, const std::vector<Spot>& spots,
                   bool stays);
  bool will_have_spare(JobId id, const Shape& shape) const;
  bool leaves_spare(JobId id, const Shape& shape, const Room& room, const std::vector<Victim>& victims) const;

  // preempt/making_room.cpp
  void leave_drained();
  void keep_claims();
  bool start_at(const model::Job& job, const std::vector<Spot>& spots);
  void hold(const std::vector<model::Claim>& claims);
  void expect(const model::Claim& claim);
  bool make_room(const Walk::Candidate& candidate, bool is_own);
  bool make_room_beside(const Walk::Candidate& candidate);
  bool make_room(JobId id, const Shape& shape, model::Preemption::Why why);
  Duration notice_for(const std::vector<JobId>& stops) const;
  model::Claim claim_of(JobId job, const Room& room) const;
  void tell_to_go(const model::Job& job, const Shape& shape, const Room& room, model::Preemption::Why why,
                  const std::vector<model::Claim>& claims);
  std::optional<JobId> rehouse(const std::vector<JobId>& moved, std::vector<model::Claim>& claims);
  std::vector<Victim> victims_for(const model::Job& job, model::Preemption::Why why) const;
  bool is_in_the_way(const model::Job& other, const Shape& shape) const;
  bool finds_room(const model::Job& other, std::map<std::pair<Bars, Shape>, bool>& known) const;
  std::optional<Room> room_for(const Shape& shape, const std::vector<Victim>& victims,
                               const Bars& bars) const;
  bool is_in_the_place_kept(const Victim& victim) const;
  std::optional<Debt> debt_of(const model::Job& other, const model::Job& job,
                              model::Preemption::Why why) const;
  void take_beside_the_place_kept(const Shape& shape, const std::vector<Spot>& spots);
  bool is_worth_it(const Shape& shape, const Bars& bars, Instant start, std::int64_t price) const;
  std::optional<Instant> starts_by_itself(const Shape& shape, const Bars& bars) const;
  std::int64_t moves_left() const;

  const model::Cluster& cluster_;
  const Index& index_;
  Instant now_;
  Lending lending_;
  Reserved reserved_;
  std::optional<Spare> spare_;        // where room is kept for machines that fail
  std::optional<Spare> spare_later_;  // likewise when the reserved start has come
  std::set<Shape> no_spare_;          // what may not be stopped and would leave too little, by resources
  std::map<std::pair<std::string, Footing>, JobId> waits_for_share_;  // by project: the first
  Space now_free_;
  Space later_;   // easy, once there is a reservation: at its start, without what it takes; right on its own
                  // nodes only
  Space beside_;  // free now and later: for those who outlast the reserved start
  std::optional<KeptPlace> reservation_;
  std::optional<Timeline> timeline_;      // conservative: once somebody has to wait
  std::map<JobId, Instant> kept_starts_;  // conservative: of those that wait, where known
  std::set<std::size_t> reserved_nodes_;
  /// Whether it would have outlasted the reserved start, what was closed to it, and its resources.
  std::set<std::tuple<bool, Bars, Shape>> failed_;
  std::vector<model::Launch> launches_;
  std::set<Occupant> new_occupants_;  // with launched_: who is there, too, when somebody has to wait
  std::map<model::AttemptId, Launched> launched_;
  std::set<std::pair<NodeId, int>> new_ports_;
  std::map<JobId, int> new_elements_;  // by array: launched, or their room is kept

  bool somebody_waits_ = false;
  std::map<NodeId, Cpus> lent_;                 // in this pass
  std::set<std::pair<bool, Shape>> no_lender_;  // as failed_, of those that may borrow
  std::vector<JobId> owning_;

  std::vector<model::Preempt> preempts_;
  std::vector<model::Claim> claims_;
  std::set<JobId> made_room_for_;  // looked at no more in this pass
  std::set<JobId> goes_;           // on its way out: its room is another's already
  std::set<Shape> no_room_;        // for shares: what could not be had back in this pass
  std::size_t attempts_ = 0;       // to make room
};

}  // namespace busbar::sched
