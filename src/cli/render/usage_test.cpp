// SPDX-License-Identifier: Apache-2.0
#include "cli/render/usage.hpp"

#include <gtest/gtest.h>

namespace busbar::cli::render {
namespace {

TEST(Usage, SaysWhoHoldsAndBorrowsWhat) {
  const char* const answer = R"({"version":1,"devices_milli":8000,"projects":[
    {"project":"speech","guaranteed_milli":2000,"limit_milli":null,"held_milli":3500,"borrowed_milli":1500,"firm_milli":0,"running":4,"waiting":0},
    {"project":"vision","guaranteed_milli":4000,"limit_milli":8000,"held_milli":0,"borrowed_milli":0,"firm_milli":0,"running":0,"waiting":1}]})";
  EXPECT_EQ(usage(*parse_json(answer), {}),
            "GPUs of 8 that are up\n"
            "PROJECT  GUARANTEED  HOLDS  BORROWS  LIMIT  RUNNING  WAITING\n"
            "speech            2    3.5      1.5   none        4        0\n"
            "vision            4      -        -      8        0        1\n");
  EXPECT_EQ(usage(*parse_json(R"({"version":1,"projects":[]})"), {}), "nobody has a share or a job\n");
}

}  // namespace
}  // namespace busbar::cli::render
