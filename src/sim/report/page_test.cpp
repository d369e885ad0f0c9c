// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/report.hpp"
#include "sim/trace/moment.hpp"

namespace busbar::sim {
namespace {

Measures a_day(int wait_minutes) {
  const Instant begin = *parse_moment("2026-03-02 09:00:00");
  Measures measures(begin, {Capacity::Unit::gpus, 16});
  for (int k = 0; k < 10; ++k) {
    JobOutcome job;
    job.group = k % 2 ? "speech" : "<b>vision</b>";
    job.gpus = 1 + k % 2;
    job.submitted = begin + std::chrono::minutes(k);
    job.started = job.submitted + std::chrono::minutes(wait_minutes);
    job.ran = job.held = std::chrono::hours(1);
    job.ended = job.started + job.ran;
    measures.add(job);
  }
  return measures;
}

TEST(Page, StandsAloneAndHarmsNobody) {
  const Measures fifo = a_day(30), busbar = a_day(3);
  Report report{"<jobs>.csv",
                "a Philly table",
                "2 nodes.",
                {{"fifo", &fifo}, {"busbar & co", &busbar}},
                {"1 row <was> wrong"}};
  const std::string page = report_page(report);
  for (const char* outside : {"http:", "https:", "src=", "href=", "@import", "url(", "<script"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  for (const char* raw : {"<b>vision", "<jobs>", "busbar & co", "<was>"})
    EXPECT_EQ(page.find(raw), std::string::npos) << raw;
  for (const char* told : {"10 jobs replayed: fifo against busbar &amp; co", "&lt;b&gt;vision&lt;/b&gt;",
                           "<td>30 min</td>", "<td>3 min</td>", "<td>90 % less</td>",
                           "1 row &lt;was&gt; wrong", "prefers-color-scheme:dark", "@media print"})
    EXPECT_NE(page.find(told), std::string::npos) << told;
  EXPECT_LT(page.size(), 200'000u);
}

TEST(Page, TellsWhatItCostWhereAPriceIsGiven) {
  const Measures day = a_day(0);  // 15 GPU-hours on 16 GPUs in 69 minutes
  Report report{"jobs.csv", "a Philly table", "2 nodes.", {{"fifo", &day}}, {}};
  EXPECT_EQ(report_page(report).find("Cost"), std::string::npos);
  report.gpu_hour = 2;
  const std::string page = report_page(report);
  EXPECT_NE(page.find("Cost of the GPU-hours held</th><td>30</td>"), std::string::npos);
  EXPECT_NE(page.find("Cost of all GPUs until the last end</th><td>37</td>"), std::string::npos);
  EXPECT_NE(page.find("<th>cost</th>"), std::string::npos) << "by group";
}

TEST(Page, OfOneRunComparesNothing) {
  const Measures only = a_day(0);
  const std::string page = report_page({"jobs.csv", "a Philly table", "2 nodes.", {{"fifo", &only}}, {}});
  EXPECT_NE(page.find("100 % of the jobs started within a minute; the mean wait was 0 s, the longest 0 s."),
            std::string::npos);
  EXPECT_EQ(page.find("difference"), std::string::npos);
  EXPECT_EQ(page.find("legend\">"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

Outcome filled(std::int64_t given_out) {
  Outcome outcome;
  outcome.capacity = whole_device * 10;
  for (std::int64_t percent = 1; percent <= 100; ++percent)
    outcome.course.push_back({percent, Share{std::min(percent * 100, given_out)}});
  outcome.levels = {{100, Share{given_out}}};
  outcome.holes.back() = outcome.capacity - Share{given_out};
  outcome.dropped = 3;
  return outcome;
}

TEST(Page, OfPlacementSaysWhatIsLeftBySizeAndHarmsNobody) {
  const std::string page =
      place_page({"machines.csv",
                  "<pods>.csv",
                  1000,
                  {{"busbar", {filled(9000), filled(9500)}}, {"first", {filled(8000)}}}});
  for (const char* told : {"busbar leaves 0.75 of 10 GPUs without work, first 2: 1.25 more GPUs",
                           "<td>92.50</td>", "<td>3.54</td>", "&lt;pods&gt;.csv", "<th>whole</th>"})
    EXPECT_NE(page.find(told), std::string::npos) << told;
  for (const char* never : {"http:", "https:", "src=", "<script", "<pods>", "nan"})
    EXPECT_EQ(page.find(never), std::string::npos) << never;
}

}  // namespace
}  // namespace busbar::sim
