// SPDX-License-Identifier: Apache-2.0
// What can be lent of the CPUs that a machine's tasks hold.
#include "model/cpu_duty.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/chance.hpp"
#include "model/story_test.hpp"

namespace busbar::model {
namespace {

CpuSample taken(std::int64_t job, std::int64_t asked, std::int64_t used, std::int64_t waited = 0) {
  return {{JobId{job}, 0, 1}, Cpus{asked}, false, Cpus{used}, Cpus{waited}};
}

TEST(IdleCpus, WhatATaskWantedAndWhetherItWentShort) {
  struct Row {
    const char* says;
    CpuSample task;
    std::int64_t wanted;
    bool is_short;
  };
  CpuSample unknown = taken(1, 2000, 0);
  unknown.used.reset();
  CpuSample lent = taken(1, 2000, 100, 1900);
  lent.lent = true;
  const Row rows[] = {
      {"idle", taken(1, 2000, 0), 0, false},
      {"busy with all it asked for", taken(1, 2000, 2000), 2000, false},
      {"it wants more than it asked for, and got what it asked for", taken(1, 1000, 1000, 3000), 1000, false},
      {"it wants what it asked for, and got half", taken(1, 2000, 1000, 5000), 2000, true},
      {"a little wait is nobody's loss", taken(1, 2000, 500, 100), 600, false},
      {"more than a twentieth of what it asked for is", taken(1, 2000, 500, 101), 601, true},
      {"nobody can tell: it counts as busy, and not as short", unknown, 2000, false},
      {"who borrows has no claim", lent, 2000, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(wanted_by(row.task).count, row.wanted);
    EXPECT_EQ(went_short(row.task), row.is_short);
  }
}

/// A machine of 8 CPUs with one task that holds 4 of them, told in samples.
struct Machine {
  Story story;
  CpuDuty duty;
  std::int64_t budget = 50;
  Machine() {
    Settings settings;
    settings.lend_cpus = 50;
    story.tell(SettingsChanged{settings});
    JobSpec spec;
    spec.each.cpus = Cpus{4000};
    const auto id = story.submit(spec);
    EXPECT_EQ(story.launch(id), "");
  }
  const Node& node() const { return story.cluster.nodes.at(NodeId{1}); }
  /// How much may be lent after `count` such samples; each change is written down.
  std::int64_t after(int count, std::int64_t used, std::int64_t waited = 0, std::int64_t others = 0) {
    for (int k = 0; k < count; ++k) {
      duty.sample(Cpus{others}, {taken(1, 4000, used, waited)});
      if (const auto news = duty.news(node(), budget)) {
        EXPECT_EQ(story.tell(*news), "");
      }
    }
    return node().idle.most.count;
  }
};

TEST(IdleCpus, WhatIsLeftIdleIsLearnedAndWhatIsWantedAgainComesBackAtOnce) {
  Machine machine;
  EXPECT_EQ(machine.after(99, 510), 0) << "too little is known";
  EXPECT_EQ(machine.after(1, 510), 3375) << "3490, in steps of a 64th of the machine";
  EXPECT_EQ(machine.after(5, 4000), 3375) << "five samples in a hundred are within the budget";
  EXPECT_EQ(machine.after(1, 4000), 0) << "the sixth is not";
  EXPECT_EQ(machine.after(94, 510), 0) << "and counts until it is forgotten";
  EXPECT_EQ(machine.after(1, 510), 3375);
}

TEST(IdleCpus, WhatRunsBesideAllTasksIsNotIdle) {
  Machine machine;
  EXPECT_EQ(machine.after(100, 510, 0, 1000), 2375);
}

TEST(IdleCpus, WhoWaitsForCpusIsNotIdle) {
  Machine machine;
  EXPECT_EQ(machine.after(100, 510, 190), 3250) << "it wants 700";
}

TEST(IdleCpus, OverTheBudgetLendingStopsAndShrinksUntilNobodyGoesShort) {
  Machine machine;
  ASSERT_EQ(machine.after(100, 500), 3500);
  ASSERT_EQ(machine.after(5, 500, 800), 3500);
  EXPECT_FALSE(machine.node().idle.over);
  EXPECT_EQ(machine.after(1, 500, 800), 1750) << "6 % of the samples: half of it is taken back";
  EXPECT_TRUE(machine.node().idle.over);
  EXPECT_EQ(machine.after(14, 500), 1750);
  EXPECT_EQ(machine.after(1, 500), 875) << "and half of the rest";
  machine.after(82, 500);
  EXPECT_TRUE(machine.node().idle.over) << "three in a hundred are more than half the budget";
  machine.after(1, 500);
  EXPECT_FALSE(machine.node().idle.over) << "two are not";
  EXPECT_EQ(machine.after(15, 500), 3500);
  EXPECT_EQ(machine.duty.all_violated(), 6);
}

TEST(IdleCpus, ATaskOfWhichLittleIsKnownCountsAsBusy) {
  Machine machine;
  ASSERT_EQ(machine.after(100, 500), 3500);
  JobSpec spec;
  spec.each.cpus = Cpus{4000};
  machine.story.launch(machine.story.submit(spec));
  for (int k = 0; k < 99; ++k) {
    machine.duty.sample({}, {taken(1, 4000, 500), taken(2, 4000, 0)});
    if (k == 93) {
      EXPECT_EQ(machine.duty.learned(50), Cpus{3500});
    }
  }
  EXPECT_EQ(machine.duty.learned(50), Cpus{7500});
  machine.duty.forget({JobId{1}, 0, 1});
  EXPECT_EQ(machine.duty.learned(50), Cpus{4000}) << "what the other one left idle is not idle any more";
}

/// Whatever happens: never more is lent than is held, and what was lent and what was wanted together passed
/// what is held in no more samples than the budget allows.
TEST(IdleCpus, NeverMoreIsPromisedThanWasSeenIdleWithinTheBudget) {
  Rng chance(7);
  for (int round = 0; round < 40; ++round) {
    Machine machine;
    machine.budget = std::int64_t(chance.below(200));
    std::deque<std::int64_t> wanted;
    std::int64_t used = 0;
    for (int k = 0; k < 400; ++k) {
      if (chance.below(10) == 0) used = std::int64_t(chance.below(4001));
      const auto waited = chance.below(8) == 0 ? std::int64_t(chance.below(4000)) : 0;
      const auto others = std::int64_t(chance.below(500));
      const Cpus before = machine.node().idle.most;
      const Cpus most{machine.after(1, used, waited, others)};
      wanted.push_back(std::min<std::int64_t>(used + waited, 4000) + others);
      if (wanted.size() > 100) wanted.pop_front();
      ASSERT_LE(most, machine.node().cpus_held);
      const auto passed = std::ranges::count_if(
          wanted, [&](std::int64_t one) { return most > Cpus{} && one + most.count > 4000; });
      ASSERT_LE(passed * 1000, 100 * machine.budget);
      if (machine.node().idle.over) {
        ASSERT_LE(most, before) << "nothing more is lent while somebody goes short";
      }
    }
  }
}

/// One small record for each change that matters, not one for each sample.
TEST(IdleCpus, FewChangesAreWrittenDown) {
  Rng chance(9);
  Machine machine;
  int news = 0;
  for (int k = 0; k < 10'000; ++k) {
    machine.duty.sample({}, {taken(1, 4000, std::int64_t(chance.below(400)))});
    if (const auto one = machine.duty.news(machine.node(), 50)) {
      ++news;
      ASSERT_EQ(machine.story.tell(*one), "");
    }
  }
  EXPECT_LT(news, 10'000 / 10);
}

}  // namespace
}  // namespace busbar::model
