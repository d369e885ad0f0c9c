// SPDX-License-Identifier: Apache-2.0
// fabric.hpp: networks of equal switches: how many it takes so that so many ends can all talk at once, and
// how many cables of which length.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "estimate/units.hpp"

namespace busbar::estimate {

using Metres = Amount<struct MetresUnit>;
using GigabitsPerSecond = Amount<struct GigabitsPerSecondUnit>;

/// A non-blocking (or stated oversubscribed) tree of switches that have `radix` ports each.
struct FatTree {
  int levels = 1;                  // 1: one switch; 2: leaf and spine; 3: pods under a core
  std::int64_t leaves = 1;         // switches that ends are plugged into
  std::int64_t spines = 0;         // of all pods together, where there are pods
  std::int64_t cores = 0;          // third level
  std::int64_t pods = 1;           // groups of leaves with spines of their own
  std::int64_t ends_per_leaf = 0;  // at most; the last leaf may have fewer
  std::int64_t ups_per_leaf = 0;   // cables from a leaf to the spines
  std::int64_t leaf_spine_cables = 0, spine_core_cables = 0;
  bool operator==(const FatTree&) const = default;

  std::int64_t switches() const { return leaves + spines + cores; }
  std::int64_t internal_cables() const { return leaf_spine_cables + spine_core_cables; }
};

/// The most ends that a non-blocking tree of so many levels (1, 2 or 3) serves: k, k^2/2, k^3/4.
/// Source: Al-Fares, Loukissas, Vahdat, SIGCOMM 2008 (three levels); a director of two levels is the second.
std::int64_t most_ends(int levels, int radix);

/// The smallest tree for `ends`. `down_per_up` >= 1 is how many ends share one cable upwards at each leaf (1:
/// non-blocking). Two levels: leaves = ceil(ends / down); spines are the fewest over which every leaf's
/// cables spread evenly, a few more cables than ends where it has to be. Three levels: pods of radix/2
/// leaves, a plane of core switches above each spine of a pod. Nothing where it takes a fourth level.
/// Requires ends >= 1, radix >= 2.
std::optional<FatTree> fat_tree(std::int64_t ends, int radix, double down_per_up = 1);

/// Both directions are full at once; one is counted. Source: definition.
GigabitsPerSecond all_ends(std::int64_t ends, GigabitsPerSecond each);

/// Where racks stand in a row, all of one kind, switches in the middle: what a cable has to cross.
struct Row {
  Metres pitch{0.6};   // from a rack's middle to the next one's: 600 mm racks side by side
  Metres height{2.0};  // of a rack: up to the tray and down again
  Metres above{0.3};   // from the rack's top to the tray
  Metres aisle{3.0};   // from one row of racks to the next one, both aisles counted
  double slack = 0.1;  // of the length, for bends and service loops
};

/// From a rack to one that is `racks_apart` to its side: up, along, down, and the slack; within one rack half
/// a height and the slack.
Metres cable_length(const Row& row, std::int64_t racks_apart, std::int64_t rows_apart = 0);

/// The shortest cable that is sold which reaches; the usual lengths in metres. Beyond the longest (100 m, as
/// multimode reaches) nothing.
std::optional<Metres> sold_length(Metres needed);

}  // namespace busbar::estimate
