// SPDX-License-Identifier: Apache-2.0
// rules.hpp: by what rules the scheduler decides. Part of the settings, so that a replay decides alike.
#pragma once
#include <cstdint>

namespace busbar::model {

struct Rules {
  /// Who goes first among jobs of equal priority.
  enum class Order {
    fair,      // the account that used least lately, then age (docs/adr/0009)
    fifo,      // age alone
    shortest,  // the shortest stated time limit, then age
  } order = Order::fair;

  /// Who may start while a job before it has to wait.
  enum class Passing {
    none,          // nobody: strict head-of-line blocking
    easy,          // whoever does not delay the first that waits (docs/adr/0010)
    conservative,  // whoever delays nobody before it
    anyone,        // whoever fits
  } passing = Passing::easy;

  /// Where a task goes of the places where it fits.
  enum class Fit {
    busbar,
    random,
    first,
    best,
    worst,
    dot_product,
    packing,
    clustering,
    fgd,
    consolidate,
  } fit = Fit::best;

  /// Ties between nodes go by a fixed order drawn from this seed; 0: by node id.
  std::uint64_t tie_seed = 0;

  bool operator==(const Rules&) const = default;
};

}  // namespace busbar::model
