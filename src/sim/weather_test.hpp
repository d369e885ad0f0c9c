// SPDX-License-Identifier: Apache-2.0
// weather_test.hpp: random worlds in bad weather, for whoever wants to see that something holds in all of
// them.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "sim/world.hpp"

namespace busbar::sim {

/// A machine of `gpus` GPUs, 8 CPUs and 64 GiB for each.
inline model::NodeFacts box(int id, int gpus, const char* model = "H100") {
  model::NodeFacts facts;
  facts.id = NodeId{id};
  facts.name = "box" + std::to_string(id);
  facts.cpus = Cpus{8000} * std::max(gpus, 1);
  facts.memory = GiB * 64 * std::max(gpus, 1);
  facts.labels = {model == std::string("A100") ? "a100" : "h100"};
  if (id % 2 == 1) facts.labels.push_back("odd");
  for (int k = 0; k < gpus; ++k) {
    model::Device device;
    device.id = DeviceId{id * 100 + k};
    device.index = k;
    device.model = model;
    device.memory = GiB * 80;
    facts.devices.push_back(device);
  }
  return facts;
}

/// A world and all that happens in it, drawn from one seed: machines, rules, work, faults.
class Weather : public Observer {
 public:
  explicit Weather(std::uint64_t seed) : rng_(seed), world_(options()) {
    world_.watch(*this);
    const int nodes = int(pick(1, 5));
    std::int64_t gpus = 0;
    for (int id = 1; id <= nodes; ++id) {
      const int has =
          int(pick(0, 4));  // one draw a statement: compilers differ in which argument comes first
      model::NodeFacts node = box(id, has, one_in(3) ? "A100" : "H100");
      if (one_in(4)) node.memory = GiB * 8;
      if (!one_in(4)) node.disk = GiB * 100;
      const bool linked = one_in(2);
      for (model::Device& device : node.devices) device.link = linked ? 1 + device.index / 2 : 0;
      gpus += std::int64_t(node.devices.size());
      world_.add(std::move(node), at(one_in(3) ? seconds(0, 600) : std::chrono::seconds(0)));
    }
    chosen_ += std::to_string(nodes) + " machines, " + std::to_string(gpus) + " GPUs";
    draw_faults(nodes);
    jobs_ = int(pick(20, 150));
    chosen_ +=
        "; " + std::to_string(jobs_) + " submits within " + std::to_string(span_.count() / 1000) + " s";
    world_.arrive([this] { return next(); });
  }

  const std::string& chosen() const { return chosen_; }
  World& world() { return world_; }
  std::int64_t accepted() const { return accepted_; }

  void answered(const Arrival&, const control::Answer& answer) override {
    if (!answer || answer->existed) return;
    ids_.push_back(answer->first);
    accepted_ += answer->count;
  }

 private:
  static Instant at(Duration since) { return Instant(std::chrono::hours(24 * 365 * 50)) + since; }
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + std::int64_t(rng_.below(std::uint64_t(high - low + 1)));
  }
  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  Duration seconds(std::int64_t low, std::int64_t high) { return std::chrono::seconds(pick(low, high)); }

  World::Options options() {
    World::Options options;
    options.start = at(std::chrono::seconds(0));
    options.journal = store::memory_journal();
    options.launch_takes = one_in(2) ? Duration(0) : seconds(0, 5);
    options.crash_noticed_after = seconds(0, 300);
    model::Rules& rules = options.settings.rules;
    rules.order = model::Rules::Order(pick(0, 2));
    rules.passing = model::Rules::Passing(pick(0, 3));
    rules.fit = model::Rules::Fit(pick(0, 9));
    rules.tie_seed = one_in(2) ? 0 : rng_.next();
    model::PreemptionRules& preemption = options.settings.preemption;
    preemption.min_run = seconds(0, 300);
    preemption.restart = seconds(0, 120);
    if (one_in(2)) preemption.moves = int(pick(1, 500));
    chosen_ = "order " + std::to_string(int(rules.order)) + ", passing " +
              std::to_string(int(rules.passing)) + ", fit " + std::to_string(int(rules.fit)) + "; ";
    if (one_in(2)) draw_shares(options.settings.shares);
    if (one_in(3)) options.settings.spare = int(pick(1, 2));
    options.fate = [this](const engine::LaunchOrder&, Work& work) {
      if (one_in(12)) work.exit_code = int(pick(1, 5));
    };
    return options;
  }

