// SPDX-License-Identifier: Apache-2.0
// buy.hpp: which kind of machine a budget should buy, and the page of what was planned.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "estimate/catalogue.hpp"
#include "plan/cluster.hpp"

namespace busbar::plan {

/// What one kind of machine makes of the question.
struct Buy {
  ClusterQuestion question;  // with its kind, its price and the work as that kind does it
  std::optional<ClusterPlan> plan;
  std::string refused;  // why there is no plan
  estimate::FlopsPerSecond
      work;  // of all its GPUs: 16-bit peaks, times what their generation reaches of them
  double petaflops_per_million() const;
};

/// Every kind of the catalogue that has a price, best first: those that carry all that is wanted before those
/// that do not; then by work for each dollar, or, where nothing but the budget was given, by the work that it
/// buys. `jobs`: a table of work (parse_work), which each kind reckons for itself. Errors (Errc::invalid): no
/// kind has a price.
Result<std::vector<Buy>> what_to_buy(const ClusterQuestion& question,
                                     const std::optional<estimate::Sheet>& jobs,
                                     const estimate::Catalogue& catalogue,
                                     const estimate::Constants& constants);

/// One page of the first of `buys`, which has a plan: what was compared, work, rack elevation, phase loads,
/// networks, what to order, the next steps. Self-contained.
std::string cluster_page(const std::vector<Buy>& buys, const std::vector<std::string>& assumptions);

}  // namespace busbar::plan
