// SPDX-License-Identifier: Apache-2.0
// victims.hpp: which running jobs to stop so that another fits, at the least price (docs/adr/0018). A
// function of what is free, of what is wanted and of who may be stopped.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sched/space.hpp"

namespace busbar::sched {

/// What a project holds above its guarantee, seen from one of its jobs.
struct Debt {
  std::string project;
  Share devices;   // that this job holds
  Share borrowed;  // that the project borrowed, all its jobs together
};

/// How far a project may fall when its jobs are stopped.
enum class Repay {
  no_more_than_borrowed,  // never below its guarantee
  all_that_is_borrowed,   // the last of them may be larger than what is left to give back
};

/// A running job that may be stopped, and what that would cost.
struct Victim {
  JobId job;
  std::int64_t price =
      0;        // lost work: thousandths of a CPU times seconds (model/use.hpp: a device is 8 CPUs)
  Shape shape;  // of each of its tasks
  std::vector<Spot> spots;
  std::optional<Debt> debt;  // none: its project does not matter
};

/// Whom to stop, and where the job then goes.
struct Room {
  std::vector<JobId> stops;  // by id; without any one of them the job would not fit
  std::int64_t price = 0;
  std::vector<Spot> spots;
};

/// Nothing where it would not fit although all of them were stopped. The least price there is for a job that
/// stands on one machine, as long as no more than 12 victims stand on each; else a heuristic, within the sum
/// of 1/k (k up to the number of tasks) of the least where each victim stands on one machine. No victim is
/// stopped without need. Cost: victims times those that stand beside them, and a look at each machine.
/// Where victims have debts, a choice that no project could bear is none, and the search may end without an
/// answer although there is one of several victims; one that suffices alone is found.
std::optional<Room> cheapest_room(const Space& space, const Shape& shape, const std::vector<Victim>& victims,
                                  Repay repay = Repay::no_more_than_borrowed);

}  // namespace busbar::sched
