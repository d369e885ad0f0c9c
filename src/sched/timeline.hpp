// SPDX-License-Identifier: Apache-2.0
// timeline.hpp: what will be free when, by stated ends and by what is booked: for conservative backfill,
// where every job that waits has its place kept (docs/adr/0016).
#pragma once
#include <compare>
#include <optional>
#include <set>
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

/// A moment to come. What has no stated end is only ever assumed to go after all that have one, one after
/// another.
struct Moment {
  bool unknown = false;
  Instant at;    // of a known one
  int turn = 0;  // of unknown ones
  auto operator<=>(const Moment&) const = default;
};

/// A place kept for one job.
struct Booking {
  Moment start;
  std::vector<Spot> spots;
};

class Timeline {
 public:
  /// From `now` on, with what `free` says is free. `nodes` lie below `free` and must outlive this.
  Timeline(const std::vector<FreeNode>& nodes, const Space& free, Instant now);

  /// What `spot` holds is free from `when` on. Calls come in the order of time, all before the first booking.
  void leaves(const Moment& when, const Shape& shape, const Spot& spot);

  /// Keeps the earliest place that is free for as long as the job may run; nothing where it never fits. What
  /// starts at an unknown moment may start at any: nothing that is booked later gets in its place before.
  /// `closed`: reservations of others, within whose time it stands on none of their machines.
  /// Cost: moments x nodes.
  std::optional<Booking> book(const Shape& shape, const std::vector<const model::Reservation*>& closed = {});

 private:
  struct Step {
    Moment from;
    FreeNode free;
  };
  using Steps = std::vector<Step>;  // of one node, in the order of time; the first is now

  FreeNode window(const Steps& steps, const Moment& start, const std::optional<Moment>& end) const;
  void keep(const Shape& shape, const Spot& spot, const Moment& start, const std::optional<Moment>& end);
  static std::size_t split(Steps& steps, const Moment& at);

  const std::vector<FreeNode>& nodes_;
  std::vector<Steps> steps_;
  std::set<Moment> moments_;  // at which something becomes free
};

}  // namespace busbar::sched
