// SPDX-License-Identifier: Apache-2.0
// pods.hpp: a list of tasks to place, as Alibaba's cluster-trace-gpu-v2023 ("openb") writes it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "model/job.hpp"
#include "sim/trace/csv.hpp"

namespace busbar::sim {

struct Pod {
  std::string name;
  model::Resources needs;
  bool operator==(const Pod&) const = default;
};

struct PodList {
  std::vector<Pod> pods;
  Refused refused;
};

/// Columns name, cpu_milli, memory_mib, num_gpu, gpu_milli (of each GPU; below 1000 only of one), and
/// gpu_spec (models joined by '|', empty is any) where there is one; others are not looked at. Errors: those
/// of Csv; a number out of its bounds, a name that stands there twice, a list without a row. A lenient reader
/// skips such rows. Bound: 10 million pods.
Result<PodList> read_pods(Csv csv, bool lenient);

}  // namespace busbar::sim
