// SPDX-License-Identifier: Apache-2.0
// rules.hpp: by what rules the scheduler decides. Part of the settings, so that a replay decides alike.
#pragma once
#include <cstdint>

#include "base/units.hpp"

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
    busbar,  // where it makes least expected loss of devices (docs/adr/0021)
    random,
    first,
    best,  // where it leaves least (docs/adr/0010)
    worst,
    dot_product,
    packing,
    clustering,
    fgd,          // fragmentation gradient descent
    consolidate,  // as Helios does on the Philly trace
  } fit = Fit::busbar;

  /// Ties between nodes go by a fixed order drawn from this seed; 0: by node id.
  std::uint64_t tie_seed = 0;

  bool operator==(const Rules&) const = default;
};

/// When a running job may be stopped although nothing is wrong with it (docs/adr/0018, 0020). Only a job
/// whose owner agreed (JobSpec::preemptible) ever is.
struct PreemptionRules {
  bool on = true;
  /// A run that was not so long is left alone; each run that was stopped without saving doubles it for the
  /// next.
  Duration min_run = std::chrono::minutes(10);
  /// What it takes a job to be where it was once it runs again: counted as lost, beside the work to be
  /// redone.
  Duration restart = std::chrono::minutes(2);
  /// Thousandths of the running tasks that rebalancing may move in an hour; 0: none.
  int moves = 0;
  bool operator==(const PreemptionRules&) const = default;
};

}  // namespace busbar::model
