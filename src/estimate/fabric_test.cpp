// SPDX-License-Identifier: Apache-2.0
#include "estimate/fabric.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace busbar::estimate {
namespace {

TEST(Fabric, Trees) {
  const struct {
    const char* says;
    std::int64_t ends;
    int radix;
    double down_per_up;
    std::int64_t leaves, spines, cores, cables;
  } cases[] = {
      {"one more than a switch has takes a second level", 65, 64, 1, 3, 2, 0, 66},
      {"twelve people's two servers: one switch", 16, 64, 1, 1, 0, 0, 0},
      {"64 nodes of 8", 512, 64, 1, 16, 8, 0, 512},
      {"three to one downwards spares spines", 96, 64, 3, 2, 1, 0, 32},
      {"29 ends a leaf: 30 cables to three spines, not 29 to as many", 144, 64, 1, 5, 3, 0, 150},
      {"two levels, full", 2048, 64, 1, 64, 32, 0, 2048},
      {"one more: three levels", 2049, 64, 1, 65, 96, 64, 65 * 32 + 96 * 22},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    const auto tree = fat_tree(row.ends, row.radix, row.down_per_up);
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->leaves, row.leaves);
    EXPECT_EQ(tree->spines, row.spines);
    EXPECT_EQ(tree->cores, row.cores);
    EXPECT_EQ(tree->internal_cables(), row.cables);
  }
}

RC_GTEST_PROP(Fabric, EveryCableHasAPortAndEveryEndItsShareOfTheWayUp, ()) {
  const int radix = *rc::gen::inRange(4, 129);
  const auto ends = std::int64_t(*rc::gen::inRange(1, 40000));
  const double down_per_up = *rc::gen::element(1.0, 2.0, 3.0);
  const auto tree = fat_tree(ends, radix, down_per_up);
  if (!tree) {
    RC_ASSERT(ends > most_ends(2, radix));
    return;
  }
  RC_ASSERT(tree->ends_per_leaf + tree->ups_per_leaf <= radix);
  RC_ASSERT(tree->leaves * tree->ends_per_leaf >= ends);
  RC_ASSERT((tree->leaves - 1) * tree->ends_per_leaf < ends);
  if (tree->levels == 1) return;
  RC_ASSERT(double(tree->ends_per_leaf) <= double(tree->ups_per_leaf) * down_per_up + 1e-9);
  RC_ASSERT(tree->leaf_spine_cables + tree->spine_core_cables <= tree->spines * radix);
  RC_ASSERT(tree->spine_core_cables <= tree->cores * radix);
  if (tree->levels == 2) RC_ASSERT(tree->ups_per_leaf % tree->spines == 0);
}

TEST(Fabric, Cables) {
  const Row row{};
  const struct {
    std::int64_t apart;
    double needed, sold;
  } cases[] = {{0, 1.1, 2}, {1, 3.52, 5}, {10, 9.46, 10}, {100, 68.86, 100}};
  for (const auto& each : cases) {
    const Metres needed = cable_length(row, each.apart);
    EXPECT_NEAR(needed.value, each.needed, 1e-9) << each.apart;
    ASSERT_TRUE(sold_length(needed));
    EXPECT_EQ(sold_length(needed)->value, each.sold) << each.apart;
  }
  EXPECT_FALSE(sold_length({100.5}));
}

}  // namespace
}  // namespace busbar::estimate
