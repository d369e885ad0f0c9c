// SPDX-License-Identifier: Apache-2.0
#include "estimate/fabric.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace busbar::estimate {
namespace {

std::int64_t over(std::int64_t count, std::int64_t each) { return (count + each - 1) / each; }

/// How a leaf's ports are shared between ends and the way up.
struct Split {
  std::int64_t down, up;
};
Split split(int radix, double down_per_up) {
  const auto up = std::max<std::int64_t>(1, std::llround(std::floor(double(radix) / (1 + down_per_up))));
  // Never more ends than the stated share: where it does not come out even, ports stay free.
  return {std::min<std::int64_t>(radix - up, std::llround(std::floor(double(up) * down_per_up))), up};
}

/// The fewest spines of `radix` ports over which `ups` cables of each leaf can be spread evenly; as many as
/// `ups` at worst, one cable from each leaf to each.
std::int64_t spines_for(std::int64_t leaves, std::int64_t ups, int radix) {
  for (std::int64_t spines = over(leaves * ups, radix); spines < ups; ++spines)
    if (ups % spines == 0) return spines;
  return ups;
}

FatTree two_levels(std::int64_t ends, Split ports, int radix) {
  FatTree tree{.levels = 2, .leaves = over(ends, ports.down)};
  // Leaves that are not full need fewer cables upwards; all alike, so that every path is as wide.
  tree.ends_per_leaf = over(ends, tree.leaves);
  const std::int64_t least = std::min(ports.up, over(tree.ends_per_leaf * ports.up, ports.down));
  // The fewest spines over which every leaf's cables spread evenly, where it takes some cables more.
  for (tree.spines = over(tree.leaves * least, radix);; ++tree.spines) {
    tree.ups_per_leaf = over(least, tree.spines) * tree.spines;
    if (tree.ups_per_leaf <= ports.up && tree.leaves * (tree.ups_per_leaf / tree.spines) <= radix) break;
  }
  tree.leaf_spine_cables = tree.leaves * tree.ups_per_leaf;
  return tree;
}

/// Al-Fares' tree with only the pods that are needed: a pod has `up` spines, each with one cable to every
/// leaf of the pod and as many upwards, in a plane of core switches of its own.
FatTree three_levels(std::int64_t ends, Split ports, int radix) {
  FatTree tree{.levels = 3, .leaves = over(ends, ports.down)};
  tree.pods = over(tree.leaves, radix / 2);
  tree.ends_per_leaf = ports.down;
  tree.ups_per_leaf = ports.up;
  tree.spines = tree.pods * ports.up;
  tree.leaf_spine_cables = tree.leaves * ports.up;
  const std::int64_t ups_per_spine = over(tree.leaves, tree.pods);
  tree.cores = ports.up * spines_for(tree.pods, ups_per_spine, radix);
  tree.spine_core_cables = tree.spines * ups_per_spine;
  return tree;
}

}  // namespace

std::int64_t most_ends(int levels, int radix) {
  const std::int64_t k = radix;
  return levels == 1 ? k : levels == 2 ? k * k / 2 : k * k * k / 4;
}

std::optional<FatTree> fat_tree(std::int64_t ends, int radix, double down_per_up) {
  if (ends <= radix) return FatTree{.ends_per_leaf = ends};
  const Split ports = split(radix, down_per_up);
  if (ends <= ports.down * radix) return two_levels(ends, ports, radix);
  if (ends <= ports.down * (radix / 2) * radix) return three_levels(ends, ports, radix);
  return std::nullopt;
}

GigabitsPerSecond all_ends(std::int64_t ends, GigabitsPerSecond each) { return each * double(ends); }

Metres cable_length(const Row& row, std::int64_t racks_apart, std::int64_t rows_apart) {
  const Metres across = row.pitch * double(racks_apart) + row.aisle * double(rows_apart);
  const Metres upright = racks_apart + rows_apart == 0 ? row.height / 2 : row.height + row.above * 2;
  return (across + upright) * (1 + row.slack);
}

std::optional<Metres> sold_length(Metres needed) {
  constexpr std::array<double, 12> sold = {0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100};
  const auto fits = std::ranges::find_if(sold, [&](double length) { return length >= needed.value - 1e-9; });
  if (fits == sold.end()) return std::nullopt;
  return Metres{*fits};
}

}  // namespace busbar::estimate
