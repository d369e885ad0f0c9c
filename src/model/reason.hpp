// SPDX-License-Identifier: Apache-2.0
// reason.hpp: why a job waits, as a small value that the scheduler derives and wire/words renders.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "model/job.hpp"
#include "model/reservation.hpp"

namespace busbar::model {

/// Why a job is not running, as numbers; `wire` finds the words, so every language and screen says the same.
struct Reason {
  enum class Kind {
    next_in_turn,     // fits now; starts with the next decision
    dependency,       // waits for `jobs`
    no_nodes,         // no machine is up
    none_that_large,  // no machine could ever hold it
    busy,             // would fit an empty machine, not now
    behind,           // would fit now, but would delay `jobs[0]`, which is ahead and has its place reserved
    array_full,       // as many elements run as its submitter allowed
    stopping,         // its former run is still being stopped
    making_room,      // `losses` are being stopped for it
    drained,          // would fit `machines`, which an administrator wants empty
    over_limit,       // its project would hold more than it ever may
    over_share,       // it would borrow what others are guaranteed, and may not be stopped
    spare,            // would fit now, but a machine that fails could then not be made up for
    held,             // somebody keeps it from starting until `jobs[0]`, itself, is released
    early,            // JobSpec::begin is still to come
    reserved,         // would fit `machines`, which are reserved for others
  } kind = Kind::busy;
  enum class Scarce {
    none,
    gpus,
    gpu_memory,
    cpus,
    memory,
    disk,
    nodes,
    ports,
    machines
  } scarce = Scarce::none;
  std::int64_t wanted = 0, most_free = 0,
               most_total = 0;     // of the scarce thing, per task, on the best node; its own unit
  std::string gpu_model;           // where asked for
  int tasks = 1, tasks_fit = 0;    // how many of the job's tasks would fit at this moment
  int per_node = 0;                // of them on one machine at most, where that alone says how many it needs
  int place = 0, waiting = 0;      // place in the queue, counted from 1, and its length
  std::optional<Instant> free_at;  // when it starts at the latest by stated limits; none: unknown
  std::optional<Instant> begins;   // of an early one: not before
  std::optional<Instant> last_start;  // to end before its deadline; none: it has none
  std::optional<Hold> hold;
  std::optional<Reservation> reservation;  // that is in its way
  /// A job that is stopped for this one, and what it loses at most.
  struct Loss {
    JobId job;
    Duration time{0};  // of running that has to be done again; of all its tasks
    Share gpus;        // that all its tasks hold
    bool saves = false;
    bool operator==(const Loss&) const = default;
  };
  std::vector<Loss> losses;
  Cpus idle;                // enough of them would be lent to it, if it could be stopped; 0: not so
  std::string project;      // whose share is in the way,
  std::int64_t held = 0;    // and what that project holds; most_total is then its limit or guarantee
  std::string where;        // on which machines alone it may stand, in words; "" on any
  std::string machines;     // by name, with the administrator's reason
  std::vector<JobId> jobs;  // what is waited for or behind, or who holds what is scarce
  bool operator==(const Reason&) const = default;
};

}  // namespace busbar::model
