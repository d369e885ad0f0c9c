// SPDX-License-Identifier: Apache-2.0
#include "plan/replay.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace busbar::plan {
namespace {

using estimate::Pace;
using estimate::Seconds;

/// A prompt of n tokens n milliseconds, a step 10 ms whatever the batch; 1000 tokens of cache.
Pace simple() {
  Pace pace;
  pace.step = {0.01}, pace.prompt = {0.001}, pace.room = 1024, pace.most = 100;
  return pace;
}

Load of(std::vector<Request> requests) { return {std::move(requests)}; }

TEST(Replay, OneRequestReadsItsPromptThenWritesTokenByToken) {
  const Replayed seen = replay(of({{{0}, 100, 11}}), simple(), 1);
  EXPECT_DOUBLE_EQ(seen.first_token.usual.value, 0.1);
  EXPECT_DOUBLE_EQ(seen.token.usual.value, 0.01);
}

TEST(Replay, APromptHoldsUpTheAnswersOfOthers) {
  // The second comes while the first writes: its prompt of 0.5 s falls between two of the first's ten steps.
  const Replayed seen = replay(of({{{0}, 100, 11}, {{0.15}, 500, 1}}), simple(), 1);
  EXPECT_NEAR(seen.token.usual.value, (0.1 + 0.5) / 10, 1e-12);
}

TEST(Replay, WhoFindsNoRoomInTheCacheWaitsForSomebodyToEnd) {
  const std::vector<Request> two = {{{0}, 600, 101}, {{0.7}, 600, 1}};
  const Replayed alone = replay(of(two), simple(), 1), both = replay(of(two), simple(), 2);
  // The first's hundred steps end at 0.6 + 1.0, the second's prompt at 2.2.
  EXPECT_NEAR(alone.first_token.usual.value, 0.6, 1e-9);
  Load second_only = of({two[0], two[1], two[1], two[1]});
  EXPECT_NEAR(replay(second_only, simple(), 1).first_token.usual.value, 1.6 + 0.6 - 0.7, 1e-9);
  EXPECT_NEAR(both.first_token.late.value, 0.6, 1e-9);
}

TEST(Replay, WhatNoCacheHoldsIsNeverAnswered) {
  EXPECT_TRUE(std::isinf(replay(of({{{0}, 2000, 1}}), simple(), 4).first_token.usual.value));
  EXPECT_FALSE(copies_for(of({{{0}, 2000, 1}, {{1}, 2000, 1}}), simple(), {Seconds{10}}));
}

TEST(Replay, CopiesAreTheFewestThatAnswerInTime) {
  std::vector<Request> burst;
  for (int k = 0; k < 40; ++k) burst.push_back({{k * 1e-6}, 100, 1});
  // 40 prompts of 0.1 s; the 38th (95 %) of them within half a second: 37.05 / 5.
  const auto copies = copies_for(of(burst), simple(), {Seconds{0.5001}});
  ASSERT_TRUE(copies);
  EXPECT_EQ(*copies, 8);
  EXPECT_FALSE(copies_for(of(burst), simple(), {Seconds{0.05}})) << "a prompt alone takes longer";
}

TEST(Replay, AnswersThatGoOnTooSlowlyTakeMoreCopies) {
  Pace pace = simple();
  pace.step = {0.001}, pace.each = {0.02}, pace.prompt = {1e-6};
  std::vector<Request> at_once;
  for (int k = 0; k < 8; ++k) at_once.push_back({{k * 1e-6}, 10, 50});
  const Promise promise{Seconds{10}, {11}};  // a step of 0.09 s at most: four at once
  EXPECT_EQ(copies_for(of(at_once), pace, promise), 2);
  EXPECT_EQ(copies_for(of(at_once), pace, promise, 3), 3) << "so many are wanted in any case";
  EXPECT_FALSE(copies_for(of(at_once), pace, {Seconds{10}, {100}})) << "one alone takes longer";
}

/// The same, one step at a time and nothing in closed form.
Replayed step_by_step(const Load& load, const Pace& pace) {
  struct Active {
    double left, cached, held, since, tokens;
  };
  std::vector<Active> active;
  std::vector<Request> waiting;
  std::vector<double> firsts, betweens;
  double now = 0, held = 0;
  std::size_t next = 0;
  while (next < load.requests.size() || !waiting.empty() || !active.empty()) {
    while (next < load.requests.size() && load.requests[next].at.value <= now)
      waiting.push_back(load.requests[next++]);
    if (waiting.empty() && active.empty()) {
      now = load.requests[next].at.value;
      continue;
    }
    if (!waiting.empty() && held + pace.held(waiting[0].input, waiting[0].output) <= pace.room) {
      const Request first = waiting.front();
      waiting.erase(waiting.begin());
      now += pace.of_prompt(first.input).value;
      firsts.push_back(now - first.at.value);
      if (first.output < 2) continue;
      active.push_back(
          {first.output - 1, first.input, pace.held(first.input, first.output), now, first.output - 1});
      held += active.back().held;
      continue;
    }
    double cached = 0;
    for (const Active& each : active) cached += each.cached;
    now += pace.of_step(double(active.size()), cached).value;
    for (Active& each : active) each.left -= 1, each.cached += 1;
    for (std::size_t k = active.size(); k-- > 0;) {
      if (active[k].left > 0) continue;
      betweens.push_back((now - active[k].since) / active[k].tokens), held -= active[k].held;
      active.erase(active.begin() + std::ptrdiff_t(k));
    }
  }
  const auto half = [](std::vector<double> values) {
    if (values.empty()) return 0.0;
    std::ranges::sort(values);
    return values[(values.size() - 1) / 2];
  };
  Replayed seen;
  seen.first_token.usual = {half(firsts)}, seen.token.usual = {half(betweens)};
  return seen;
}

RC_GTEST_PROP(Replay, IsWhatStepByStepGives, ()) {
  Pace pace = simple();
  pace.each = {1e-4}, pace.cached = {1e-6}, pace.attention = {1e-8};
  Load load;
  double at = 0;
  for (int k = *rc::gen::inRange(1, 30); k > 0; --k) {
    at += *rc::gen::inRange(0, 400) / 1000.0;
    load.requests.push_back({{at}, double(*rc::gen::inRange(1, 500)), double(*rc::gen::inRange(1, 200))});
  }
  const Replayed quick = replay(load, pace, 1), slow = step_by_step(load, pace);
  RC_ASSERT(std::abs(quick.first_token.usual.value - slow.first_token.usual.value) < 1e-6);
  RC_ASSERT(std::abs(quick.token.usual.value - slow.token.usual.value) < 1e-6);
}

TEST(Load, IsReadAsAzureHasIt) {
  const auto load = parse_load("trace.csv",
                               "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                               "2023-11-16 18:15:46.6805900,374,44\n"
                               "2023-11-17 00:00:00.0,396,0\n");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_NEAR(load->span().value, 5 * 3600 + 44 * 60 + 13.31941, 1e-5);
  EXPECT_EQ(load->requests[1].output, 1);
  EXPECT_EQ(load->input(), 385);
}

TEST(Load, WhatIsWrongIsNamed) {
  const struct {
    const char *text, *says;
  } cases[] = {
      {"arrival,input\n1,2\n", "there is no column output"},
      {"arrival,input,output\n1,2,3\n0,2,3\n", "t.csv:3: arrival: is before the request above it"},
      {"arrival,input,output\n1,2,3\n", "holds 1 request"},
      {"arrival,input,output\nnoon,2,3\n", "t.csv:2: arrival: found \"noon\"; seconds"},
      {"arrival,input,output\n0,1,1\n1e12,2,3\n", "t.csv:3: arrival: found \"1e12\"; seconds"},
      {"arrival,input,output\n1,,3\n", "t.csv:2: input: is empty"},
      {"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,-1,3\n", "t.csv:2: ContextTokens"},
  };
  for (const auto& each : cases) {
    const auto load = parse_load("t.csv", each.text);
    ASSERT_FALSE(load) << each.text;
    EXPECT_NE(load.error().message.find(each.says), std::string::npos) << load.error().message;
  }
}

TEST(Load, ASteadyOneHasItsRate) {
  Rng chance(1);
  const Load load = steady_load(5, 1000, 200, chance);
  EXPECT_EQ(load.requests.size(), 3000u);
  EXPECT_NEAR(load.rate(), 5, 1e-9);
}

}  // namespace
}  // namespace busbar::plan
