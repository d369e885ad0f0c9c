// SPDX-License-Identifier: Apache-2.0
#include "cli/catalogue.hpp"

#include <gtest/gtest.h>

#include "cli/fake_server_test.hpp"
#include "cli/files.hpp"

namespace busbar::cli {
namespace {

std::string device(const char* name, int memory) {
  return "name,generation,memory_mib,bandwidth_gbs,bf16_tflops,fp16_acc_tflops,fp8_tflops,fp4_tflops,tdp_w,"
         "link_gbs,"
         "network_gbs,node_devices\n" +
         std::string(name) + ",ada," + std::to_string(memory) + ",1,1,1,1,1,1,30,4,1\n";
}

TEST(Catalogue, TheFolderIsReadByNameAndTheCommandLineHasTheLastWord) {
  const testing::Folder folder;
  for (const auto& [name, text] : {std::pair{"b.csv", device("X", 2)}, std::pair{"a.csv", device("X", 1)},
                                   std::pair{"notes.txt", std::string("no table")}})
    ASSERT_TRUE(write_file(folder.path + "/" + name, text));
  const auto read = catalogue_of(folder.path, {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->catalogue.device("X")->memory, estimate::MiB * 2.0);
  EXPECT_EQ(read->remarks, (std::vector<std::string>{"1 device of " + folder.path + "/a.csv",
                                                     "1 device of " + folder.path +
                                                         "/b.csv; in place of what was known before: X"}));
  ASSERT_TRUE(write_file(folder.path + "/asked", device("X", 3)));
  EXPECT_EQ(catalogue_of(folder.path, {folder.path + "/asked"})->catalogue.device("X")->memory,
            estimate::MiB * 3.0);
}

TEST(Catalogue, AFolderThatIsNotThereHoldsNothingAndAWrongTableIsNamed) {
  const testing::Folder folder;
  EXPECT_TRUE(catalogue_of(folder.path + "/nowhere", {}));
  EXPECT_TRUE(catalogue_of("", {})->remarks.empty());
  ASSERT_TRUE(write_file(folder.path + "/wrong.csv", "name\n"));
  const auto read = catalogue_of(folder.path, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message.rfind(folder.path + "/wrong.csv: the columns do not say", 0), 0u)
      << read.error().message;
}

}  // namespace
}  // namespace busbar::cli
