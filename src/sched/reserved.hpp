// SPDX-License-Identifier: Apache-2.0
// reserved.hpp: which machines a job may not use for a while, because they are reserved for others
// (docs/adr/0032).
#pragma once
#include <cstdint>
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

/// Reservations that keep a job from their machines, by their places in the list of all; rising.
using Bars = std::vector<std::uint32_t>;

class Reserved {
 public:
  /// Those of the cluster, which must outlive this. Costs nothing where there are none.
  explicit Reserved(const model::Cluster& cluster);

  bool none() const { return all_.empty(); }
  const model::Reservation& at(std::uint32_t place) const { return *all_[place]; }

  /// Those that this job, of this shape, meets if it starts then: it would be there within their time.
  Bars bars(const model::Job& job, const Shape& shape, Instant start) const;
  /// When those end that are not for it; rising.
  std::vector<Instant> openings_for(const model::Job& job) const;
  /// All that are not for it.
  std::vector<const model::Reservation*> closed_to(const model::Job& job) const;
  /// Machines that are its own at this moment; none reserved for it: none.
  std::vector<NodeId> own(const model::Job& job, Instant now) const;
  /// Is one of the spots on a machine that these bars close?
  bool closes(const Bars& bars, const std::vector<Spot>& spots) const;

 private:
  friend class Barred;
  std::vector<const model::Reservation*> all_;
};

/// While it lives, the machines that the bars close are as good as down in `space`. The three must outlive
/// it.
class Barred {
 public:
  Barred(Space& space, const Reserved& reserved, const Bars& bars);
  ~Barred();
  Barred(const Barred&) = delete;
  Barred& operator=(const Barred&) = delete;
  /// Other bars from now on; gives the nodes that opened or closed.
  std::vector<std::size_t> turn_to(const Bars& bars);

 private:
  void close(const Bars& bars);
  void open();

  Space& space_;
  const Reserved& reserved_;
  std::vector<std::size_t> closed_;  // nodes that were up
};

}  // namespace busbar::sched
