// SPDX-License-Identifier: Apache-2.0
#include "base/id_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/units.hpp"

namespace busbar {
namespace {

using Table = IdTable<JobId, std::string>;

std::vector<std::pair<std::int64_t, std::string>> all_of(const auto& table) {
  std::vector<std::pair<std::int64_t, std::string>> all;
  for (const auto& [id, value] : table) all.emplace_back(id.value, value);
  return all;
}

TEST(IdTable, WalksInTheOrderOfIdsHoweverFarApart) {
  Table table;
  for (const std::int64_t id : {std::int64_t{300}, std::int64_t{1} << 40, std::int64_t{2}, std::int64_t{255}})
    table.emplace(JobId{id}, std::to_string(id));
  EXPECT_EQ(all_of(table),
            (std::vector<std::pair<std::int64_t, std::string>>{
                {2, "2"}, {255, "255"}, {300, "300"}, {std::int64_t{1} << 40, "1099511627776"}}));
  EXPECT_EQ(table.lower_bound(JobId{256})->first, JobId{300});
  EXPECT_EQ(table.lower_bound(JobId{301})->first, (JobId{std::int64_t{1} << 40}));
  EXPECT_EQ(table.lower_bound(JobId{(std::int64_t{1} << 40) + 1}), std::as_const(table).end());
}

TEST(IdTable, AValueStaysWhereItIsWhileOthersComeAndGo) {
  Table table;
  const std::string* here = &table.emplace(JobId{1000}, "kept").first->second;
  for (std::int64_t id = 1; id < 5000; ++id) table.emplace(JobId{id}, "other");
  for (std::int64_t id = 1; id < 5000; ++id)
    if (id != 1000) table.erase(JobId{id});
  EXPECT_EQ(&table.at(JobId{1000}), here);
  EXPECT_EQ(*here, "kept") << "and a second one of this id is not taken";
  EXPECT_EQ(table.size(), 1u);
}

TEST(IdTable, ACopyIsItsOwn) {
  Table table;
  table[JobId{7}] = "here";
  Table copy = table;
  EXPECT_EQ(copy, table);
  copy.at(JobId{7}) = "there";
  EXPECT_NE(copy, table);
  EXPECT_EQ(table.at(JobId{7}), "here");
  const Table moved = std::move(table);
  EXPECT_EQ(moved.at(JobId{7}), "here");
  EXPECT_TRUE(table.empty()) << "and may be used again";  // NOLINT: what is left of it is what is asked
}

/// Whatever is done to it, it is as the map that the same is done to.
RC_GTEST_PROP(IdTable, IsAsAMap, ()) {
  Table table;
  std::map<JobId, std::string> map;
  const auto spread = *rc::gen::element<std::int64_t>(40, 2000, std::int64_t{1} << 50);
  const auto steps = *rc::gen::inRange(0, 300);
  for (int step = 0; step < steps; ++step) {
    const JobId id{*rc::gen::inRange<std::int64_t>(0, spread)};
    const JobId near{id.value / 256 * 256 + 255};
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1:
        RC_ASSERT(table.emplace(id, std::to_string(step)).second ==
                  map.emplace(id, std::to_string(step)).second);
        table[near] = map[near] = "near";
        break;
      case 2:
        RC_ASSERT(table.erase(id) == map.erase(id));
        break;
      case 3:
        if (const auto next = map.lower_bound(id); next == map.end()) {
          RC_ASSERT(table.lower_bound(id) == std::as_const(table).end());
        } else {
          RC_ASSERT(table.lower_bound(id)->second == next->second);
          map.erase(next->first);
          table.erase(table.find(table.lower_bound(id)->first));
        }
        break;
      default:
        RC_ASSERT(table.contains(id) == map.contains(id));
    }
    RC_ASSERT(table.size() == map.size());
  }
  RC_ASSERT(all_of(table) == all_of(map));
  const Table copy = table;
  RC_ASSERT(copy == table);
}

}  // namespace
}  // namespace busbar
