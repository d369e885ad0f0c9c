// SPDX-License-Identifier: Apache-2.0
// forecast.hpp: the planner's door. The present is played forward many times by the production controller
// (sim::World), each time with other run times, and what came of it is counted. Nothing here touches the
// present.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "model/cluster.hpp"
#include "model/reason.hpp"
#include "plan/track_record.hpp"
#include "plan/traffic.hpp"
#include "sim/forgetful_journal.hpp"

namespace busbar::plan {

/// Where the futures begin.
struct Present {
  std::shared_ptr<const model::Cluster> cluster;
  Instant now;  // not before cluster->now
  std::shared_ptr<const Traffic> traffic;
  std::shared_ptr<const TrackRecord> record;  // may be none
  sim::EndedBefore ended;                     // for dependencies on jobs that are over; may be empty
};

/// How much is to be done. Counted, never timed, so that the same question has the same answer.
struct Effort {
  int futures = 64;
  int fewest = 16;  // so many are played although the events are used up
  std::int64_t events =
      100'000;                  // submits, ends, decisions and a quarter of the living, all futures together
  std::int64_t of_one = 6'000;  // a future that has not come to the start by then is left there
  std::uint64_t seed = 1;
};

/// p10 to p90 is an interval of 80 %, p50 the middle of the futures. Where it is told from the futures alone
/// p10 is a sixteenth of them from the first and p90 a sixteenth from the last: they agree with one another
/// more than with what comes (docs/adr/0029).
template <class Value>
struct Quantiles {
  Value p10{}, p50{}, p90{};
};
/// Nothing: later than was looked at, or never.
using Moments = Quantiles<std::optional<Instant>>;
using Spans = Quantiles<Duration>;

/// When a job starts and ends.
struct Start {
  int futures = 0;       // played
  int started = 0;       // those in which it starts within what was looked at
  bool running = false;  // it has started already
  Moments starts, ends;  // corrected by the track record
  Interval played;       // of the start, as the futures had it
  Spans runs;            // from its start, in all
  std::int64_t submissions =
      0;                     // of the past, stretches of which come again; 0: nobody submits in these futures
  std::int64_t learned = 0;  // run times of ended jobs that this rests on; 0: on limits and guesses alone
};

/// Errors: not_found where the job is not alive.
Result<Start> when(const Present& present, JobId job, const Effort& effort = {});

/// What would happen to a job that is submitted now. Of an array: to its first element.
struct Outlook {
  Start start;
  bool at_once = false;                // with the decision that sees it first, nobody being stopped for it
  std::optional<model::Reason> waits;  // why not
  /// Where its tasks stand in the future in the middle; for certain where it starts at once.
  std::vector<model::Launch> launches;
  struct Victim {
    JobId job;
    int futures = 0;  // in which it is stopped for this one
  };
  std::vector<Victim> preempts;
  Quantiles<Money> costs;  // of all its tasks, at today's prices
};

/// Errors: those of a submission: what no machine could ever hold, dependencies that cannot be fulfilled.
Result<Outlook> outlook(const Present& present, const model::Principal& by,
                        const std::shared_ptr<const model::JobSpec>& spec, const Effort& effort = {});

}  // namespace busbar::plan
