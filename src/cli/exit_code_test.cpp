// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace busbar::cli {
namespace {

struct Rule {
  const char* state;
  int exit_code, signal, code;
};
constexpr Rule rules[] = {
    {"COMPLETED", 0, 0, 0},       {"FAILED", 3, 0, 3},      {"FAILED", 0, 9, 137},
    {"FAILED", 0, 2, 130},        {"FAILED", 0, 0, 1},      {"CANCELLED", 0, 15, 130},
    {"CANCELLED", 0, 0, 130},     {"TIMEOUT", 0, 9, 124},   {"DEADLINE", 0, 0, 124},
    {"OUT_OF_MEMORY", 1, 0, 137}, {"NODE_FAIL", 0, 0, 125}, {"BOOT_FAIL", 0, 0, 125},
    {"SOMETHING_NEW", 0, 0, 125},
};

TEST(ExitCode, OfAJob) {
  for (const Rule& rule : rules) {
    JobAnswer job;
    job.state = rule.state;
    job.exit_code = rule.exit_code;
    job.signal = rule.signal;
    EXPECT_EQ(exit_code_of(job), rule.code) << rule.state << " " << rule.exit_code << " " << rule.signal;
  }
}

TEST(ExitCode, OfAMistake) {
  struct Row {
    Errc code;
    int alone, for_a_job;
  };
  const Row rows[] = {{Errc::invalid, 2, 2},   {Errc::denied, 1, 1},      {Errc::not_found, 1, 1},
                      {Errc::conflict, 1, 1},  {Errc::exhausted, 1, 125}, {Errc::unavailable, 1, 125},
                      {Errc::internal, 1, 125}};
  for (const Row& row : rows) {
    EXPECT_EQ(exit_code_of(Error{row.code, ""}), row.alone) << static_cast<int>(row.code);
    EXPECT_EQ(exit_code_in_place_of_a_job(Error{row.code, ""}), row.for_a_job) << static_cast<int>(row.code);
  }
}

}  // namespace
}  // namespace busbar::cli
