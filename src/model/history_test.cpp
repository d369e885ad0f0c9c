// SPDX-License-Identifier: Apache-2.0
// What ended work says of work to come.
#include "model/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/chance.hpp"

namespace busbar::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Account ana{"default", "default", "ana"}, ben{"default", "default", "ben"};
const Kin training{ana, "train-", 1000}, other{ana, "eval", 1000}, stranger{ben, "x", 4000};
constexpr Duration no_limit{0};

class Learned {
 public:
  void ran(const Kin& kin, Duration length, int times = 1) {
    for (; times > 0; --times) {
      const JobId id{++next_};
      const auto batch = remember_submitted(history, kin, id, Instant{});
      remember_ended(history, kin, batch, length, Instant{});
    }
  }
  History history;

 private:
  std::int64_t next_ = 0;
};

TEST(History, AStepHoldsWhatIsAtMostAQuarterLonger) {
  for (std::int64_t length = 1000; length < 4'000'000'000; length = length * 9 / 8) {
    const int step = step_of(Duration{length});
    const std::int64_t middle = length_of(step).count();
    EXPECT_LE(middle, length * 9 / 8 + 500) << length;
    EXPECT_GE(middle, length * 7 / 8 - 500) << length;
    EXPECT_EQ(step_of(length_of(step)), step) << length;
  }
  EXPECT_EQ(step_of(Duration{0}), 0);
  EXPECT_EQ(step_of(Duration::max()), length_steps - 1);
}

TEST(History, DigitsDoNotMakeAnotherName) {
  Job job;
  JobSpec spec;
  spec.name = "train-07b";
  spec.tasks = 2;
  spec.each.gpus = Share{4000};
  job.spec = std::make_shared<const JobSpec>(spec);
  EXPECT_EQ(kin_of(job).name, "train-b");
  EXPECT_EQ(kin_of(job).gpus, 8000);
}

/// Of 1001 draws, the one at that percent.
Duration drawn(const History& history, const Kin& kin, int percent, Duration elapsed = Duration{0}) {
  const Spread spread(history, kin);
  Rng chance(5);
  std::vector<Duration> lengths;
  for (int i = 0; i < 1001; ++i) {
    lengths.push_back(spread.draw(elapsed, chance));
    EXPECT_GE(lengths.back(), elapsed);
  }
  std::ranges::sort(lengths);
  return lengths[std::size_t(percent) * 10];
}

TEST(History, NothingIsKnownAtFirst) {
  EXPECT_EQ(Spread({}, training).count(), 0);
  EXPECT_EQ(Spread({}, training).beyond(Duration{0}), 0);
  EXPECT_NEAR(double(drawn({}, training, 50) / minutes(1)), 60, 6) << "half ends within an hour";
  EXPECT_NEAR(double(drawn({}, training, 50, hours(9)) / minutes(1)), 9 * 60 + 600, 60)
      << "what has run for long will";
  EXPECT_LE(expected_of({}, training, 1, no_limit), hours(1)) << "an hour, rounded down to a step";
  EXPECT_GE(expected_of({}, training, 1, no_limit), minutes(45));
}

TEST(History, TheNarrowestKinCountsMostWhereItHasRunTimes) {
  Learned learned;
  learned.ran(other, minutes(1), 50);
  EXPECT_EQ(Spread(learned.history, stranger).count(), 50) << "of everybody";
  EXPECT_LT(drawn(learned.history, {ana, "", 2000}, 90), minutes(2)) << "of the account";
  EXPECT_LT(drawn(learned.history, training, 90), minutes(2)) << "of as many devices";
  learned.ran(training, hours(5), 40);
  EXPECT_EQ(Spread(learned.history, training).count(), 40);
  EXPECT_GT(drawn(learned.history, training, 50), hours(4));
  EXPECT_LT(drawn(learned.history, training, 50), hours(6));
  EXPECT_LT(drawn(learned.history, other, 50), minutes(2)) << "the other name keeps its own";
}

