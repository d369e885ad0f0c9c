// SPDX-License-Identifier: Apache-2.0
// shape.hpp: what of a job's request a pool of machines can give, as tasks.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>

#include "model/job.hpp"
#include "sim/trace/inventory.hpp"

namespace busbar::sim {

/// What the machines of a pool have.
struct Limits {
  std::int64_t node_gpus = 0, node_cpus = 0;  // whole ones, of the largest node of each
  Bytes node_memory;
  std::int64_t gpus = 0, cpus = 0, nodes = 0;  // of all
  std::set<std::string> models;                // in lower case
};
Limits limits_of(const Pool& pool);

struct Shaped {
  std::shared_ptr<const model::JobSpec> spec;
  bool clamped = false;    // it asked for more than there is, and gets all there is
  bool any_model = false;  // no machine has the model it asked for: it takes any
};

/// A request stays as it was asked for where a node can hold each of its tasks. Else its GPUs are divided
/// anew: what a node holds goes on one, multiples of that as full nodes, anything else as tasks of one GPU
/// each; CPUs of a job without GPUs likewise. What is more than all the machines together is cut down to
/// that. Source: the rules of the Philly replay (Helios artifact), for nodes of any size.
Shaped shaped(const std::shared_ptr<const model::JobSpec>& asked, const Limits& limits);

/// The same, remembered for requests that come again.
class Shaper {
 public:
  explicit Shaper(Limits limits) : limits_(std::move(limits)) {}
  const Shaped& of(const std::shared_ptr<const model::JobSpec>& asked);

 private:
  Limits limits_;
  std::map<std::shared_ptr<const model::JobSpec>, Shaped> known_;
};

}  // namespace busbar::sim
