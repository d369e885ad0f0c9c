// SPDX-License-Identifier: Apache-2.0
#include "ledger/balances.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/chance.hpp"

namespace busbar::ledger {

static_assert(charge(Money{7}, 500, Duration(3)) + charge(Money{7}, 500, Duration(4)) ==
              charge(Money{7}, 500, Duration(7)));

namespace {

constexpr Exact unit = Exact{1000} * 3'600'000;

TEST(Rounded, HalfGoesToTheEvenNeighbour) {
  struct Case {
    Exact exact;
    std::int64_t money;
  };
  for (const Case& each :
       {Case{0, 0}, Case{unit, 1}, Case{unit / 2, 0}, Case{unit / 2 + 1, 1}, Case{unit + unit / 2, 2},
        Case{unit + unit / 2 - 1, 1}, Case{2 * unit + unit / 2, 2}, Case{-unit / 2, 0},
        Case{-unit / 2 - 1, -1}, Case{-unit - unit / 2, -2}, Case{-unit, -1}})
    EXPECT_EQ(rounded(each.exact).count, each.money) << static_cast<double>(each.exact);
}

TEST(Charge, IsExactForTenThousandDevicesOverACenturyAtTenThousandAnHour) {
  const Duration century = std::chrono::hours(876'600);
  const Exact cost = charge(Money{10'000'000'000}, 10'000'000, century);
  EXPECT_TRUE(cost == unit * 876'600 * 10'000 * 10'000'000'000);
}

/// A cluster in which random work is submitted, launched and ended while prices change; each record goes
/// through apply() and the ledger alike.
class World {
 public:
  explicit World(std::uint64_t seed) : rng_(seed) {
    add(model::Opened{}, Epoch{1});
    model::NodeFacts facts{.id = NodeId{1}};
    facts.cpus = Cpus{64'000};
    facts.memory = GiB;
    for (int k = 1; k <= 8; ++k) facts.devices.push_back({.id = DeviceId{k}, .memory = GiB});
    add(model::NodeJoined{facts});
  }

  void step() {
    cluster_now_ += Duration(static_cast<std::int64_t>(rng_.below(5000)));
    switch (rng_.below(8)) {
      case 0:
        return add(model::PriceSet{Money(static_cast<std::int64_t>(rng_.below(9'000'000))),
                                   Money(static_cast<std::int64_t>(rng_.below(100'000)))});
      case 1:
        return add(model::ClockJumped{});  // splits the time, changes nothing
      case 2:
      case 3:
        return finish();
      default:
        return launch();
    }
  }

  model::Cluster cluster;
  Balances balances;
  Exact device_integral = 0, cpu_integral = 0,
        cost_integral = 0;  // of what the nodes held, summed between records

  Instant now() const { return cluster_now_; }

 private:
  void add(model::Event event, std::optional<Epoch> epoch = {}) {
    const model::Record record{Seq{cluster.seq.value + 1}, epoch.value_or(cluster.epoch), cluster_now_,
                               std::move(event)};
    integrate(record.at);
    balances.fold(cluster, record);
    const auto applied = model::apply(cluster, record);
    RC_ASSERT(bool(applied));
  }

  void integrate(Instant until) {
    const Duration passed = until - cluster.now;
    for (const auto& [id, node] : cluster.nodes) {
      Exact devices = 0;
      for (const auto& [device, held] : node.held) devices += held.milli.count;
      device_integral += devices * passed.count();
      cpu_integral += Exact{node.cpus_held.count} * passed.count();
      cost_integral += devices * passed.count() * cluster.per_device_hour.count +
                       Exact{node.cpus_held.count} * passed.count() * cluster.per_cpu_hour.count;
    }
  }

  void launch() {
    auto spec = std::make_shared<model::JobSpec>();
    spec->project = rng_.below(2) ? "red" : "blue";
    spec->tasks = 1 + static_cast<int>(rng_.below(2));
    spec->each.cpus = Cpus(static_cast<std::int64_t>(100 + rng_.below(4000)));
    model::Submitted submitted{.first = cluster.next_id, .spec = spec};
    submitted.by.user = rng_.below(2) ? "ann" : "bob";
    const JobId id = submitted.first;
    add(submitted);
    model::Decided decided{.seen = cluster.seq};
    std::map<DeviceId, Share> given;
    for (int task = 0; task < spec->tasks; ++task) {
      model::Launch launch{.attempt = {id, task, 1}, .node = NodeId{1}};
      const DeviceId device{1 + static_cast<std::int64_t>(rng_.below(8))};
      const Share milli{static_cast<std::int64_t>(1 + rng_.below(500))};
      const auto& held = cluster.nodes.at(NodeId{1}).held;
      const Share taken = (held.contains(device) ? held.at(device).milli : Share{}) + given[device];
      if (taken + milli <= whole_device) {
        launch.holdings.push_back({.device = device, .milli = milli});
        given[device] += milli;
      }
      decided.launches.push_back(launch);
    }
    if (cluster.nodes.at(NodeId{1}).cpus_held.count + spec->tasks * spec->each.cpus.count <= 64'000)
      add(decided);
  }

  void finish() {
    std::vector<model::AttemptId> live;
    for (const auto& [id, job] : cluster.jobs)
      for (const auto& [attempt, place] : model::live_attempts(job)) live.push_back(attempt);
    if (live.empty()) return;
    model::Finished finished{.attempt = live[rng_.below(live.size())]};
    finished.ending.exit_code = static_cast<int>(rng_.below(2));
    add(finished);
  }

  Rng rng_;
  Instant cluster_now_;
};

Balance total(const std::map<Account, Balance>& balances) {
  Balance sum;
  for (const auto& [account, balance] : balances) {
    sum.device_milli_ms += balance.device_milli_ms;
    sum.cpu_milli_ms += balance.cpu_milli_ms;
    sum.cost += balance.cost;
  }
  return sum;
}

RC_GTEST_PROP(Balances, SumToTheTimeIntegralOfWhatTheNodesHeld, (std::uint64_t seed)) {
  World world(seed);
  for (int k = 0; k < 60; ++k) {
    world.step();
    const Balance sum = total(world.balances.at(world.cluster.now));
    RC_ASSERT(Exact{sum.device_milli_ms} == world.device_integral);
    RC_ASSERT(Exact{sum.cpu_milli_ms} == world.cpu_integral);
    RC_ASSERT(sum.cost == world.cost_integral);
  }
  RC_ASSERT(world.cpu_integral > 0);  // something did run
}

RC_GTEST_PROP(Balances, ComeBackFromTheirTextAndGoOnAlike, (std::uint64_t seed)) {
  World world(seed);
  for (int k = 0; k < 30; ++k) world.step();
  const Result<Balances> back = Balances::read(world.balances.text());
  RC_ASSERT(bool(back));
  RC_ASSERT(*back == world.balances);
  RC_ASSERT(back->at(world.now() + Duration(777)) == world.balances.at(world.now() + Duration(777)));
}

RC_GTEST_PROP(Balances, RefuseOrReadAnyTextWithoutHarm, (const std::string& text)) {
  static_cast<void>(bool(Balances::read(text)));
  static_cast<void>(bool(Balances::read("1 2 " + text)));
}

model::Cluster one_job(const std::string& user, Cpus cpus) {
  model::Cluster cluster;
  auto spec = std::make_shared<model::JobSpec>();
  spec->each.cpus = cpus;
  model::Job job{.id = JobId{1}};
  job.spec = spec;
  job.owner.user = user;
  cluster.jobs.emplace(job.id, job);
  return cluster;
}

model::Record record(std::int64_t at, model::Event event) {
  return {Seq{1}, Epoch{1}, Instant(Duration(at)), std::move(event)};
}

TEST(Balances, APriceChangeInTheMiddleSplitsTheInterval) {
  const model::Cluster cluster = one_job("ann", Cpus{2000});
  Balances balances;
  balances.fold(cluster, record(0, model::PriceSet{Money{}, Money{10}}));
  balances.fold(cluster,
                record(1000, model::Decided{.launches = {{.attempt = {JobId{1}, 0, 1}, .node = NodeId{1}}}}));
  balances.fold(cluster, record(4000, model::PriceSet{Money{}, Money{30}}));
  const Balance balance = balances.at(Instant(Duration(5000))).begin()->second;
  EXPECT_EQ(balance.cpu_milli_ms, 2000 * 4000);
  EXPECT_TRUE(balance.cost == Exact{2000} * (3000 * 10 + 1000 * 30));
}

TEST(Balances, WhatApplyWouldRefuseChangesNothing) {
  const model::Cluster cluster = one_job("ann", Cpus{2000});
  Balances balances;
  balances.fold(cluster, record(1000, model::Finished{.attempt = {JobId{1}, 0, 1}}));
  balances.fold(cluster, record(1000, model::Finished{.attempt = {JobId{9}, -1, 1}}));
  balances.fold(cluster,
                record(1000, model::Decided{.launches = {{.attempt = {JobId{9}, 0, 1}, .node = NodeId{1}}}}));
  EXPECT_EQ(balances, Balances{});
}

TEST(Balances, NamesMayHoldAnything) {
  for (const std::string user : {"", "a b", "7 8 9 ", "new\nline", "\xff"}) {
    const model::Cluster cluster = one_job(user, Cpus{1});
    Balances balances;
    balances.fold(cluster,
                  record(5, model::Decided{.launches = {{.attempt = {JobId{1}, 0, 1}, .node = NodeId{1}}}}));
    const Result<Balances> back = Balances::read(balances.text());
    ASSERT_TRUE(back) << user;
    EXPECT_EQ(*back, balances);
  }
}

}  // namespace
}  // namespace busbar::ledger
