// SPDX-License-Identifier: Apache-2.0
// workload.hpp: what work arrives, as counts. What placement fears to waste is measured against it
// (docs/adr/0021).
#pragma once
#include <compare>
#include <map>
#include <string>

#include "model/job.hpp"

namespace busbar::model {

/// What one task asks for. Jobs that differ in nothing else are one kind of work.
struct Want {
  Share gpus;
  Cpus cpus;
  Bytes memory;
  std::string gpu_model;  // as it was asked for
  auto operator<=>(const Want&) const = default;
};

/// Counts of tasks by what they ask for. Old work fades: when the sum passes `most_counted`, all counts are
/// halved. Bounded: at most `most_kinds` kinds.
struct Workload {
  std::map<Want, std::int64_t> seen;
  std::map<Want, std::int64_t>
      learned;                // `seen` as it was when the prices of placement were last drawn from it
  std::int64_t arrived = 0;   // tasks, ever
  std::int64_t learn_at = 2;  // when `arrived` passes this, `learned` is renewed
  bool operator==(const Workload&) const = default;
};

/// `tasks` more of what this job asks for have arrived. True when `learned` was renewed: when the work seen
/// has doubled, later every 32,768 tasks. One call counts as no more than 1,024 tasks, so that one large
/// array is not all that is known. Cost: O(log kinds), and O(kinds) when it halves or renews.
bool arrive(Workload& workload, const JobSpec& spec, std::int64_t tasks);

}  // namespace busbar::model
