// SPDX-License-Identifier: Apache-2.0
// CPUs that some tasks hold and others run on: what the state keeps, and what it refuses.
#include "model/story_test.hpp"

namespace busbar::model {
namespace {

/// One task holds 4 of the 8 CPUs of node 1.
struct Lab {
  Story story;
  std::int64_t owner = 0;
  Lab() {
    Settings settings;
    settings.lend_cpus = 10;
    story.tell(SettingsChanged{settings});
    owner = submit(4000, false);
    story.launch(owner);
  }
  std::int64_t submit(std::int64_t cpus, bool preemptible) {
    JobSpec spec;
    spec.each.cpus = Cpus{cpus};
    spec.preemptible = preemptible;
    return story.submit(spec);
  }
  std::string idle(std::int64_t most, bool over = false) {
    return story.tell(IdleChanged{NodeId{1}, Cpus{most}, over, 0});
  }
  std::string lend(std::int64_t job) {
    Decided decided = story.launch_of(job, {}, 20001);
    for (Launch& launch : decided.launches) launch.lent = true;
    return story.tell(decided);
  }
  std::string own(std::int64_t job) {
    Decided decided;
    decided.owning = {JobId{job}};
    return story.tell(decided);
  }
  std::string call_back(std::int64_t job) {
    Decided decided;
    decided.preempts = {{JobId{job}, Preemption::Why::lent, {}}};
    decided.stops = {{JobId{job}, 0, 1}};
    return story.tell(decided);
  }
  const Node& node() const { return story.cluster.nodes.at(NodeId{1}); }
};

bool says(const std::string& whole, const std::string& part) { return whole.find(part) != std::string::npos; }

TEST(Lent, WhoMayBorrow) {
  struct Row {
    const char* what;
    std::int64_t most;
    bool over, preemptible;
    Share gpus;
    const char* refused;  // "" where it may
  };
  const char* may_not = "CPUs of node box were lent that may not be";
  const Row rows[] = {
      {"one that may be stopped", 1000, false, true, {}, ""},
      {"not more than is left idle", 999, false, true, {}, "more CPUs lent than node box has idle"},
      {"not while those who hold them go short", 1000, true, true, {}, may_not},
      {"nobody who may not be stopped", 1000, false, false, {}, may_not},
      {"nobody whose device would wait with it", 1000, false, true, Share{500}, may_not},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Lab lab;
    ASSERT_EQ(lab.idle(row.most, row.over), "");
    JobSpec spec;
    spec.preemptible = row.preemptible;
    spec.each.gpus = row.gpus;
    const std::string refused = lab.lend(lab.story.submit(spec));
    EXPECT_TRUE(*row.refused ? says(refused, row.refused) : refused.empty()) << refused;
  }
}

TEST(Lent, NothingIsIdleThatNobodyHoldsOrMayLend) {
  Lab lab;
  EXPECT_TRUE(says(lab.idle(4001), "more CPUs lent than are held"));
  Story story;
  EXPECT_TRUE(says(story.tell(IdleChanged{NodeId{1}, Cpus{}, false, 0}), "nobody had allowed it"));
}

TEST(Lent, ABorrowerHoldsNothingUntilItOwnsWhatItRunsOn) {
  Lab lab;
  lab.idle(4000);
  const auto borrower = lab.submit(3000, true);
  ASSERT_EQ(lab.lend(borrower), "");
  EXPECT_EQ(lab.node().cpus_held, Cpus{4000});
  EXPECT_EQ(lab.node().idle.lent, Cpus{3000});
  ASSERT_EQ(lab.own(borrower), "");
  EXPECT_EQ(lab.node().cpus_held, Cpus{7000});
  EXPECT_EQ(lab.node().idle.lent, Cpus{});
  EXPECT_TRUE(says(lab.own(borrower), "had borrowed none"));
}

TEST(Lent, NobodyOwnsMoreThanThereIs) {
  Lab lab;
  lab.idle(4000);
  const auto borrower = lab.submit(4000, true);
  ASSERT_EQ(lab.lend(borrower), "");
  ASSERT_EQ(lab.story.launch(lab.submit(4000, false), {}, 20002), "") << "all 8 are held, and 4 of them lent";
  EXPECT_TRUE(says(lab.own(borrower), "more CPUs given out than node box has"));
}

TEST(Lent, WhoWantsAMachineAloneWaitsForBorrowers) {
  Lab lab;
  lab.idle(4000);
  ASSERT_EQ(lab.lend(lab.submit(1000, true)), "");
  ASSERT_EQ(lab.story.finish(lab.owner, 0), "");
  JobSpec spec;
  spec.where.alone = true;
  EXPECT_TRUE(says(lab.story.launch(lab.story.submit(spec), {}, 20002), "beside one that has its machine"));
}

TEST(Lent, BorrowersAreCalledBackOnlyWhileMoreIsLentThanIsIdle) {
  Lab lab;
  lab.idle(4000);
  const auto borrower = lab.submit(1000, true);
  ASSERT_EQ(lab.lend(borrower), "");
  ASSERT_EQ(lab.story.tell(Started{{JobId{borrower}, 0, 1}, 1}), "");
  {
    Lab calm = lab;
    EXPECT_TRUE(says(calm.call_back(borrower), "that nobody wants back"));
  }
  ASSERT_EQ(lab.story.finish(lab.owner, 0), "");
  EXPECT_EQ(lab.node().idle.most, Cpus{}) << "what nobody holds is free, not idle";
  ASSERT_EQ(lab.call_back(borrower), "");
  ASSERT_EQ(lab.story.finish(borrower, 143, Cause::stopped), "");
  EXPECT_EQ(lab.story.state(borrower), "PENDING");
  EXPECT_EQ(lab.node().idle.lent, Cpus{});
}

TEST(Lent, AMachineThatComesBackHasNothingToLend) {
  Lab lab;
  lab.idle(4000, true);
  const NodeFacts facts = lab.node().facts;
  ASSERT_EQ(lab.story.tell(NodeLeft{NodeId{1}, "cable"}), "");
  EXPECT_EQ(lab.node().idle, Idle{});
  EXPECT_TRUE(says(lab.idle(0), "a node that is not up"));
  lab.story.tell(NodeJoined{facts});
  lab.idle(4000);
  lab.story.tell(SettingsChanged{});
  EXPECT_EQ(lab.node().idle, Idle{}) << "nor where nothing is lent any more";
}

}  // namespace
}  // namespace busbar::model
