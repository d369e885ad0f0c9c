// SPDX-License-Identifier: Apache-2.0
// inventory.hpp: the machines of a replay, in pools.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/node.hpp"

namespace busbar::sim {

/// Machines that share their work. Of several pools each has jobs of its own: those of the group of its name.
struct Pool {
  std::string name;  // "" where there is but one
  std::vector<model::NodeFacts> nodes;

  std::int64_t gpus() const;
  Cpus cpus() const;
};

/// Ids of nodes and devices count from 1 through all pools.
using Inventory = std::vector<Pool>;

/// One of: "16x8:H100" (nodes x GPUs of each, and their model), "16x8:H100/128" (with so many CPUs each),
/// several joined by ','; a table of virtual clusters (vc, node num: nodes of 8 GPUs); a table of nodes (sn,
/// cpu_milli, memory_mib, gpu, model); the state folder of a server. Where CPUs or memory are not said they
/// are plenty, so that they never decide. Errors: Errc::not_found, Errc::invalid with place, found and right.
Result<Inventory> read_inventory(const std::string& given);

/// A number of nodes as people write them: "16x8:H100/128".
Result<std::vector<model::NodeFacts>> parse_nodes(std::string_view text);

/// Of each pool max(1, round(nodes x milli / 1000)) nodes, spread evenly over those there are; beyond 1000,
/// some twice.
Inventory scaled(Inventory inventory, std::int64_t milli);

/// All nodes in one pool.
Inventory pooled(Inventory inventory);

/// Numbers nodes and devices anew, from 1 in every pool.
void renumber(Inventory& inventory);

}  // namespace busbar::sim
