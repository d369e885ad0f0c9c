// SPDX-License-Identifier: Apache-2.0
#include "model/policy.hpp"

#include <gtest/gtest.h>

namespace busbar::model {
namespace {

TEST(Policy, RulesKnowTheirName) {
  for (const Policy& policy : policies()) {
    EXPECT_EQ(policy_named(policy.name), &policy);
    if (policy.oracle) continue;
    const Policy* found = policy_of(policy.rules);
    ASSERT_NE(found, nullptr) << policy.name;
    EXPECT_EQ(found->rules, policy.rules) << policy.name << " is not " << found->name;
  }
  EXPECT_EQ(policy_named("easi"), nullptr);
}

TEST(Policy, WithAnotherPlacementTheNameStays) {
  Rules rules = policy_named("conservative")->rules;
  rules.fit = Rules::Fit::best;
  rules.tie_seed = 7;
  EXPECT_STREQ(policy_of(rules)->name, "conservative");
  EXPECT_STREQ(policy_of(Rules{})->name, "busbar");
}

TEST(Policy, EveryCombinationOfOrderAndPassingThatNobodyNamedHasNone) {
  EXPECT_EQ(policy_of({Rules::Order::shortest, Rules::Passing::none, Rules::Fit::consolidate}), nullptr)
      << "what the oracle alone uses is no server's";
}

}  // namespace
}  // namespace busbar::model