  void draw_shares(model::Quotas& shares) {
    for (int project = 0; project < 3; ++project) {
      if (one_in(4)) continue;
      model::Quota& quota = shares[name_of_project(project)];
      quota.guaranteed = Share{pick(0, 8) * 500};
      if (one_in(3)) quota.limit = quota.guaranteed + Share{pick(0, 4) * 500};
    }
    chosen_ += std::to_string(shares.size()) + " shares; ";
  }
  static std::string name_of_project(std::int64_t k) { return "project" + std::to_string(k); }

  /// Every machine that goes comes back in the end, so that nobody has to wait for ever.
  void draw_faults(int nodes) {
    const int faults = int(pick(0, 6));
    for (int k = 0; k < faults; ++k) {
      const NodeId node{pick(1, nodes)};
      const Instant goes = at(seconds(0, 4000));
      world_.change(goes, node, one_in(2) ? Machines::Change::crashes : Machines::Change::out_of_reach);
      world_.change(goes + seconds(0, 900), node, Machines::Change::joins);
    }
    for (int node = 1; node <= nodes; ++node)
      world_.change(at(std::chrono::seconds(5000)), NodeId{node}, Machines::Change::joins);
    const int kills = int(pick(0, 4));
    for (int k = 0; k < kills; ++k) world_.restart(at(seconds(1, 5000)));
    const int stops = int(pick(0, 12));
    const int holds = int(pick(0, 12));
    for (int k = 0; k < holds; ++k) {
      const Instant told = at(seconds(0, 4000));
      const JobId job{pick(1, 120)};
      // One draw a statement: compilers differ in which argument comes first.
      world_.command(told, control::HoldCommand{one_in(2) ? root() : user(0), job, one_in(2), false});
      if (one_in(4)) continue;
      const Duration later = seconds(0, 1500);
      world_.command(told + later, control::HoldCommand{root(), job, one_in(2), true});
    }
    for (int k = 0; k < stops; ++k) {
      const Instant told = at(seconds(0, 5000));
      world_.command(told, control::StopCommand{user(0), JobId{pick(1, 120)}, one_in(2), "enough"});
    }
    const int drains = int(pick(0, 4));
    for (int k = 0; k < drains; ++k) {
      const NodeId node{pick(1, nodes)};
      const Instant told = at(seconds(0, 4000));
      world_.command(told, control::DrainCommand{root(), name_of(node), false, one_in(2), "repair"});
      world_.command(told + seconds(0, 1500), control::DrainCommand{root(), name_of(node), true, false, ""});
    }
    const int reservations = int(pick(0, 3));
    for (int k = 0; k < reservations; ++k) draw_reservation(k, nodes);
    for (int node = 1; node <= nodes; ++node)  // the latest of all, whatever was told in between
      world_.command(at(std::chrono::seconds(6000)),
                     control::DrainCommand{root(), name_of(NodeId{node}), true, false, ""});
    chosen_ += "; " + std::to_string(faults) + " machines go, " + std::to_string(drains) + " drained, " +
               std::to_string(kills) + " kills, " + std::to_string(stops) + " stops";
  }

  /// All are over by themselves before the end; some sooner.
  void draw_reservation(int number, int nodes) {
    control::ReserveCommand command{root(), {}};
    model::ReserveWish& asked = command.asked;
    asked.name = "reservation" + std::to_string(number);
    const Instant told = at(seconds(0, 3500));
    asked.from = told + seconds(-100, 1000);
    asked.until = told + seconds(1001, 2500);
    if (one_in(2)) {
      for (int node = 1; node <= nodes; ++node) {
        if (one_in(2)) asked.nodes.push_back(name_of(NodeId{node}));
      }
    }
    if (asked.nodes.empty()) asked.gpus = whole_device * pick(1, 4);
    if (one_in(2)) {
      asked.project = name_of_project(pick(0, 3));
    } else if (one_in(2)) {
      asked.user = user(pick(0, 3)).user;
    }
    world_.command(told, command);
    command.asked.end = true;
    if (one_in(3)) world_.command(told + seconds(0, 2000), command);
  }

