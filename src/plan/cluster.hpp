// SPDX-License-Identifier: Apache-2.0
// cluster.hpp: from people or GPUs and a room to what has to be ordered: nodes in racks, power by phase, four
// networks with every cable, storage and heat; from one workstation to 10,000 GPUs.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/fabric.hpp"
#include "estimate/power.hpp"
#include "estimate/units.hpp"

namespace busbar::plan {

/// A kind of machine; those that are known are in catalog/nodes.csv, each with its source.
struct NodeKind {
  std::string name, says;
  double gpus = 8;
  int units = 8;                        // of a rack; 0: stands on the floor
  estimate::Watts nameplate, measured;  // what its supplies may draw; what it drew at full training load
  int compute_ports = 8;
  estimate::GigabitsPerSecond compute_speed{400};
  int cords = 6;
  std::string outlet, source;  // "C19"
};
const std::vector<NodeKind>& node_kinds();
/// nullptr when there is none of this name.
const NodeKind* node_kind(std::string_view name);

struct Room {
  estimate::Supply supply{{208}, 3};
  std::optional<estimate::Amps> breaker;  // absent: the smallest usual one that lets a node run
  double derate = 0.8;
  std::optional<int> feeds, racks;
  std::optional<estimate::Watts> cooling;
  int rack_units = 42;
  estimate::Row row{};
};

struct ClusterQuestion {
  double gpus = 0;                   // or people
  double people = 0, gpus_each = 1;  // at work on the mean
  std::string node = "hgx";
  std::optional<estimate::Usd> budget, node_price;
  Room room;
  int radix = 64;
  double oversubscribe = 1;
  std::optional<double> storage_tb;  // absent: 10 a GPU
  double pue = 1.4;
  estimate::UsdPerKilowattHour tariff{0.15};
};

/// What stands in one rack, from the bottom.
struct Placed {
  std::string what;
  int units = 1, from = 1;
  estimate::Watts nameplate, measured;
  int cords = 2;
  std::string outlet;
};
struct Pdu {
  std::array<estimate::Watts, 3> phases;  // by nameplate; pairs of lines where there is no neutral
  std::array<estimate::Amps, 3> lines;
};
struct Rack {
  std::vector<Placed> things;
  std::vector<Pdu> pdus;
  estimate::Watts nameplate() const;
  estimate::Watts measured() const;
  int used_units() const;
};

struct Network {
  std::string name;   // "compute"
  std::string speed;  // "400 Gb/s"
  int radix = 64;
  std::int64_t ends = 0;
  estimate::FatTree tree;
  std::map<double, std::int64_t> cables;  // by sold length in metres; 0: beyond 100 m
};

/// A limit of the room or the budget, and how many nodes it lets stand.
struct Limit {
  std::string what;
  std::int64_t nodes;
};

struct ClusterPlan {
  NodeKind node;
  std::int64_t nodes = 0, wanted = 0;
  std::vector<Limit> limits;  // tightest first
  estimate::Feed feed;
  std::int64_t nodes_per_rack = 1;
  std::vector<Rack> racks;        // alike ones beside one another; network racks last
  std::vector<Network> networks;  // compute, storage, in-band, out-of-band
  std::int64_t storage_servers = 0;
  double storage_tb = 0;
  std::map<std::string, std::int64_t> outlets;  // by kind: C13, C19
  estimate::Watts nameplate, measured;          // of everything
  estimate::KilowattHours year;                 // at measured power, with the room's PUE
  estimate::Usd year_bill;
  std::optional<estimate::Usd> price;  // of the nodes
  struct Step {
    std::string people, kind, why;
  };
  std::vector<Step> ladder;  // the next step for each hire
};

/// Errors (Errc::invalid) name the flag: nothing asked for, a node that is not known, a breaker that carries
/// not one node, a network of more than three levels. Everything is planned by nameplate power; no line of
/// any PDU carries more than the derated breaker. Cost: under 100 ms for 10,000 GPUs.
Result<ClusterPlan> design(const ClusterQuestion& question);

/// Of the most loaded line of all PDUs, as a share of what it may carry.
double fullest_line(const ClusterPlan& plan);

/// One page: rack elevation, phase loads, networks, what to order. Self-contained.
std::string cluster_page(const ClusterQuestion& question, const ClusterPlan& plan,
                         const std::vector<std::string>& assumptions);

}  // namespace busbar::plan
