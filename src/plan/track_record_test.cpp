// SPDX-License-Identifier: Apache-2.0
// What earlier answers teach the next one.
#include "plan/track_record.hpp"

#include <gtest/gtest.h>

namespace busbar::plan {
namespace {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(24 * 365 * 50 + 12)};
Interval minutes(int from, int to) { return {noon + from * 1min, noon + to * 1min}; }

/// `times` answers of that many minutes, to jobs that started after `start` of them.
void fared(TrackRecord& record, Interval played, int start, int times) {
  for (int k = 0; k < times; ++k) {
    record.asked(JobId{7}, noon, played, record.corrected(played, noon));
    record.started(JobId{7}, noon + start * 1min);
  }
}

TEST(TrackRecord, WithoutOneTheFuturesAreBelieved) {
  EXPECT_EQ(TrackRecord().corrected(minutes(10, 30), noon), minutes(10, 30));
  const Interval open{noon, std::nullopt}, never{};
  EXPECT_EQ(TrackRecord().corrected(open, noon), open);
  EXPECT_EQ(TrackRecord().corrected(never, noon), never);
}

TEST(TrackRecord, WhatWasRightStaysAsItIs) {
  TrackRecord record;
  for (int k = 0; k < 50; ++k) {
    fared(record, minutes(10, 30), 10, 1);
    fared(record, minutes(10, 30), 30, 1);
  }
  EXPECT_EQ(record.corrected(minutes(10, 30), noon), minutes(10, 30));
  EXPECT_EQ(record.held(), 100);
}

TEST(TrackRecord, AnEndThatIsPassedMoreThanOnceInTenMovesAsFarAsTheyDid) {
  TrackRecord record;
  fared(record, minutes(9, 19), 19, 80);
  fared(record, minutes(9, 19), 39, 20);
  // (39 + 1) / (19 + 1): everything is twice as late.
  EXPECT_EQ(record.corrected(minutes(9, 19), noon).to, noon + 39min);
  EXPECT_EQ(record.corrected(minutes(0, 4), noon).to, noon + 9min);
}

TEST(TrackRecord, AndSoDoesABeginning) {
  TrackRecord record;
  fared(record, minutes(19, 60), 4, 30);
  fared(record, minutes(19, 60), 40, 70);
  EXPECT_EQ(record.corrected(minutes(19, 60), noon).from, noon + 4min);
  EXPECT_EQ(record.corrected(minutes(1, 60), noon).from, noon) << "never before it was asked";
}

TEST(TrackRecord, OneInTenIsNoReasonToMove) {
  TrackRecord record;
  fared(record, minutes(9, 19), 19, 91);
  fared(record, minutes(9, 19), 600, 9);
  EXPECT_EQ(record.corrected(minutes(9, 19), noon).to, noon + 19min);
  EXPECT_EQ(record.judged(), 100);
  EXPECT_EQ(record.held(), 91);
}

TEST(TrackRecord, WhatWasIsForgotten) {
  TrackRecord record;
  fared(record, minutes(9, 19), 99, 100);
  fared(record, minutes(9, 19), 19, 100);
  EXPECT_EQ(record.corrected(minutes(9, 19), noon).to, noon + 19min);
}

TEST(TrackRecord, OnlyJobsThatStartAreJudgedAndEachOnce) {
  TrackRecord record;
  record.asked(JobId{1}, noon, minutes(0, 1), minutes(0, 1));
  record.asked(JobId{2}, noon, minutes(0, 1), minutes(0, 1));
  EXPECT_EQ(record.open(), (std::vector{JobId{1}, JobId{2}}));
  record.gone(JobId{1});
  record.started(JobId{1}, noon);
  record.started(JobId{2}, noon + 5min);
  record.started(JobId{2}, noon);
  record.asked(JobId{3}, noon, minutes(0, 1), minutes(0, 1));
  record.started(JobId{3}, noon - 5min);
  EXPECT_EQ(record.judged(), 1) << "what started before it was asked about did so in an earlier run";
  EXPECT_EQ(record.held(), 0);
  for (std::int64_t id = 0; id < 5000; ++id) record.asked(JobId{id}, noon, minutes(0, 1), minutes(0, 1));
  EXPECT_EQ(record.open().size(), TrackRecord::most_open);
}

}  // namespace
}  // namespace busbar::plan