  static model::Principal user(std::int64_t k) {
    return {.user = "user" + std::to_string(k), .uid = std::uint32_t(k), .gid = 1};
  }

  static model::Principal root() { return {.user = "root", .uid = 99, .gid = 1, .admin = true}; }

  static std::string name_of(NodeId node) { return "box" + std::to_string(node.value); }

  std::optional<Arrival> next() {
    if (given_ == jobs_) return std::nullopt;
    ++given_;
    if (!one_in(3)) now_ += seconds(0, 2 * span_.count() / 1000 / jobs_);
    auto spec = std::make_shared<model::JobSpec>();
    spec->command = {"true"};
    spec->project = name_of_project(pick(0, 3));
    model::Resources& each = spec->each;
    each.gpus = one_in(3) ? Share{0} : one_in(3) ? Share{pick(1, 19) * 50} : whole_device * pick(1, 3);
    if (each.gpus > Share{} && one_in(4)) each.gpu_model = one_in(2) ? "a100" : "H100";
    each.cpus = Cpus{pick(1, 12) * 500};
    if (one_in(2)) each.memory = GiB * pick(1, 12);
    if (one_in(6)) each.disk = GiB * pick(10, 60);
    spec->tasks = one_in(3) ? int(pick(2, 4)) : 1;
    if (one_in(5)) spec->nodes = int(pick(1, 3));
    spec->priority = one_in(4) ? int(pick(-2, 2)) : 0;
    spec->preemptible = one_in(3);
    if (one_in(12)) spec->where.labels = {one_in(2) ? "a100" : "odd"};
    if (one_in(16)) spec->where.on = {name_of(NodeId{pick(1, 5)}), name_of(NodeId{pick(1, 5)})};
    if (one_in(16)) spec->where.off = {name_of(NodeId{pick(1, 5)})};
    if (one_in(12)) spec->where.alone = true;
    if (one_in(8)) spec->where.per_node = int(pick(1, 3));
    spec->requeue = !one_in(4);
    if (one_in(3)) spec->saves_every = seconds(1, 120);
    if (one_in(3)) spec->warning = {SIGUSR1, seconds(1, 60), one_in(2)};
    spec->retries = one_in(3) ? int(pick(1, 3)) : 0;
    if (!one_in(3)) spec->time_limit = seconds(1, 900);
    spec->grace = seconds(0, 60);
    spec->hold_for_nodes = one_in(20);
    spec->hold = one_in(30);
    if (one_in(10)) spec->begin = at(now_ + seconds(-60, 1200));
    if (one_in(8)) spec->deadline = at(now_ + spec->time_limit + seconds(0, 1500));
    if (one_in(6)) draw_array(spec->array);
    for (int k = 0; !ids_.empty() && one_in(3) && k < 2; ++k)
      spec->after.push_back(
          {ids_[std::size_t(pick(0, std::int64_t(ids_.size()) - 1))], model::Dependency::When(pick(0, 3))});
    Arrival arrival{at(now_), user(pick(0, 3)), spec, {}, "", given_};
    arrival.work = {seconds(0, 600), one_in(6) ? 1 : 0, seconds(0, 90), one_in(2)};
    if (one_in(10)) arrival.key = "key" + std::to_string(pick(1, 4));
    return arrival;
  }

  void draw_array(model::Array& array) {
    const std::int64_t size = pick(1, 12);
    for (int k = 0; k < size; ++k) array.indices.push_back(k * 2);
    if (one_in(2)) array.at_once = int(pick(1, 3));
  }

  Rng rng_;
  std::string chosen_;
  World world_;
  Duration span_ = std::chrono::seconds(4000), now_{0};
  int jobs_ = 0, given_ = 0;
  std::vector<JobId> ids_;
  std::int64_t accepted_ = 0;  // elements of arrays counted one by one
};

}  // namespace busbar::sim
