// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/inventory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

/// "vc: 2x8 GPU; ": pools, and in each the runs of equal nodes.
std::string told(const Inventory& inventory) {
  std::string text;
  for (const Pool& pool : inventory) {
    if (!pool.name.empty()) text += pool.name + ": ";
    std::string last;
    int count = 0;
    const auto flush = [&] {
      if (count) text += std::to_string(count) + "x" + last + " ";
      count = 0;
    };
    for (const model::NodeFacts& node : pool.nodes) {
      std::string now = std::to_string(node.devices.size());
      if (!node.devices.empty()) now += ":" + node.devices[0].model;
      if (node.cpus.count < 1'000'000'000) now += "/" + text::show(node.cpus);
      if (now != last) flush();
      last = now;
      ++count;
    }
    flush();
  }
  if (!text.empty()) text.pop_back();
  return text;
}

TEST(Inventory, OfAFewWords) {
  const struct {
    const char* text;
    const char* told;  // "" refused
  } cases[] = {
      // clang-format off
      {"16x8",               "16x8:GPU"},
      {"16x8:H100",          "16x8:H100"},
      {"16x8:H100/128",      "16x8:H100/128"},
      {"4x0/64",             "4x0/64"},
      {"2x8:H100,1x4:A100",  "2x8:H100 1x4:A100"},
      {"0x8", ""}, {"16", ""}, {"16x", ""}, {"x8", ""}, {"16x8:", ""}, {"16x8/", ""}, {"16x8/0", ""}, {"16x65", ""},
      {"2x8,", ""}, {"1000000000000x8", ""}, {"1000000x1,1x1", ""}, {"-1x8", ""}, {"", ""},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.text);
    const Result<std::vector<model::NodeFacts>> nodes = parse_nodes(row.text);
    EXPECT_EQ(nodes ? told({Pool{"", *nodes}}) : "", row.told);
  }
  EXPECT_EQ(parse_nodes("many").error().message,
            "found \"many\"; machines such as 16x8, 16x8:H100 or 16x8:H100/128 (nodes x GPUs : model / CPUs) "
            "would be "
            "right");
}

class Tables : public testing::Test {
 protected:
  Tables() { std::filesystem::create_directory(folder_); }
  ~Tables() override { std::filesystem::remove_all(folder_); }

  std::string read(const std::string& text) {
    const std::string path = folder_ + "/list.csv";
    std::ofstream(path) << text;
    const Result<Inventory> inventory = read_inventory(path);
    if (inventory) return told(*inventory);
    std::string message = inventory.error().message;
    return message.substr(message.find("list.csv"));
  }

 private:
  std::string folder_ = testing::TempDir() + "inventory." + std::to_string(::getpid());
};

TEST_F(Tables, OfVirtualClustersOrOfNodes) {
  const struct {
    const char* says;
    const char* text;
    const char* told;
  } cases[] = {
      // clang-format off
      {"virtual clusters of nodes of 8", "vc,node num\na,2\nb,1\n", "a: 2x8:GPU b: 1x8:GPU"},
      {"nodes", "sn,cpu_milli,memory_mib,gpu,model\nn1,64000,262144,2,P100\nn2,96000,1024,0,\n", "1x2:P100/64 1x0/96"},
      {"one twice", "vc,node num\na,2\na,1\n", "list.csv:3: vc: \"a\" stands here a second time; each once would be right"},
      {"a node twice", "sn,cpu_milli,memory_mib,gpu,model\nn1,1,1,1,P\nn1,1,1,1,P\n", "list.csv:3: sn: \"n1\" stands here a second time; each name once would be right"},
      {"too many GPUs", "sn,cpu_milli,memory_mib,gpu,model\nn1,1,1,1000000000000,P\n", "list.csv:2: gpu: found \"1000000000000\"; a whole number from 0 to 1024 would be right"},
      {"no nodes", "vc,node num\na,0\n", "list.csv:2: node num: found \"0\"; a whole number from 1 to 1000000 would be right"},
      {"nothing below the header", "vc,node num\n", "list.csv:1: found a header and nothing below it; one row at least would be right"},
      {"something else", "a,b\n1,2\n", "list.csv:1: found neither a column \"vc\" (a table of virtual clusters: vc, node num) nor \"sn\" "
       "(a table of nodes: sn, cpu_milli, memory_mib, gpu, model); one of them would be right"},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(read(row.text), row.told);
  }
}

TEST(Inventory, IsScaledPoolByPool) {
  const auto pools = [](const char* a, const char* b) {
    return Inventory{{"a", *parse_nodes(a)}, {"b", *parse_nodes(b)}};
  };
  EXPECT_EQ(told(scaled(pools("16x8", "1x8"), 500)), "a: 8x8:GPU b: 1x8:GPU");
  EXPECT_EQ(told(scaled(pools("5x8", "64x8"), 250)), "a: 1x8:GPU b: 16x8:GPU");            // 1.25 is 1
  EXPECT_EQ(told(scaled(pools("8x8,8x4", "3x8"), 500)), "a: 4x8:GPU 4x4:GPU b: 2x8:GPU");  // evenly; 1.5 is 2
  EXPECT_EQ(told(scaled(pools("2x8,1x4", "1x8"), 2000)), "a: 4x8:GPU 2x4:GPU b: 2x8:GPU");
  EXPECT_EQ(told(pooled(pools("2x8", "1x4"))), "2x8:GPU 1x4:GPU");
}

TEST(Inventory, NumbersEveryNodeAndDevice) {
  Inventory inventory = scaled({Pool{"", *parse_nodes("1x2,1x1")}}, 2000);
  model::Device& mig = inventory[0].nodes[0].devices[1];
  inventory[0].nodes[0].devices[0].id = DeviceId{77};
  mig.parent = DeviceId{77};
  renumber(inventory);
  std::int64_t node = 0, device = 0;
  for (const model::NodeFacts& each : inventory[0].nodes) {
    EXPECT_EQ(each.id.value, ++node);
    for (const model::Device& one : each.devices) EXPECT_EQ(one.id.value, ++device);
  }
  EXPECT_EQ(device, 6);
  EXPECT_EQ(inventory[0].nodes[0].devices[1].parent, DeviceId{1});
}

}  // namespace
}  // namespace busbar::sim
