// SPDX-License-Identifier: Apache-2.0
// spare.hpp: room for the jobs of machines that fail. However a number of machines is chosen, every job that
// runs there and may not be stopped must have a place on the others, where those that may be stopped make way
// (docs/adr/0036).
#pragma once
#include <map>
#include <set>
#include <vector>

#include "sched/index.hpp"
#include "sched/reserved.hpp"

namespace busbar::sched {

/// By which the jobs of failed machines are placed first: larger ones find a place less easily.
bool is_larger(const Shape& a, const Shape& b);

class Spare {
 public:
  /// `machines` may fail at a time: 1 or 2. What is reserved for others is nobody's place elsewhere. All but
  /// the number must outlive this.
  Spare(const model::Cluster& cluster, const Index& index, const Reserved& reserved, Instant now,
        int machines);

  /// Does this job look after a place of its own? Not one that may be stopped: it makes way.
  static bool guards(const model::Job& job) { return !job.spec->preemptible; }

  /// It runs from now on, too, or no longer.
  void starts(const model::Job& job, const Shape& shape, const std::vector<Spot>& spots);
  void leaves(JobId job);

  /// `free`, with those gone that make way.
  Space cleared(const Space& free) const;

  /// Does everybody have a place, whichever machines fail, where so much is free? A job that would not fit on
  /// the others though they were empty counts as if it had one: nothing could be kept for it. Places are
  /// looked for by the policy, the largest job first, so that now and then one is not found that there is:
  /// then this says no. Cost: machines in use to the power of those that may fail, times a placement of each
  /// task there; nearly nothing for a machine of which as many like it are empty as may fail.
  bool holds(const Space& free) const;

 private:
  struct Running {
    Shape shape;
    std::vector<Spot> spots;
    bool guarded = false;
    Bars bars;  // if it had to start anew now
  };
  struct Moved {
    JobId job;
    const Shape* shape;
    const Bars* bars;
  };
  using Nodes = std::vector<std::size_t>;

  bool survives(const Space& cleared, const Nodes& failed) const;
  bool could_run_without(const Moved& job, const Nodes& failed) const;
  Nodes not_easily_replaced(const Space& cleared, const Nodes& used) const;

  const Index* index_;
  const Reserved* reserved_;
  Instant now_;
  int machines_;
  std::map<JobId, Running> running_;
  std::map<std::size_t, std::set<JobId>> on_;  // guarded ones, by node
  std::map<JobId, Running> homeless_;          // without spots
};

}  // namespace busbar::sched
