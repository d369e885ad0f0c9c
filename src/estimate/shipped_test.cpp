// SPDX-License-Identifier: Apache-2.0
#include "estimate/shipped.hpp"

#include <gtest/gtest.h>

#include "estimate/sheet.hpp"

namespace busbar::estimate {
namespace {

TEST(Shipped, EveryTableIsASheetThatSaysWhenAndWhence) {
  const auto devices = Sheet::parse("catalog/devices.csv", shipped("devices"));
  ASSERT_TRUE(devices) << devices.error().message;
  for (std::size_t row = 0; row < devices->rows(); ++row) {
    EXPECT_FALSE(devices->at(row, "source").empty()) << devices->at(row, "name");
    EXPECT_EQ(devices->at(row, "as_of").size(), 10u) << devices->at(row, "name");
  }
}

}  // namespace
}  // namespace busbar::estimate
