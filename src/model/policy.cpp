// SPDX-License-Identifier: Apache-2.0
#include "model/policy.hpp"

#include <algorithm>

namespace busbar::model {

const std::vector<Policy>& policies() {
  using Order = Rules::Order;
  using Passing = Rules::Passing;
  using Fit = Rules::Fit;
  const Rules standard;
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

const Policy* policy_of(const Rules& rules) {
  const auto is_like = [&](bool wherever) {
    const auto found = std::ranges::find_if(policies(), [&](const Policy& policy) {
      return !policy.oracle && policy.rules.order == rules.order && policy.rules.passing == rules.passing &&
             (wherever || policy.rules.fit == rules.fit);
    });
    return found == policies().end() ? nullptr : &*found;
  };
  const Policy* exact = is_like(false);
  return exact ? exact : is_like(true);
}

}  // namespace busbar::model
