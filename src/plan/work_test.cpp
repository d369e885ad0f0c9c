// SPDX-License-Identifier: Apache-2.0
#include "plan/work.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace busbar::plan {
namespace {

Result<std::vector<Work>> parsed(const std::string& text, const char* node = "hgx") {
  const estimate::Catalogue& catalogue = estimate::shipped_catalogue();
  return parse_work(*estimate::Sheet::parse("jobs.csv", text), catalogue, *catalogue.node(node),
                    estimate::built_in_constants());
}

TEST(Work, ThePeakIsWhatNineteenOfTwentyMomentsNeed) {
  const struct {
    const char* says;
    std::vector<Work> work;
    double mean;
    int peak, together;
  } rules[] = {
      {"one run that never ends", {{"a", 1, 8, 168, ""}}, 8, 8, 8},
      {"the largest run has to fit, however seldom", {{"a", 1, 16, 1, ""}}, 16 / 168.0, 16, 16},
      // ten coins of a half: P(8 or fewer) = 1013 / 1024, P(7 or fewer) = 968 / 1024 = 0.945
      {"ten people half of the time", {{"a", 10, 1, 84, ""}}, 5, 8, 10},
      {"two kinds add up", {{"a", 1, 4, 168, ""}, {"b", 10, 1, 84, ""}}, 9, 12, 14},
      {"what never runs needs no room but its own", {{"a", 10, 2, 0, ""}}, 0, 2, 20},
  };
  for (const auto& rule : rules) {
    const AtWork use = at_work(rule.work);
    EXPECT_NEAR(use.mean, rule.mean, 1e-9) << rule.says;
    EXPECT_EQ(use.peak, rule.peak) << rule.says;
    EXPECT_EQ(use.together, rule.together) << rule.says;
  }
}

RC_GTEST_PROP(Work, ThePeakLiesBetweenTheMeanAndEverythingAtOnceAndGrowsWithTheHours, ()) {
  std::vector<Work> work;
  const int rows = *rc::gen::inRange(1, 5);
  for (int k = 0; k < rows; ++k)
    work.push_back(
        {"w", *rc::gen::inRange(1, 20), *rc::gen::inRange(1, 10), double(*rc::gen::inRange(0, 169)), ""});
  const AtWork use = at_work(work);
  RC_ASSERT(use.peak <= use.together);
  RC_ASSERT(use.peak >= std::floor(use.mean));
  for (Work& each : work) each.hours = (each.hours + 168) / 2;
  RC_ASSERT(at_work(work).peak >= use.peak);
}

TEST(Work, TokensOfAWeekBecomeGpusAndHours) {
  const auto work = parsed("name,people,model,method,tokens_a_week\ntune,3,Llama-3.1-8B,lora,500M\n");
  ASSERT_FALSE(work);
  EXPECT_EQ(work.error().message,
            "jobs.csv:2: tokens_a_week: found \"500M\"; a number from 1 to 1e+16 would be right");
  const auto small = parsed("name,people,model,method,tokens_a_week\ntune,3,Llama-3.1-8B,lora,5e8\n");
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_EQ(small->front().gpus, 1) << "one H100 holds it";
  EXPECT_GT(small->front().hours, 5);
  EXPECT_LT(small->front().hours, 40);
  const auto large = parsed("name,model,method,tokens_a_week\npretrain,Llama-3.1-8B,full,2e11\n");
  ASSERT_TRUE(large) << large.error().message;
  EXPECT_GT(large->front().gpus, 8) << "more tokens than eight GPUs see in a week";
  EXPECT_LE(large->front().hours, 168);
}

TEST(Work, MistakesAreNamedWithTheirPlace) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"name,gpus,hours_a_week\n", "jobs.csv: has no rows; a line for each kind of work would be right"},
      {"name,gpus,hours_a_week\na,1,200\n",
       "jobs.csv:2: hours_a_week: found \"200\"; a number from 0 to 168 would be right"},
      {"name,gpus,hours_a_week\na,1,\n",
       "jobs.csv:2: hours_a_week: found nothing; hours that one of them has it running would be right"},
      {"name,hours_a_week\na,1\n",
       "jobs.csv:2: gpus: found nothing; GPUs of one run, or a model with tokens_a_week, would be right"},
      {"name,gpus,hours_a_week\na,1.5,10\n",
       "jobs.csv:2: gpus: found a fraction; a whole number would be right"},
      {"name,gpus,hours_a_week,gpu_memory_gb\na,1,10,141\n",
       "jobs.csv:2: gpu_memory_gb: found 141; a H100 SXM of a hgx has 86 GB, another --node would be right"},
      {"name,gpus,hour_a_week\na,1,10\n",
       "jobs.csv: there is a column \"hour_a_week\"; did you mean hours_a_week?"},
      {"name,model,method,tokens_a_week\na,Llama-3.1-8B,dora,1e6\n",
       "jobs.csv:2: method: found \"dora\"; full, lora or qlora would be right"},
      {"name,people,gpus,hours_a_week\na,10000,8,10\n",
       "jobs.csv:2: people: found 80000 GPUs together with the rows above; at most 20000 would be right"},
  };
  for (const auto& row : cases) {
    const auto work = parsed(row.text);
    ASSERT_FALSE(work) << row.text;
    EXPECT_EQ(work.error().message, row.message);
  }
}

}  // namespace
}  // namespace busbar::plan
