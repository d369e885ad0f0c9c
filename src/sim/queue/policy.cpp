// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/policy.hpp"

namespace busbar::sim {

const std::vector<Policy>& policies() {
  using Order = model::Rules::Order;
  using Passing = model::Rules::Passing;
  using Fit = model::Rules::Fit;
  const model::Rules standard;
  static const std::vector<Policy> all = {
      {"busbar", "as a server decides that nobody gave other rules", standard},
      {"fifo", "first come, first served; nobody passes", {Order::fifo, Passing::none, standard.fit}},
      {"fifo-any", "first come; whoever fits passes", {Order::fifo, Passing::anyone, standard.fit}},
      {"easy",
       "first come; whoever does not delay the first that waits passes",
       {Order::fifo, Passing::easy, standard.fit}},
      {"conservative",
       "first come; whoever delays nobody before it passes",
       {Order::fifo, Passing::conservative, standard.fit}},
      {"fair",
       "the account that used least lately; whoever does not delay the first passes",
       {Order::fair, Passing::easy, standard.fit}},
      {"fifo-consolidate",
       "as fifo, on the fullest node that fits (the Helios artifact's FIFO)",
       {Order::fifo, Passing::none, Fit::consolidate}},
      {"sjf-oracle",
       "the shortest first by true run time; nobody passes (Helios's SJF)",
       {Order::shortest, Passing::none, Fit::consolidate},
       true},
      {"sjf-oracle-any",
       "the shortest first by true run time; whoever fits passes",
       {Order::shortest, Passing::anyone, Fit::consolidate},
       true},
  };
  return all;
}

const Policy* policy_named(std::string_view name) {
  for (const Policy& policy : policies())
    if (name == policy.name) return &policy;
  return nullptr;
}

}  // namespace busbar::sim
