// SPDX-License-Identifier: Apache-2.0
#include "cli/render/table.hpp"

#include <gtest/gtest.h>

namespace busbar::cli::render {
namespace {

const std::vector<Column> columns = {{"ID", true, 0}, {"NAME", false, 8}, {"REASON", false, 0}};

TEST(Table, AlignsAndLeavesNoBlanksAtTheEnd) {
  EXPECT_EQ(table(columns, {{{"7"}, {"train"}, {""}}, {{"12_3"}, {""}, {"busy"}}}, {}),
            "  ID  NAME   REASON\n"
            "   7  train\n"
            "12_3         busy\n");
}

TEST(Table, AFileGetsEverythingATerminalWhatFits) {
  const std::vector<std::vector<Cell>> rows = {{{"7"}, {"a-very-long-name"}, {"waits for all the others"}}};
  EXPECT_EQ(table(columns, rows, {}),
            "ID  NAME              REASON\n"
            " 7  a-very-long-name  waits for all the others\n");
  EXPECT_EQ(table(columns, rows, {24, false}),
            "ID  NAME      REASON\n"
            " 7  a-ver...  waits f...\n");
}

TEST(Table, AlignsCharactersNotBytes) {
  EXPECT_EQ(table(columns, {{{"7"}, {"größe"}, {"x"}}, {{"8"}, {"klein"}, {"y"}}}, {}),
            "ID  NAME   REASON\n"
            " 7  größe  x\n"
            " 8  klein  y\n");
  EXPECT_EQ(cut("größer", 5), "gr...");
  EXPECT_EQ(cut("größe", 5), "größe");
  EXPECT_EQ(cut("abc", 2), "..");
}

TEST(Table, AnotherUsersNameCannotMoveMyCursor) {
  EXPECT_EQ(table({{"NAME", false, 0}}, {{{"a\033[2Jb\n"}}}, {}), "NAME\na?[2Jb?\n");
}

TEST(Table, ColoursOnlyWhereTheScreenHasThem) {
  const std::vector<std::vector<Cell>> rows = {{{"7", Tone::good}}};
  EXPECT_EQ(table({{"ID", true, 0}}, rows, {80, true}), "\033[1mID\033[0m\n \033[32m7\033[0m\n");
  EXPECT_EQ(table({{"ID", true, 0}}, rows, {80, false}), "ID\n 7\n");
}

}  // namespace
}  // namespace busbar::cli::render
