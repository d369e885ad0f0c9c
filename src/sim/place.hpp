// SPDX-License-Identifier: Apache-2.0
// place.hpp: the placement experiment of FGD (Weng et al., USENIX ATC 2023): tasks come one after another to
// an empty cluster until more is asked for than there is; none leaves. How much of the GPUs is given out in
// the end?
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/node.hpp"
#include "model/rules.hpp"
#include "sim/trace/nodes.hpp"
#include "sim/trace/pods.hpp"

namespace busbar::sim {

struct Experiment {
  std::vector<model::NodeFacts> nodes;
  std::vector<Pod> pods;
  model::Rules::Fit fit = model::Rules::Fit::busbar;
  std::int64_t load_milli = 1300;  // GPUs asked for in all, in thousandths of those there are
  int move_milli = 0;              // of the pods that are placed, how many may be moved to make room
};

/// Where one pod went.
struct Placement {
  std::size_t pod = 0;              // in Experiment::pods
  std::optional<std::size_t> node;  // in Experiment::nodes; none: dropped
  std::vector<int> devices;         // their indices on the node
};

/// How much was given out when how much had been asked for, in thousandths of a GPU.
struct Level {
  std::int64_t percent = 0;  // of the cluster's GPUs asked for
  Share allocated;
};

/// GPUs that are free in the end, by the size of the hole: of one device, in thousandths.
struct HoleClass {
  const char* name;
  int below;
};
constexpr std::array<HoleClass, 5> hole_classes = {{{"under 0.1", 100},
                                                    {"0.1 to 0.25", 250},
                                                    {"0.25 to 0.5", 500},
                                                    {"0.5 and more", 1000},
                                                    {"whole", 1001}}};

struct Outcome {
  Share capacity;
  std::vector<Level> course;  // at each whole percent that is asked for
  std::array<Share, hole_classes.size()> holes{};
  std::vector<Level> levels;                        // 90, 100, ... percent and at last the whole load
  std::int64_t placed = 0, dropped = 0, moved = 0;  // moved: once for each time
};

/// Over the seeds; the deviation is the sample's (divided by n - 1), of one seed 0.
struct Figure {
  double mean = 0, deviation = 0;
};
Figure figure_of(const std::vector<double>& values);
/// Given out at that level, in percent of all GPUs.
Figure allocated(const std::vector<Outcome>& outcomes, std::size_t level);

/// The lists of an experiment, plain or gzip. Errors: those of open_trace, read_nodes and read_pods.
Result<NodeList> open_nodes(const std::string& path, bool lenient);
Result<PodList> open_pods(const std::string& path, bool lenient);

/// Errors (Errc::invalid): no GPU that could be given out, or none that is asked for.
Status check(const Experiment& experiment);

/// The pods of one run in order of arrival: shuffled, then joined by pods drawn from the list with
/// replacement until the next would go beyond the load; where the list asks for more by itself, pods drawn by
/// chance are left out.
std::vector<std::size_t> arrivals(const Experiment& experiment, std::uint64_t seed);

/// One run of an experiment that check() let pass. Each pod is a job for the production controller; one that
/// does not start at once is stopped and counts as dropped. Pods that are moved lose nothing by it. Ties
/// between nodes go by the order that `seed` draws (model::Rules::tie_seed). Hands each placement to `told`
/// in order of arrival. Deterministic in its arguments.
Outcome place(const Experiment& experiment, std::uint64_t seed,
              const std::function<void(const Placement&)>& told);

}  // namespace busbar::sim
