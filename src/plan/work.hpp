// SPDX-License-Identifier: Apache-2.0
// work.hpp: from what people run in a week to the GPUs that takes, on the mean and at the peak.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "estimate/catalogue.hpp"
#include "estimate/constants.hpp"

namespace busbar::plan {

/// One kind of work: each of `people` has a run on `gpus` GPUs going for `hours` of a week.
struct Work {
  std::string name;
  int people = 1, gpus = 1;
  double hours = 0;
  std::string how;  // where GPUs and hours were reckoned: of what
  double mean() const { return people * gpus * hours / 168; }
};

struct AtWork {
  double mean = 0;   // GPUs at work
  int peak = 0;      // that nineteen of twenty moments need no more than, and the largest run
  int together = 0;  // if everybody ran at once
  int people = 0;
};

/// A table with the columns name, people (1), and either gpus and hours_a_week, or model, method (full, lora,
/// qlora) and tokens_a_week: then GPUs are the fewest of `node`'s kind that hold it and finish within the
/// week, as `busbar plan train` reckons with its defaults. gpu_memory_gb: of one GPU, at least. Errors
/// (Errc::invalid) name file, line, column; together more than 20,000 GPUs.
Result<std::vector<Work>> parse_work(const estimate::Sheet& sheet, const estimate::Catalogue& catalogue,
                                     const estimate::NodeKind& node, const estimate::Constants& constants);

/// Runs begin independently of one another: the GPUs at work at a moment are a sum of `people` coins that
/// show `gpus` with probability hours / 168; the peak is its 95th percentile, exactly. Cost: O(people x
/// GPUs).
AtWork at_work(const std::vector<Work>& work);

}  // namespace busbar::plan
