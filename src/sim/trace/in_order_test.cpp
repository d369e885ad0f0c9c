// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/in_order.hpp"

#include <gtest/gtest.h>

#include "sim/trace/request.hpp"

namespace busbar::sim {
namespace {

/// Jobs submitted at these seconds, numbered as they stand; a negative one is a row that is wrong.
class Numbers final : public Trace {
 public:
  Numbers(std::vector<int> seconds, std::size_t disorder)
      : seconds_(std::move(seconds)), disorder_(disorder) {}

  Result<std::optional<TraceJob>> next() override {
    if (at_ == seconds_.size()) return std::optional<TraceJob>{};
    const int second = seconds_[at_++];
    if (second < 0) return wrong("a wrong row");
    TraceJob job;
    job.number = std::int64_t(at_);
    job.submitted = Instant{std::chrono::seconds(second)};
    job.spec = shared_.spec({});
    return std::optional(job);
  }
  std::size_t disorder() const override { return disorder_; }
  Error wrong(const std::string& message) const override {
    return {Errc::invalid, "t:" + std::to_string(at_) + ": " + message};
  }

 private:
  std::vector<int> seconds_;
  std::size_t disorder_, at_ = 0;
  Shared shared_;
};

struct Case {
  const char* says;
  std::vector<int> seconds;
  std::size_t disorder;
  bool lenient;
  const char* told;  // numbers of the rows, then an error, or how many were refused
};

std::string told(const Case& of) {
  InOrder jobs(std::make_unique<Numbers>(of.seconds, of.disorder), of.lenient,
               [](const TraceJob& job) { return job.submitted != Instant{std::chrono::seconds(99)}; });
  std::string text;
  for (;;) {
    const Result<std::optional<TraceJob>> job = jobs.next();
    if (!job) return text + "; " + job.error().message;
    if (!*job) break;
    text += (text.empty() ? "" : " ") + std::to_string((*job)->number);
  }
  const Skipped skipped = jobs.skipped();
  if (skipped.refused) text += "; refused " + std::to_string(skipped.refused) + ": " + skipped.because.at(0);
  if (skipped.unwanted) text += "; unwanted " + std::to_string(skipped.unwanted);
  return text;
}

TEST(InOrder, JobsComeByTimeThenByPlace) {
  const Case cases[] = {
      // clang-format off
      {"an empty trace",                           {},              3, false, ""},
      {"what is in order stays so",                {1, 2, 3},       0, false, "1 2 3"},
      {"what is not is put right",                 {3, 1, 2},       2, false, "2 3 1"},
      {"equal times go by their place",            {5, 1, 5, 1, 5}, 4, false, "2 4 1 3 5"},
      {"what is too far behind is refused",        {3, 4, 5, 1},    2, false,
       "1; t:4: found a job of 1970-01-01T00:00:01.000Z more than 2 jobs behind one of 1970-01-01T00:00:03.000Z; a file "
       "sorted by the time of submission would be right"},
      {"or left out by the lenient, and counted",  {3, 4, 5, 1, 6}, 2, true,
       "1 2 3 5; refused 1: t:4: found a job of 1970-01-01T00:00:01.000Z more than 2 jobs behind one of "
       "1970-01-01T00:00:03.000Z; a file sorted by the time of submission would be right"},
      {"a wrong row ends it",                      {1, -1, 2},      0, false, "1; t:2: a wrong row"},
      {"the lenient go on",                        {1, -1, 2},      0, true,  "1 3; refused 1: t:2: a wrong row"},
      {"what nobody wants needs no place",         {99, 1, 99, 2},  0, false, "2 4; unwanted 2"},
      // clang-format on
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.says);
    EXPECT_EQ(told(each), each.told);
  }
}

}  // namespace
}  // namespace busbar::sim
