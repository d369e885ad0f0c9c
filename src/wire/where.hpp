// SPDX-License-Identifier: Apache-2.0
// where.hpp: on which machines a job may stand, as people write it: the same in a job file, as #SBATCH and on
// the command line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace busbar::wire {

constexpr std::size_t most_names = 256;  // labels, or machines, of one job

/// "a100&nvlink", "a100,nvlink": all of them. Errors: Slurm's other signs, which say which ones are not
/// built.
Result<std::vector<std::string>> parse_labels(std::string_view text);

/// "node1,node[3-5]": machines by name; a list in brackets stands for each of its numbers.
Result<std::vector<std::string>> parse_machines(std::string_view text);

}  // namespace busbar::wire
