// SPDX-License-Identifier: Apache-2.0
#include "model/due.hpp"

namespace busbar::model {

std::optional<Due> due_of(const Job& job) {
  if (job.stopping) return std::nullopt;
  std::optional<Due> due;
  if (job.early) due = {job.spec->begin, TimeCame::What::begin};
  const auto last_start = last_start_of(*job.spec);
  if (!last_start) return due;
  const bool waits = job.state == JobState::pending;
  const Instant at = waits ? *last_start + Duration{1} : job.spec->deadline;
  if (!due || at < due->at) due = {at, TimeCame::What::deadline};
  return due;
}

}  // namespace busbar::model
