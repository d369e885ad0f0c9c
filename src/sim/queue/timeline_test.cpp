// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/timeline.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"

namespace busbar::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Instant begin{std::chrono::hours(24 * 365 * 47)};

TEST(Timeline, IsTheAverageOverEachSpan) {
  Timeline line(begin, 4);
  line.add(begin, 2);                // two from the beginning
  line.add(begin + seconds(30), 1);  // a third for the second half of the first minute and on
  line.add(begin + minutes(2), -3);
  EXPECT_EQ(line.span(), minutes(1));
  EXPECT_EQ(line.averages(begin + minutes(4)), (std::vector<double>{2.5, 3, 0, 0}));
  EXPECT_EQ(line.averages(begin + minutes(1)), (std::vector<double>{2.5}));
  line.add(begin + seconds(210), 8);  // what is there in the end stays, however far one looks
  EXPECT_EQ(line.averages(begin + minutes(6)), (std::vector<double>{2.5, 3, 0, 4, 8, 8}));
}

TEST(Timeline, SpansGrowSoThatTheirNumberDoesNot) {
  Timeline line(begin, 4);
  line.add(begin + seconds(30), 1);
  line.add(begin + seconds(210), 4);  // in the last span
  line.add(begin + minutes(5), -5);   // beyond it
  EXPECT_EQ(line.span(), minutes(2));
  EXPECT_EQ(line.averages(begin + minutes(8)), (std::vector<double>{0.75, 2, 2.5, 0}));
  line.add(begin + minutes(15), 0);
  EXPECT_EQ(line.span(), minutes(4));
  EXPECT_EQ(line.averages(begin + minutes(16)), (std::vector<double>{1.375, 1.25, 0, 0}));
}

TEST(Timeline, OrderDoesNotMatterAndNothingIsLost) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    Timeline forth(begin, 8), back(begin, 8);
    struct Change {
      Instant at;
      double by;
    };
    std::vector<Change> changes;
    double integral = 0;
    const Instant end = begin + minutes(1 << 12);
    for (int k = 0; k < 40; ++k) {
      const Change change{begin + seconds(rng.below(60u << 12)), double(rng.below(9)) - 4};
      changes.push_back(change);
      integral += change.by * double((end - change.at).count());
    }
    for (std::size_t k = 0; k < changes.size(); ++k) {
      forth.add(changes[k].at, changes[k].by);
      back.add(changes[changes.size() - 1 - k].at, changes[changes.size() - 1 - k].by);
    }
    forth.add(end - seconds(1), 0);
    back.add(end - seconds(1), 0);
    double sum = 0;
    const auto there = forth.averages(end), again = back.averages(end);
    ASSERT_EQ(there.size(), again.size());
    for (std::size_t k = 0; k < there.size(); ++k) {
      EXPECT_NEAR(there[k], again[k], 1e-6);
      sum += there[k] * double(forth.span().count());
    }
    EXPECT_NEAR(sum, integral, 1e-3);
  }
}

}  // namespace
}  // namespace busbar::sim
