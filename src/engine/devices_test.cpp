// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "engine/engine.hpp"

namespace busbar::engine {
namespace {

struct Right {
  const char* text;
  std::size_t count;
  const char* last_model;
  Bytes last_memory;
};
const Right rights[] = {
    {"", 0, "", Bytes{}},
    {"4:H100:80GiB", 4, "H100", GiB * 80},
    {"1:A100:40GB", 1, "A100", Bytes{40'000'000'000}},
    {"2:H100:80GiB,1:L4:24GiB", 3, "L4", GiB * 24},
    {" 2:H100:80GiB , 2:H100:80GiB ", 4, "H100", GiB * 80},
};

TEST(DeclaredDevices, AreReadAndNumbered) {
  for (const Right& row : rights) {
    SCOPED_TRACE(row.text);
    const auto devices = declared_devices(row.text, NodeId{5});
    ASSERT_TRUE(devices) << devices.error().message;
    ASSERT_EQ(devices->size(), row.count);
    std::set<DeviceId> ids;
    for (std::size_t i = 0; i < devices->size(); ++i) {
      const model::Device& device = (*devices)[i];
      EXPECT_EQ(device.index, static_cast<int>(i));
      EXPECT_TRUE(device.declared);
      EXPECT_GT(device.id.value, 0);
      EXPECT_LT(device.id.value, std::int64_t{1} << 53);
      ids.insert(device.id);
    }
    EXPECT_EQ(ids.size(), row.count);
    if (row.count > 0) {
      EXPECT_EQ(devices->back().model, row.last_model);
      EXPECT_EQ(devices->back().memory, row.last_memory);
    }
  }
}

TEST(DeclaredDevices, KeepTheirIdsWhenOthersJoin) {
  const auto before = declared_devices("2:H100:80GiB", NodeId{5}),
             after = declared_devices("1:L4:24GiB,3:H100:80GiB", NodeId{5});
  ASSERT_TRUE(before && after);
  EXPECT_EQ((*before)[0].id, (*after)[1].id);
  EXPECT_EQ((*before)[1].id, (*after)[2].id);
  EXPECT_NE((*before)[0].id, declared_devices("2:H100:80GiB", NodeId{6})->front().id);
}

TEST(DeclaredDevices, SomeAreLinkedSideBySide) {
  const auto devices = declared_devices("5:3090:24GiB:2,1:L4:24GiB,2:3090:24GiB:2", NodeId{5});
  ASSERT_TRUE(devices) << devices.error().message;
  std::vector<int> links;
  for (const model::Device& device : *devices) links.push_back(device.link);
  EXPECT_EQ(links, (std::vector<int>{1, 1, 2, 2, 3, 0, 4, 4}));
}

struct Wrong {
  const char* text;
  const char* found;  // the error names it
};
constexpr Wrong wrongs[] = {
    {"4", "found 1 of 3 or 4 parts"},
    {"H100:4", "found 2 of 3 or 4 parts"},
    {"4:H100:80GiB:x", "how many are linked: found \"x\""},
    {"4:H100:80GiB:1", "how many are linked"},
    {"4:H100:80GiB:8", "how many are linked"},
    {"4:H100:80GiB:2:2", "found 5 of 3 or 4 parts"},
    {"four:H100:80GiB", "\"four\""},
    {"0:H100:80GiB", "0"},
    {"-1:H100:80GiB", "-1"},
    {"4::80GiB", "the model is empty"},
    {"4:H100:lots", "lots"},
    {"4:H100:80", "a unit may be missing"},
    {"4:H100:80GiB,", "found 1 of 3"},
    {"99999:H100:80GiB", "99999"},
};

TEST(DeclaredDevices, AMistakeIsNamedWithWhatWouldBeRight) {
  for (const Wrong& row : wrongs) {
    SCOPED_TRACE(row.text);
    const auto devices = declared_devices(row.text, NodeId{5});
    ASSERT_FALSE(devices);
    EXPECT_EQ(devices.error().code, Errc::invalid);
    EXPECT_NE(devices.error().message.find(row.found), std::string::npos) << devices.error().message;
    EXPECT_NE(devices.error().message.find("such as 4:H100:80GiB"), std::string::npos)
        << devices.error().message;
  }
}

}  // namespace
}  // namespace busbar::engine
