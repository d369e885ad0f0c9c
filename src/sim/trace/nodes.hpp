// SPDX-License-Identifier: Apache-2.0
// nodes.hpp: a list of machines, as Alibaba's cluster-trace-gpu-v2023 ("openb") writes it.
#pragma once
#include <string>
#include <vector>

#include "model/node.hpp"
#include "sim/trace/csv.hpp"

namespace busbar::sim {

struct NodeList {
  std::vector<model::NodeFacts> nodes;  // ids from 1, in the order of the list
  Refused refused;
};

/// Columns sn, cpu_milli, memory_mib, gpu (how many) and model; others are not looked at. Errors: those of
/// Csv; a number out of its bounds, a name that stands there twice, a list without a row or with more than a
/// million. A lenient reader skips such rows.
Result<NodeList> read_nodes(Csv csv, bool lenient);

}  // namespace busbar::sim
