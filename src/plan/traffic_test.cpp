// SPDX-License-Identifier: Apache-2.0
// What was submitted, and what may be submitted next.
#include "plan/traffic.hpp"

#include "plan/lab_test.hpp"

namespace busbar::plan {
namespace {

using namespace std::chrono_literals;

model::Job over(std::int64_t id, std::int64_t minute) {
  model::Job job = ended_after(1min);
  job.id = JobId{id};
  job.submitted = Lab::at(minute);
  job.ended = job.submitted + 1min;
  return job;
}

TEST(Traffic, KeepsTheNewestAndKnowsSinceWhenItIsWhole) {
  Traffic traffic;
  for (int k = 0; k < int(Traffic::most_kept) + 10; ++k) traffic.learn(over(k + 1, k));
  EXPECT_EQ(traffic.kept().size(), Traffic::most_kept);
  EXPECT_EQ(traffic.kept().front().id, JobId{11});
  EXPECT_EQ(traffic.since(), Lab::at(10)) << "the tenth ended then: who came later and is over is kept";
}

TEST(Traffic, WhoNeverRanIsNotKeptAndWhatWasLostHasNoRunTime) {
  Traffic traffic;
  model::Job never = over(1, 0), lost = over(2, 0);
  never.started = Instant{};
  lost.state = model::JobState::node_fail;
  traffic.learn(never);
  traffic.learn(lost);
  ASSERT_EQ(traffic.kept().size(), 1u);
  EXPECT_FALSE(traffic.kept().front().ran);
}

TEST(Tide, OfFewerThanEightNobodyComes) {
  Traffic traffic;
  for (int k = 0; k < 7; ++k) traffic.learn(over(k + 1, k));
  EXPECT_FALSE(Tide::Future(Tide({}, Lab::at(10), traffic), 1).next());
}

TEST(Tide, AFutureIsAStretchOfThePastWithItsGaps) {
  Traffic traffic;
  for (int k = 0; k < 50; ++k) traffic.learn(over(k + 1, k * 10));
  const Instant now = Lab::at(500);
  const Tide tide({}, now, traffic);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Tide::Future future(tide, seed);
    std::optional<Tide::Comer> before = future.next();
    ASSERT_TRUE(before);
    EXPECT_EQ(before->at, now + 10min) << "behind one submission the next came after ten minutes";
    int seams = 0;
    for (int k = 0; k < 200; ++k) {
      const std::optional<Tide::Comer> next = future.next();
      ASSERT_TRUE(next);
      ASSERT_GE(next->at, before->at);
      if (next->again->first.value == before->again->first.value + 1) {
        EXPECT_EQ(next->at - before->at, 10min);
      } else {
        ++seams;
      }
      before = next;
    }
    EXPECT_GE(seams, 3) << "fifty do not last for two hundred";
    EXPECT_LE(before->at, now + 201 * 20min);
  }
}

TEST(Tide, ABurstIsTheWholePastOfAnHourAndNotOfAllTime) {
  Traffic traffic;
  for (int k = 0; k < 100; ++k) traffic.learn(over(k + 1, 0));
  const Instant now = Lab::at(1);
  const Tide tide({}, now, traffic);
  Tide::Future future(tide, 3);
  Instant last = now;
  for (int k = 0; k < 1000; ++k) last = future.next()->at;
  EXPECT_GT(last, now + 3h) << "a hundred an hour, not a hundred a minute";
}

TEST(Tide, AnArrayComesAgainAsOneSubmission) {
  Traffic traffic;
  for (int k = 0; k < 12; ++k) {
    model::Job element = over(k + 1, 0);
    element.array = JobId{1};
    traffic.learn(element);
  }
  for (int k = 0; k < 7; ++k) traffic.learn(over(100 + k, 30 + k));
  EXPECT_EQ(Tide({}, Lab::at(60), traffic).size(), 8);
}

}  // namespace
}  // namespace busbar::plan
