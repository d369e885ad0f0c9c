// SPDX-License-Identifier: Apache-2.0
// share.hpp: how many devices recorded programs need when they share them: who stands with whom is decided by
// the first half of the record, and what came of it counted on the second.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/share.hpp"
#include "sim/trace/lines.hpp"

namespace busbar::sim {

/// A record of duty cycles, all programs at the same moments.
struct DutyRecord {
  std::vector<std::string> names;
  std::vector<model::Duty> programs;
  std::int64_t moments = 0;
};
/// CSV with timestamp_anon (seconds), value (percent of a device) and container_ip (the program). Errors name
/// file, line and column: percent below 0 or above 100, a program twice at one moment, fewer than 4 moments,
/// more than 20 million cells.
Result<DutyRecord> read_duty(const std::string& path);
/// The same of a source; errors call it `name`.
Result<DutyRecord> read_duty(const std::string& name, Source source);

struct ShareOutcome {
  std::string rule;
  std::int64_t devices = 0;                            // on which somebody was in the second half
  std::int64_t samples = 0, violated = 0;              // there: device by device, moment by moment
  std::int64_t worst_samples = 0, worst_violated = 0;  // of the device with the largest part
};
struct ShareAnswer {
  std::int64_t programs = 0;  // in the second half
  std::int64_t unknown = 0;   // of these, such as were in fewer than a tenth of the first: they stand alone
  std::int64_t moments = 0;   // in the second half
  std::vector<ShareOutcome> outcomes;
  /// By the same rule as ours from the second half itself: what foresight would do.
  ShareOutcome foresight;
};

/// `budget_milli`: of the samples of a device, the thousandths in which its programs may want more than it
/// has.
ShareAnswer share_experiment(const DutyRecord& record, std::int64_t budget_milli);

}  // namespace busbar::sim
