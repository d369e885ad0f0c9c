// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/network.hpp"

#include <algorithm>
#include <cstdlib>

namespace busbar::plan {
namespace {

using namespace estimate;

/// The slowest kind that is fast enough; the first one of the table where several are.
const SwitchKind* slowest(const std::vector<SwitchKind>& kinds, GigabitsPerSecond speed) {
  const SwitchKind* best = nullptr;
  for (const SwitchKind& kind : kinds)
    if (kind.speed >= speed && (!best || kind.speed < best->speed)) best = &kind;
  return best;
}

std::string words(GigabitsPerSecond speed) {
  std::string digits = std::to_string(int(speed.value));
  return digits + " Gb/s";
}

/// The networks that are being planned.
class Networks {
 public:
  explicit Networks(const ClusterQuestion& question) : question_(question) {}

  /// Adds one unless it has no ends. `down_per_up`: ends that share a cable upwards.
  Status add(const char* name, GigabitsPerSecond speed, std::optional<int> radix, std::int64_t ends,
             double down_per_up) {
    if (ends == 0) return Done{};
    const SwitchKind* kind = slowest(question_.switches, speed);
    if (!kind)
      return Error{Errc::invalid, "no kind of switch has ports of " + words(speed) + " for the " + name +
                                      " network; one in a table of --catalog would be right"};
    Network network{.name = name,
                    .speed = words(speed),
                    .kind = *kind,
                    .radix = radix.value_or(kind->ports),
                    .ends = ends};
    const auto tree = fat_tree(ends, network.radix, down_per_up);
    if (!tree)
      return Error{
          Errc::invalid,
          "--radix: found " + std::to_string(network.radix) + " ports for " + std::to_string(ends) +
              " ends of the " + name +
              " network, which takes more than three levels; switches with more ports would be right"};
    network.tree = *tree;
    all.push_back(std::move(network));
    return Done{};
  }

  std::vector<Network> all;

 private:
  const ClusterQuestion& question_;
};

std::int64_t switches_of(const std::vector<Network>& networks) {
  std::int64_t sum = 0;
  for (const Network& network : networks) sum += network.tree.switches();
  return sum;
}

}  // namespace

Result<std::vector<Network>> networks_of(const ClusterQuestion& question, const NodeKind& kind,
                                         std::int64_t nodes, const Gear& gear) {
  Networks networks(question);
  if (kind.on_floor() && nodes == 1) return networks.all;  // the wall's socket is its network
  const std::int64_t hosts = nodes * kind.hosts, compute = nodes > 1 ? nodes * kind.compute_ports : 0;
  constexpr double in_band_share = 3, management_share = 11;  // 36 down of 48, 44 down of 48
  Status added = networks.add("compute", kind.compute_speed, question.radix, compute, question.oversubscribe);
  if (added)
    added = networks.add("storage", {200}, question.radix, hosts + 2 * gear.storage_servers,
                         question.oversubscribe);
  if (added) added = networks.add("in-band", {25}, {}, hosts + gear.storage_servers, in_band_share);
  if (!added) return added.error();
  const std::int64_t managed = hosts + gear.storage_servers + gear.pdus + switches_of(networks.all);
  added = networks.add("out-of-band", {1}, {}, managed, management_share);
  if (!added) return added.error();
  return networks.all;
}

CableKind cable_kind(GigabitsPerSecond speed, double metres) {
  if (speed.value <= 1) return {"copper, Cat 6", false};
  constexpr double copper = 3, multimode = 100, multimode_of_400 = 50;
  if (metres > 0 && metres <= copper) return {"copper (DAC)", false};
  const double reach = speed.value >= 400 ? multimode_of_400 : multimode;
  return {metres > 0 && metres <= reach ? "multimode fibre" : "single-mode fibre", true};
}

void count_cables(const Room& room, std::int64_t nodes, std::int64_t nodes_per_rack, int ports_of_a_node,
                  Network& network) {
  network.cables.clear();
  const std::int64_t racks = (nodes + nodes_per_rack - 1) / nodes_per_rack;
  const std::int64_t rows = (racks + racks_in_a_row - 1) / racks_in_a_row, middle_row = rows / 2;
  const std::int64_t middle = std::min(racks, racks_in_a_row) / 2;
  const auto lay = [&](std::int64_t apart, std::int64_t rows_apart, std::int64_t count) {
    if (count == 0) return;
    const auto sold = sold_length(cable_length(room.row, apart, rows_apart));
    network.cables[sold ? sold->value : 0] += count;
  };
  const bool one_switch = network.tree.levels == 1;
  std::int64_t laid = 0;
  for (std::int64_t rack = 0; rack < racks; ++rack) {
    const std::int64_t here = std::min(nodes_per_rack, nodes - rack * nodes_per_rack) * ports_of_a_node;
    const std::int64_t row = rack / racks_in_a_row;
    lay(std::abs(rack % racks_in_a_row - middle), one_switch ? std::abs(row - middle_row) : 0, here);
    laid += here;
  }
  lay(1, 0, network.ends - laid);  // storage, switches and PDUs beside the switches
  if (one_switch) return;
  const std::int64_t ends_per_row =
      std::max<std::int64_t>(1, racks_in_a_row * nodes_per_rack * ports_of_a_node);
  for (std::int64_t leaf = 0; leaf < network.tree.leaves; ++leaf) {
    const std::int64_t row = std::min(leaf * network.tree.ends_per_leaf / ends_per_row, rows - 1);
    lay(1, std::abs(row - middle_row), network.tree.ups_per_leaf);
  }
  lay(1, 0, network.tree.spine_core_cables);
}

}  // namespace busbar::plan
