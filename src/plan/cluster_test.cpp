// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <rapidcheck/gtest.h>

#include "estimate/catalogue.hpp"
#include "plan/buy.hpp"
#include "plan/cluster/rack.hpp"

namespace busbar::plan {
namespace {

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
    std::map<char, estimate::Watts> carried;
    for (const Pdu& pdu : rack.pdus)
      for (const estimate::Watts phase : pdu.phases) carried[pdu.side] += phase;
    for (const auto& [side, watts] : carried)
      EXPECT_NEAR(watts.value, rack.nameplate().value, 1e-6)
          << "each side carries all, every cord is plugged in once";
    EXPECT_EQ(carried.size(), question.redundant ? 2u : 1u);
    int next = 1;
    for (const Placed& thing : rack.things) {
      EXPECT_EQ(thing.from, next) << "things stand one on the other";
      next += thing.units;
    }
  }
  if (question.room.feeds) {
    EXPECT_LE(feeds_of(plan), *question.room.feeds);
  }
  if (question.room.racks) {
    EXPECT_LE(std::ssize(plan.racks), *question.room.racks);
  }
  if (question.room.cooling) {
    EXPECT_LE(plan.nameplate - plan.liquid, *question.room.cooling);
  }
  if (question.room.liquid_cooling) {
    EXPECT_LE(plan.liquid, *question.room.liquid_cooling);
  }
}

ClusterQuestion asking(double gpus, const char* node) {
  return {.gpus = gpus, .node = kind(node), .switches = estimate::shipped_catalogue().switches.all()};
}

TEST(Cluster, EveryPlanIsSoundFromOneMachineToTenThousandGpus) {
  for (const char* node :
       {"workstation", "server", "hgx", "hgx-b200", "hgx-b300", "gb200-nvl72", "gb300-nvl72"}) {
    for (const double gpus : {1.0, 8.0, 16.0, 40.0, 64.0, 512.0, 2048.0, 10000.0}) {
      for (const auto& [volts, phases, derate] :
           {std::tuple{208.0, 3, 0.8}, {230.0, 1, 1.0}, {400.0, 3, 0.8}, {480.0, 3, 0.8}}) {
        ClusterQuestion question = asking(gpus, node);
        if (question.node.is_rack() && phases == 1) continue;  // power shelves want three
        question.room.supply = {{volts}, phases};
        question.room.derate = derate;
        SCOPED_TRACE(std::string(node) + " " + std::to_string(gpus) + " at " + std::to_string(volts));
        const auto plan = design(question);
        ASSERT_TRUE(plan) << plan.error().message;
        EXPECT_GE(double(plan->nodes) * plan->node.gpus, gpus);
        expect_sound(question, *plan);
        question.redundant = question.node.cords > 1;
        const auto twice = design(question);
        if (twice) expect_sound(question, *twice);
        EXPECT_TRUE(twice || volts < 300) << twice.error().message;
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
    ClusterQuestion question = asking(64, "hgx");
    question.node_price = estimate::Usd{250000};
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
    ClusterQuestion question = asking(8, "hgx");
    change(question);
    const auto plan = design(question);
    return plan ? std::string("fine") : plan.error().message.substr(0, 30);
  };
  EXPECT_EQ(told([](ClusterQuestion&) {}), "fine");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.gpus = 0; }), "busbar plan cluster needs --gp");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.node = kind("workstation"), q.redundant = true; }),
            "--redundant: found a workstati");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.switches.clear(); }), "no kind of switch has ports of");
  EXPECT_EQ(told([](ClusterQuestion& q) {
              q.gpus = 0, q.budget = q.node_price = estimate::Usd{10}, q.budget->value = 9;
            }),
            "--budget: found $9; one hgx co");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.budget = estimate::Usd{1}; }), "--budget: found no --node-pric");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.room.breaker = estimate::Amps{5}; }),
            "--breaker: found 5 A at 208 V:");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.room.rack_units = 4; }), "--breaker: found 50 A at 208 V");
  EXPECT_EQ(told([](ClusterQuestion& q) { q.gpus = 20000, q.radix = 8; }), "--radix: found 8 ports for 200");
}

std::int64_t ordered(const ClusterPlan& plan, std::string_view part) {
  std::int64_t sum = 0;
  for (const Item& item : plan.order)
    if (item.what.find(part) != std::string::npos) sum += item.count;
  return sum;
}

TEST(Cluster, EitherOfTwoSidesCarriesARackAlone) {
  ClusterQuestion question = asking(32, "hgx");
  question.room.breaker = estimate::Amps{60};
  const auto once = design(question);
  question.redundant = true;
  const auto twice = design(question);
  ASSERT_TRUE(once && twice);
  // 17.3 kVA a feed: three machines of 10.2 kW would do by their sum, but nine cords of 3.4 kW do not spread
  // evenly over the six pairs of lines of one side.
  EXPECT_EQ(once->nodes_per_rack, 5);
  EXPECT_EQ(twice->nodes_per_rack, 2);
  for (const Rack& rack : twice->racks) EXPECT_EQ(rack.pdus.size() % 2, 0u);
}

