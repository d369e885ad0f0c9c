// SPDX-License-Identifier: Apache-2.0
#include "engine/local/inventory.hpp"

#include <thread>

#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

using model::Enforcement;

TEST(Inventory, OfThisMachineIsPlausible) {
  model::Settings settings;
  settings.declared_gpus = "4:H100:80GiB";
  shim::Hello able;
  const model::NodeFacts facts = take_inventory("/tmp", NodeId{5}, settings, able);
  EXPECT_EQ(facts.id, NodeId{5});
  EXPECT_EQ(facts.boot_id.size(), 36U);
  EXPECT_FALSE(facts.name.empty());
  EXPECT_NE(facts.os.find("Linux"), std::string::npos);
  EXPECT_GT(facts.cpus, Cpus{0});
  EXPECT_LE(facts.cpus, Cpus{1000} * std::thread::hardware_concurrency());
  EXPECT_GT(facts.memory, MiB * 64);
  EXPECT_GT(facts.disk, MiB);
  ASSERT_EQ(facts.devices.size(), 4U);
  EXPECT_TRUE(facts.devices[3].declared);
}

struct Promise {
  const char* isolation;
  bool namespaces, cgroup;
  Enforcement memory, cpu, processes;
  const char* words;
};
constexpr Promise promises[] = {
    {"full", true, true, Enforcement::enforced, Enforcement::enforced, Enforcement::enforced,
     "PID namespace, cgroup v1"},
    {"full", true, false, Enforcement::watched, Enforcement::none, Enforcement::watched,
     "PID namespace, no cgroup"},
    {"full", false, true, Enforcement::enforced, Enforcement::enforced, Enforcement::enforced,
     "no PID namespace, cgroup v1"},
    {"plain", true, true, Enforcement::watched, Enforcement::none, Enforcement::watched,
     "plain: no namespaces, no cgroups"},
};

TEST(Inventory, PromisesWhatCanBeHeld) {
  for (const Promise& row : promises) {
    SCOPED_TRACE(row.words);
    model::Settings settings;
    settings.isolation = row.isolation;
    shim::Hello able;
    able.namespaces = row.namespaces;
    able.cgroup_version = row.cgroup ? 1 : 0;
    able.limits_memory = able.limits_cpu = able.limits_processes = row.cgroup;
    const model::NodeFacts facts = take_inventory("/tmp", NodeId{5}, settings, able);
    EXPECT_EQ(facts.memory_limit, row.memory);
    EXPECT_EQ(facts.cpu_limit, row.cpu);
    EXPECT_EQ(facts.process_limit, row.processes);
    EXPECT_EQ(facts.isolation, row.words);
  }
}

TEST(NodeName, ComesFromTheMachineAndStays) {
  Scratch scratch;
  std::ofstream(scratch.path + "/machine-id") << "3d1219c7c4c5404aaa1f6d2a48adfda4\n";
  const auto first = node_id(scratch.path, scratch.path + "/machine-id");
  ASSERT_TRUE(first);
  EXPECT_GT(first->value, 0);
  EXPECT_LE(first->value, 0x7fffffff);
  EXPECT_EQ(node_id("/nowhere", scratch.path + "/machine-id")->value, first->value);
  EXPECT_FALSE(std::filesystem::exists(scratch.path + "/node-id"));
}

TEST(NodeName, IsMadeOnceWhereTheMachineHasNone) {
  Scratch scratch, other;
  const auto first = node_id(scratch.path, "/no/machine-id");
  ASSERT_TRUE(first);
  EXPECT_EQ(node_id(scratch.path, "/no/machine-id")->value, first->value);
  EXPECT_NE(node_id(other.path, "/no/machine-id")->value, first->value);
  const auto nowhere = node_id("/no/such/folder", "/no/machine-id");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Errc::internal);
}

TEST(CpuList, IsCounted) {
  for (const auto& [list, count] :
       {std::pair("0-3,8,10-11\n", 7), {"0", 1}, {"0-1\n", 2}, {"", 0}, {"x", 0}, {"3-1", 0}, {"1-2-3", 0}})
    EXPECT_EQ(count_of_list(list), count) << list;
}

struct Setting {
  const char* isolation;
  const char* gpus;
  const char* found;
};
constexpr Setting refused[] = {{"half", "", "\"half\""}, {"full", "4:H100", "4:H100"}};

TEST(Settings, AreCheckedBeforeAnythingStarts) {
  for (const Setting& row : refused) {
    Scene scene(row.isolation);
    scene.settings.declared_gpus = row.gpus;
    const Status status = scene.open();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::invalid);
    EXPECT_NE(status.error().message.find(row.found), std::string::npos) << status.error().message;
  }
}

}  // namespace
}  // namespace busbar::engine