TEST(History, DrawsFollowAKnownMix) {
  Learned learned;
  for (int i = 0; i < 600; ++i) learned.ran({ana, "", 1000}, seconds(1 + i * 37 % 100 * 100));
  const Kin kin{ana, "", 1000};
  EXPECT_NEAR(double(drawn(learned.history, kin, 10).count()), 1e6, 0.4e6);
  EXPECT_NEAR(double(drawn(learned.history, kin, 50).count()), 5e6, 1e6);
  EXPECT_NEAR(double(drawn(learned.history, kin, 90).count()), 9e6, 1.3e6);
  EXPECT_NEAR(double(Spread(learned.history, kin).beyond(seconds(5000))), double(1 << 29), double(1 << 26));
}

TEST(History, WhatItHasRunAlreadyIsOutOfTheQuestion) {
  Learned learned;
  for (int i = 0; i < 30; ++i) {
    learned.ran(training, minutes(1));
    learned.ran(training, hours(10));
  }
  EXPECT_LT(drawn(learned.history, training, 10), minutes(2));
  EXPECT_GT(drawn(learned.history, training, 90), hours(8));
  EXPECT_GT(drawn(learned.history, training, 10, minutes(30)), hours(8)) << "what was short has ended";
  EXPECT_NEAR(double(drawn(learned.history, training, 50, hours(100)) / hours(1)), 200, 20)
      << "none ran that long: half of them as long again";
}

TEST(History, ALimitBoundsWhatIsExpected) {
  Learned learned;
  learned.ran(training, hours(10), 30);
  EXPECT_LE(expected_of(learned.history, training, 9, hours(2)), hours(2));
}

TEST(History, WhatWasFades) {
  Learned learned;
  learned.ran(training, hours(10), 300);
  learned.ran(training, minutes(1), 150);
  EXPECT_LT(drawn(learned.history, training, 50), minutes(2));
}

TEST(History, ABatchTellsOfItself) {
  Learned learned;
  learned.ran(training, hours(10), 64);
  std::vector<std::int64_t> batches;
  for (int i = 0; i < 40; ++i)
    batches.push_back(remember_submitted(learned.history, training, JobId{1000 + i}, Instant{}));
  const auto expected = [&](int i) {
    return expected_of(learned.history, training, batches[std::size_t(i)], no_limit);
  };
  const Duration before = expected(0), far = expected(39);
  std::vector<JobId> told;
  for (int i = 0; i < 4; ++i)
    told = remember_ended(learned.history, training, batches[std::size_t(i)], minutes(1), Instant{});
  EXPECT_LT(expected(5), before / 8) << "of its own batch four ended soon";
  EXPECT_LT(expected(12), before / 2) << "of the next one a little less is known";
  EXPECT_GT(expected(39), far / 3) << "those far away only see their kin change";
  EXPECT_LE(told.size(), std::size_t((2 * batch_reach + 1) * batch_size));
}

TEST(History, SumsStayTheSumsOfTheirParts) {
  Learned learned;
  Rng rng(7);
  for (int i = 0; i < 3000; ++i) learned.ran(training, seconds(1 + rng.below(1'000'000)));
  for (const auto& [kin, past] : learned.history) {
    std::int64_t total = 0, moment = 0;
    for (const auto& [step, weight] : past.lengths.weights) {
      total += weight;
      moment += weight * step;
    }
    EXPECT_EQ(total, past.lengths.total);
    EXPECT_EQ(moment, past.lengths.moment);
    EXPECT_LE(past.over.size(), most_over);
    EXPECT_LE(past.batches.size(), most_over + 1);
  }
}

TEST(History, OfVeryManyKinTheQuietOnesAreForgotten) {
  History history;
  remember_submitted(history, training, JobId{1}, Instant{});
  for (std::int64_t i = 2; i < 30'000; ++i) {
    std::string name = "n";
    for (std::int64_t n = i; n > 0; n /= 26) name += static_cast<char>('a' + n % 26);
    const Kin kin{ana, name, 1000};
    const auto batch = remember_submitted(history, kin, JobId{i}, Instant{Duration{i}});
    remember_ended(history, kin, batch, seconds(60), Instant{Duration{i}});
    ASSERT_LE(history.size(), most_kin + 1024);
  }
  EXPECT_TRUE(history.contains(training)) << "it has a job that waits";
  EXPECT_TRUE(history.contains(Kin{}));
}

}  // namespace
}  // namespace busbar::model
