// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "estimate/catalogue.hpp"

namespace busbar::plan {
namespace {

std::int64_t pdus(const ClusterPlan& plan) {
  std::int64_t sum = 0;
  for (const Rack& rack : plan.racks) sum += std::int64_t(rack.pdus.size());
  return sum;
}
std::int64_t things(const ClusterPlan& plan, const std::string& what) {
  std::int64_t sum = 0;
  for (const Rack& rack : plan.racks) sum += std::ranges::count(rack.things, what, &Placed::what);
  return sum;
}

estimate::NodeKind kind(const char* name) { return *estimate::shipped_catalogue().node(name); }

/// What must hold of every plan, whatever was asked.
void expect_sound(const ClusterQuestion& question, const ClusterPlan& plan) {
  EXPECT_LE(fullest_line(plan), 1 + 1e-9) << "no line carries more than the derated breaker";
  EXPECT_EQ(things(plan, plan.node.name), plan.nodes);
  EXPECT_EQ(things(plan, "storage server"), plan.storage_servers);
  for (const Network& network : plan.networks) {
    EXPECT_EQ(things(plan, network.name + " switch"), network.tree.switches()) << network.name;
    std::int64_t cables = 0;
    for (const auto& [length, count] : network.cables) cables += count;
    EXPECT_EQ(cables, network.ends + network.tree.internal_cables()) << network.name;
  }
  for (const Rack& rack : plan.racks) {
    EXPECT_LE(rack.used_units(), question.room.rack_units);
    estimate::Watts on_pdus;
    for (const Pdu& pdu : rack.pdus)
      for (const estimate::Watts phase : pdu.phases) on_pdus += phase;
    EXPECT_NEAR(on_pdus.value, rack.nameplate().value, 1e-6) << "every cord is plugged in once";
    int next = 1;
    for (const Placed& thing : rack.things) {
      EXPECT_EQ(thing.from, next) << "things stand one on the other";
      next += thing.units;
    }
  }
  if (question.room.feeds) {
    EXPECT_LE(pdus(plan), *question.room.feeds);
  }
  if (question.room.racks) {
    EXPECT_LE(std::ssize(plan.racks), *question.room.racks);
  }
  if (question.room.cooling) {
    EXPECT_LE(plan.nameplate, *question.room.cooling);
  }
}

TEST(Cluster, EveryPlanIsSoundFromOneMachineToTenThousandGpus) {
  for (const char* node : {"workstation", "server", "hgx"}) {
    for (const double gpus : {1.0, 8.0, 16.0, 40.0, 64.0, 512.0, 2048.0, 10000.0}) {
      for (const auto& [volts, phases, derate] :
           {std::tuple{208.0, 3, 0.8}, {230.0, 1, 1.0}, {400.0, 3, 0.8}, {480.0, 3, 0.8}}) {
        ClusterQuestion question{.gpus = gpus, .node = kind(node)};
        question.room.supply = {{volts}, phases};
        question.room.derate = derate;
        SCOPED_TRACE(std::string(node) + " " + std::to_string(gpus) + " at " + std::to_string(volts));
        const auto plan = design(question);
        ASSERT_TRUE(plan) << plan.error().message;
        EXPECT_GE(double(plan->nodes) * plan->node.gpus, gpus);
        expect_sound(question, *plan);
      }
    }
  }
}

TEST(Cluster, TheTightestLimitBindsAndIsNamed) {
  const struct {
    const char* says;
    std::optional<int> feeds, racks;
    std::optional<double> cooling_kw, budget;
    std::int64_t nodes;
    const char* binds;
  } rules[] = {
      {"nothing is in the way", {}, {}, {}, {}, 8, ""},
      {"two feeds of 17.3 kVA carry one machine, its storage and switches", 2, {}, {}, {}, 2, "2 feeds"},
      {"one rack", {}, 1, {}, {}, 4, "room for 1 racks"},
      {"cooling", {}, {}, 30, {}, 2, "30 kW of cooling, by nameplate"},
      {"money", {}, {}, {}, 1e6, 4, "a budget of $1000k"},
      {"no room at all", {}, 0, {}, {}, 0, "room for 0 racks"},
  };
  for (const auto& rule : rules) {
    SCOPED_TRACE(rule.says);
    ClusterQuestion question{
        .gpus = 64, .node = kind("hgx"), .budget = {}, .node_price = estimate::Usd{250000}};
    question.room.breaker = estimate::Amps{60};
    question.room.feeds = rule.feeds, question.room.racks = rule.racks;
    if (rule.cooling_kw) question.room.cooling = estimate::Watts{*rule.cooling_kw * 1000};
    if (rule.budget) question.budget = estimate::Usd{*rule.budget};
    const auto plan = design(question);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->nodes, rule.nodes);
    EXPECT_EQ(plan->wanted, 8);
    if (*rule.binds) {
      ASSERT_FALSE(plan->limits.empty());
      EXPECT_EQ(plan->limits.front().what, rule.binds);
    }
    expect_sound(question, *plan);
  }
}

TEST(Cluster, MistakesNameTheFlag) {
  const auto told = [](auto change) {
    ClusterQuestion question{.gpus = 8, .node = kind("hgx")};
    change(question);
    const auto plan = design(question);
    return plan ? std::string("fine") : plan.error().message.substr(0, 30);
  };
  EXPECT_EQ(told([](ClusterQuestion&) {}), "fine");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.gpus = 0; }), "busbar plan cluster needs --gp");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.budget = estimate::Usd{1}; }), "--budget: found no --node-pric");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.room.breaker = estimate::Amps{5}; }),
            "--breaker: found 5 A at 208 V:");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.room.rack_units = 4; }), "--breaker: found 50 A at 208 V");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.gpus = 20000, q.radix = 8; }), "--radix: found 8 ports for 200");
}

TEST(Cluster, TheLadderCoversEveryHireOnce) {
  ClusterQuestion question{.people = 30, .gpus_each = 0.25, .node = kind("hgx")};
  question.room.racks = 1;
  const auto plan = design(question);
  ASSERT_TRUE(plan);
  std::string kinds;
  for (const auto& step : plan->ladder) kinds += step.people + " " + step.kind + " | ";
  EXPECT_EQ(kinds, "1 laptop | 2 to 16 workstation | 17 to 32 server | from 33 cluster | ");
}

}  // namespace
}  // namespace busbar::plan
