// SPDX-License-Identifier: Apache-2.0
// network.hpp: the four networks of a cluster, and how long their cables are.
#pragma once
#include <vector>

#include "plan/cluster.hpp"

namespace busbar::plan {

constexpr std::int64_t racks_in_a_row = 16;

/// What hangs on the networks besides the nodes.
struct Gear {
  std::int64_t storage_servers = 0, pdus = 0;
};

/// Compute, storage, in-band and out-of-band for so many nodes, cables not yet counted. One machine needs
/// none of the first. Errors (Errc::invalid): more ends than three levels serve, no switch that is fast
/// enough.
Result<std::vector<Network>> networks_of(const ClusterQuestion& question, const estimate::NodeKind& kind,
                                         std::int64_t nodes, const Gear& gear);

/// What a cable of so many metres (0: beyond 100) is made of, and whether each end takes a transceiver.
struct CableKind {
  const char* what;
  bool optics;
};
/// Up to 3 m copper with its plugs (passive cables of 100 Gb/s a lane reach no further), then multimode
/// fibre: to 100 m, from 400 Gb/s on 50 m (IEEE 802.3by, 802.3cm: OM4; 802.3db: VR4), then single mode. 1
/// Gb/s: copper to 100 m (IEEE 802.3ab).
CableKind cable_kind(estimate::GigabitsPerSecond speed, double metres);

/// Cables by the length that is sold. Racks of nodes stand in rows of `racks_in_a_row`, each row's leaves in
/// its middle, spines and cores in the middle row; storage and management plug into the middle row.
void count_cables(const Room& room, std::int64_t nodes, std::int64_t nodes_per_rack, int ports_of_a_node,
                  Network& network);

}  // namespace busbar::plan
