// SPDX-License-Identifier: Apache-2.0
// From what tasks were seen to do with their CPUs to records and orders.
#include "control/world_test.hpp"

namespace busbar::control {
namespace {

constexpr model::AttemptId attempt(std::int64_t job) { return {JobId{job}, 0, 1}; }

/// A machine of 4 CPUs that lends; job 1 holds them all.
struct Lab {
  World world;
  Lab() {
    world.settings.lend_cpus = 50;
    world.open();
    world.step({}, {engine::Joined{box(), {}}});
    EXPECT_TRUE(submit(4000, false));
    world.step({}, {model::Started{attempt(1), 100}});
  }
  Answer submit(std::int64_t cpus, bool preemptible) {
    auto spec = std::make_shared<model::JobSpec>(*spec_of());
    spec->each.cpus = Cpus{cpus};
    spec->preemptible = preemptible;
    return world.submit(spec);
  }
  /// So many samples in which job 1 used and waited so long; the last step.
  Step sample(int count, std::int64_t used, std::int64_t waited = 0) {
    Step last;
    for (int k = 0; k < count; ++k) {
      engine::CpuUse use{NodeId{1}, {}, {{attempt(1), Cpus{used}, Cpus{waited}}}};
      if (world.core->cluster().jobs.contains(JobId{2})) use.tasks.push_back({attempt(2), Cpus{100}, Cpus{}});
      last = world.step({}, {use});
      records += last.batch.records.size();
    }
    return last;
  }
  const model::Node& node() const { return world.core->cluster().nodes.at(NodeId{1}); }
  std::size_t records = 0;
};

TEST(Lending, WhatIsLeftIdleIsWrittenDownOnceAndLentAtOnce) {
  Lab lab;
  ASSERT_TRUE(lab.submit(2000, true));
  lab.sample(99, 1000);
  EXPECT_EQ(lab.records, 0u) << "a sample is no record";
  const Step lends = lab.sample(1, 1000);
  EXPECT_EQ(lab.records, 2u) << "what may be lent, and the decision";
  ASSERT_EQ(lab.world.orders<engine::LaunchOrder>(lends).size(), 1u);
  EXPECT_TRUE(lab.world.orders<engine::LaunchOrder>(lends)[0].lent);
  EXPECT_EQ(lab.node().idle.lent, Cpus{2000});
  lab.sample(50, 1000);
  EXPECT_EQ(lab.records, 2u);
}

TEST(Lending, WhereHoldersGoShortBorrowersAreHeldToATenth) {
  Lab lab;
  ASSERT_TRUE(lab.submit(2000, true));
  lab.sample(100, 1000);
  lab.world.step({}, {model::Started{attempt(2), 101}});
  const Step over = lab.sample(6, 1000, 500);
  EXPECT_TRUE(lab.node().idle.over);
  const auto held = lab.world.orders<engine::CpuOrder>(over);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].attempt, attempt(2));
  EXPECT_EQ(held[0].most, Cpus{200});
  EXPECT_TRUE(held[0].lent);
  // An engine that comes back is told again.
  const Step back = lab.world.step({}, {engine::Joined{box(), {attempt(1), attempt(2)}}});
  const auto told = lab.world.orders<engine::CpuOrder>(back);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].most, Cpus{4000});
  EXPECT_FALSE(told[0].lent);
  EXPECT_EQ(told[1].most, Cpus{200});
}

TEST(Lending, WhoComesToHoldItsCpusIsTold) {
  Lab lab;
  ASSERT_TRUE(lab.submit(2000, true));
  lab.sample(100, 1000);
  lab.world.step({}, {model::Started{attempt(2), 101}});
  const Step owns = lab.world.finish(attempt(1));
  EXPECT_EQ(lab.node().cpus_held, Cpus{2000});
  ASSERT_EQ(lab.world.orders<engine::CpuOrder>(owns).size(), 1u);
  EXPECT_FALSE(lab.world.orders<engine::CpuOrder>(owns)[0].lent);
  EXPECT_EQ(lab.world.orders<engine::CpuOrder>(owns)[0].weight, Cpus{2000});
  const auto checked = check(*lab.world.journal);
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(Lending, WithoutTheSettingSamplesAreNothing) {
  World world;
  ASSERT_TRUE(world.submit(spec_of()));
  EXPECT_TRUE(world.step({}, {engine::CpuUse{NodeId{1}, {}, {}}}).batch.records.empty());
  EXPECT_TRUE(world.core->cpu_duty().empty());
}

}  // namespace
}  // namespace busbar::control