TEST(Cluster, ARackWithABusbarHangsOnFeedsAndNeedsACoolantLoop) {
  ClusterQuestion question = asking(144, "gb300-nvl72");
  question.room.supply = {{415}, 3};
  const auto plan = design(question);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->nodes, 2);
  // The budget of such a rack: (4 x 1.4 + 1 + 0.9) x 18.
  EXPECT_NEAR(plan->node.nameplate.value, (4 * 1400 + 1000 + 900) * 18, 1);
  EXPECT_NEAR(plan->liquid.value, 2 * 135000 * 0.86, 1);
  EXPECT_EQ(plan->racks[0].pdus.size(), 4u) << "36.2 kVA a feed of 63 A";
  EXPECT_EQ(ordered(*plan, "power shelves"), 8);
  question.room.liquid_cooling = estimate::Watts{120000};
  EXPECT_EQ(design(question)->nodes, 1);
  question.room.supply = {{208}, 1};
  EXPECT_FALSE(design(question));
}

TEST(Cluster, EveryFastCableBeyondThreeMetresHasTwoTransceivers) {
  for (const double gpus : {16.0, 100.0, 512.0}) {
    const auto plan = design(asking(gpus, "hgx"));
    ASSERT_TRUE(plan);
    for (const Network& network : plan->networks) {
      std::int64_t far = 0, all = 0;
      for (const auto& [metres, count] : network.cables)
        all += count, far += metres == 0 || metres > 3 ? count : 0;
      EXPECT_EQ(ordered(*plan, network.name + " cable"), all);
      EXPECT_EQ(ordered(*plan, network.name + " transceiver"), network.name == "out-of-band" ? 0 : 2 * far);
    }
  }
}

RC_GTEST_PROP(Cluster, FillingRacksInAnotherOrderNeverTakesMoreRacksOrPdus, ()) {
  const Room room;
  const estimate::Feed feed{room.supply, {*rc::gen::element(30.0, 60.0)}, 0.8};
  std::vector<Placed> things;
  for (const auto& [what, watts, units] : {std::tuple{"fast", 1720, 1}, std::tuple{"slow", 400, 1},
                                           std::tuple{"slowest", 100, 1}, std::tuple{"store", 1200, 2}})
    things.insert(
        things.end(), std::size_t(*rc::gen::inRange(0, 60)),
        Placed{.what = what, .units = units, .nameplate = {double(watts)}, .measured = {}, .outlet = "C13"});
  Packer packer(room, feed, *rc::gen::arbitrary<bool>());
  std::size_t racks = 0, pdus = 0, stood = 0;
  for (std::vector<Placed> rest = things; !rest.empty(); ++racks)
    pdus += packer.fill(rest, {}, false)->pdus.size();
  std::size_t mixed_pdus = 0;
  const std::vector<Rack> mixed = packer.stand(things, {});
  for (const Rack& rack : mixed) mixed_pdus += rack.pdus.size(), stood += rack.things.size();
  RC_ASSERT(stood == things.size());
  RC_ASSERT(mixed.size() <= racks);
  RC_ASSERT(mixed_pdus <= pdus);
}

TEST(Cluster, AMixedOrderSparesRacks) {
  const Room room;
  Packer packer(room, {room.supply, {60}, 0.8}, false);
  std::vector<Placed> things(70, {.what = "fast", .nameplate = {1720}, .measured = {}, .outlet = "C13"});
  things.insert(things.end(), 10, {.what = "slow", .nameplate = {100}, .measured = {}, .outlet = "C13"});
  std::size_t plain = 0;
  for (std::vector<Placed> rest = things; !rest.empty(); ++plain) (void)packer.fill(rest, {}, false);
  EXPECT_LT(packer.stand(things, {}).size(), plain);
}

TEST(Buy, MostWorkForADollarOfWhatCarriesItAll) {
  estimate::Catalogue catalogue = estimate::shipped_catalogue();
  ClusterQuestion question;
  question.switches = catalogue.switches.all(), question.budget = estimate::Usd{200000};
  const auto told = [&] {
    const auto buys = what_to_buy(question, {}, catalogue, estimate::built_in_constants());
    std::string text;
    if (!buys) return buys.error().message.substr(0, 46);
    for (const Buy& buy : *buys)
      text += buy.question.node.name + " " + (buy.plan ? std::to_string(buy.plan->nodes) : "none") + " | ";
    return text;
  };
  EXPECT_EQ(told(), "--budget: no kind of machine has a price; --no");
  ASSERT_TRUE(catalogue.extend("prices.csv",
                               "name,device,gpus,units,nameplate_w,price_usd\n"
                               "desk,RTX 6000 Ada,4,0,2000,42000\n"
                               "slots,L40S,8,4,5000,105000\n"
                               "board,H100 SXM,8,8,10200,280000\n"));
  EXPECT_EQ(told(), "desk 4 | slots 1 | board none | ") << "the budget alone: the most work that it buys";
  question.gpus = 16;
  EXPECT_EQ(told(), "desk 4 | slots 1 | board 0 | ") << "16 GPUs: the one that carries them";
  question.gpus = 8, question.budget = estimate::Usd{500000};
  EXPECT_EQ(told(), "desk 2 | slots 1 | board 1 | ") << "all carry them: work for a dollar";
}

TEST(Cluster, TheLadderCoversEveryHireOnce) {
  ClusterQuestion question = asking(0, "hgx");
  question.people = 30, question.gpus_each = 0.25;
  question.room.racks = 1;
  const auto plan = design(question);
  ASSERT_TRUE(plan);
  std::string kinds;
  for (const auto& step : plan->ladder) kinds += step.people + " " + step.kind + " | ";
  EXPECT_EQ(kinds, "1 laptop | 2 to 16 workstation | 17 to 32 server | from 33 cluster | ");
}

}  // namespace
}  // namespace busbar::plan
