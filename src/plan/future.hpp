// SPDX-License-Identifier: Apache-2.0
// future.hpp: one way in which things may go on, from the present until one job starts.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "plan/forecast.hpp"

namespace busbar::plan {

/// Whose start is waited for: a living job, or what is submitted first of all.
struct Subject {
  JobId job;
  model::Principal by;
  std::shared_ptr<const model::JobSpec> spec;  // none: `job` lives already
};

struct Outcome {
  std::optional<Error> refused;  // the submission
  JobId job;
  std::optional<Instant> start;  // nothing: not within what was looked at
  Duration runs{0};              // in all, from its start
  std::vector<model::Launch> launches;
  std::set<JobId> preempted;           // for it
  std::optional<model::Reason> waits;  // why, after the first decision
  std::int64_t events = 0;             // that it cost
};

/// Plays until the job has started or is over, nothing is left to happen, or `most_events` have passed. Each
/// job's run time is drawn from the seed and the job alone: whatever happens to be asked first, it is the
/// same.
Outcome play(const Present& present, const Tide& tide, const Subject& subject, std::uint64_t seed,
             std::int64_t most_events);

}  // namespace busbar::plan
