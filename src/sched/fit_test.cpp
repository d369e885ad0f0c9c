// SPDX-License-Identifier: Apache-2.0
// Where a job goes, as a table of rules (docs/adr/0010).
#include "sched/fit.hpp"

#include <gtest/gtest.h>

#include "sched/picture_test.hpp"

namespace busbar::sched {
namespace {

using picture::Rule;
using picture::World;

// clang-format off
constexpr Rule rules[] = {
    {"the node is taken that is left with fewest devices",   "1:4g 2:2g", "", "1:2g", "1>2(0,1)"},
    {"of equals the lower node",                             "1:2g 2:2g", "", "1:2g", "1>1(0,1)"},
    {"a job without devices spares the node that has some",  "1:4g 2:", "", "1:1c", "1>2"},
    {"then the fewest CPUs are left",                        "1:2g16c 2:2g8c", "", "1:2g4c", "1>2(0,1)"},
    {"CPUs must suffice, too",                               "1:2g16c 2:2g8c", "", "1:2g12c", "1>1(0,1)"},
    {"memory must suffice, too",                             "1:2g16m 2:1g8m", "", "1:1g12m", "1>1(0)"},
    {"half a CPU is half a CPU",                             "1:1c", "", "1:.5c 2:.5c 3:.1c", "1>1 2>1"},
    {"memory that is not asked for is not reserved",         "1:8m", "1:8m", "2:1c", "2>1"},
    {"a model is found without regard to case",              "1:2g@A100 2:2g@H100", "", "1:1g@h100", "1>2(0)"},
    {"another model will not do",                            "1:2g@A100", "", "1:1g@H100", ""},
    {"each device has the memory that was asked for",        "1:2g40v 2:4g80v", "", "1:1g80v", "1>2(0)"},
    {"two halves share one device",                          "1:2g", "", "1:.5g 2:.5g", "1>1(0) 2>1(0)"},
    {"a share goes to the fullest device that has room",     "1:3g", "1:.5g 2:.7g", "3:.3g 4:.5g", "3>1(1) 4>1(0)"},
    {"a share goes where it leaves the smallest rest",       "1:1g 2:1g", "1:.5g 2:.7g", "3:.3g", "3>2(0)"},
    {"a share does not break into a whole device elsewhere", "1:1g@A100 2:3g", "1:.5g@H100", "2:.5g", "2>2(0)"},
    {"whole devices are never shared ones",                  "1:2g", "1:.1g", "2:2g", ""},
    {"a tenth and nine tenths fill a device",                "1:1g", "1:.1g", "2:.9g", "2>1(0)"},
    {"a gang may stand on one node",                         "1:4g", "", "1:1g3x", "1>1(0)+1(1)+1(2)"},
    {"a gang takes the tightest nodes",                      "1:4g 2:2g", "", "1:1g3x", "1>2(0)+2(1)+1(0)"},
    {"a gang does not start in part",                        "1:2g 2:2g", "", "1:2g3x", ""},
    {"over exactly so many nodes",                           "1:4g 2:4g 3:4g", "", "1:1g2x2n", "1>1(0)+2(0)"},
    {"over so many nodes, not fewer",                        "1:8g", "", "1:1g2x2n", ""},
    {"evenly",                                               "1:4g 2:2g 3:2g", "", "1:1g4x2n", "1>2(0)+2(1)+3(0)+3(1)"},
    {"almost evenly, the fuller nodes first",                "1:2g 2:4g", "", "1:1g5x2n", "1>2(0)+2(1)+2(2)+1(0)+1(1)"},
    {"no node is held without a task",                       "1:4g 2:4g", "", "1:1g1x2n", "1>1(0)"},
    {"shares of a gang fill device after device",            "1:2g", "", "1:.5g3x", "1>1(0)+1(0)+1(1)"},
};
// clang-format on

TEST(Fit, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    World world(rule.nodes);
    world.submit(rule.running);
    world.step();
    world.submit(rule.waiting);
    EXPECT_EQ(world.step(), rule.told);
  }
}

TEST(Fit, AShareHoldsItsPartOfTheMemoryAndSharesNeverHoldMoreThanThereIs) {
  World world("1:1g");
  world.submit("1:.333g 2:.333g 3:.334g");
  EXPECT_EQ(world.step(), "1>1(0) 2>1(0) 3>1(0)");
  const auto& held = world.scheduler.cluster().nodes.at(NodeId{1}).held.at(DeviceId{100});
  EXPECT_EQ(held.milli, whole_device);
  EXPECT_LE(held.memory, GiB * 80);
  EXPECT_GT(held.memory, GiB * 80 - KiB * 3);
}

TEST(Fit, ADividedDeviceIsGivenOutByItsInstancesOnly) {
  World world("");
  model::NodeFacts facts;
  facts.id = NodeId{1};
  facts.name = "divided";
  facts.cpus = Cpus{64000};
  facts.devices.resize(3);
  for (int i = 0; i < 3; ++i) {
    model::Device& device = facts.devices[static_cast<std::size_t>(i)];
    device.id = DeviceId{i + 1};
    device.index = i;
    device.memory = GiB * 80;
    if (i == 0) continue;
    device.parent = DeviceId{1};
    device.kind = model::Device::Kind::mig;
    device.compute = Share{428};
    device.memory = GiB * 40;
  }
  world.fold(model::NodeJoined{facts});
  world.submit("1:1g 2:.4g 3:.4g 4:.4g");
  EXPECT_EQ(world.step(), "2>1(1) 3>1(2)");
  EXPECT_EQ(world.scheduler.why(JobId{1}, world.now)->kind, model::Reason::Kind::none_that_large);
}

int port_of(const World& world, int job) { return world.scheduler.cluster().jobs.at(JobId{job}).master_port; }

TEST(Ports, JobsOnOneNodeHaveDifferentOnesAndJobsApartMayShare) {
  World world("1:2g 2:2g");
  world.submit("1:1g 2:1g 3:1g2x");
  EXPECT_EQ(world.step(), "1>1(0) 2>1(1) 3>2(0)+2(1)");
  EXPECT_EQ(port_of(world, 1), 20000);
  EXPECT_EQ(port_of(world, 2), 20001);
  EXPECT_EQ(port_of(world, 3), 20000);
}

TEST(Ports, AGangHasOneThatIsFreeOnAllItsNodes) {
  World world("1:2g 2:2g");
  world.submit("1:1g 2:1g1x");
  world.step();
  world.submit("3:1g2x2n");
  EXPECT_EQ(world.step(), "");
  world.finish(2);
  EXPECT_EQ(world.step(), "3>1(1)+2(0)");
  EXPECT_EQ(port_of(world, 3), 20001);
}

TEST(Ports, OneThatSomebodyElseHasIsNotGivenOutAgain) {
  World world("1:2g");
  world.submit("1:1g");
  world.step();
  world.finish(1, 1, 20000);
  EXPECT_EQ(world.step(), "1>1(0)");
  EXPECT_EQ(port_of(world, 1), 20001);
}

TEST(Ports, OneThatIsGivenBackIsGivenOutAgain) {
  World world("1:2g");
  world.submit("1:1g");
  world.step();
  world.finish(1);
  world.submit("2:1g");
  world.step();
  EXPECT_EQ(port_of(world, 2), 20000);
}

}  // namespace
}  // namespace busbar::sched
