// SPDX-License-Identifier: Apache-2.0
// cluster.hpp: from people, their work or GPUs and a room to what has to be ordered: nodes in racks, power by
// phase, four networks with every cable, storage and heat; from one workstation to 10,000 GPUs.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/node.hpp"
#include "estimate/power.hpp"
#include "estimate/tco.hpp"
#include "plan/work.hpp"

namespace busbar::plan {

struct Room {
  estimate::Supply supply{{208}, 3};
  std::optional<estimate::Amps> breaker;  // absent: the smallest usual one that lets a node run
  double derate = 0.8;
  std::optional<int> feeds, racks;
  std::optional<estimate::Watts> cooling;         // of the air
  std::optional<estimate::Watts> liquid_cooling;  // of the liquid
  int rack_units = 42;
  estimate::Row row{};
};

struct ClusterQuestion {
  double gpus = 0;                   // or people, or work
  double people = 0, gpus_each = 1;  // at work on the mean
  std::vector<Work> work;
  estimate::NodeKind node;
  std::vector<estimate::SwitchKind> switches;
  std::optional<estimate::Usd> budget, node_price;
  Room room;
  std::optional<int> radix;  // ports of compute and storage switches; absent: as their kind has
  double oversubscribe = 1;
  bool redundant = false;            // two feeds to each rack, either of which carries it alone
  std::optional<double> storage_tb;  // absent: 10 a GPU
  double pue = 1.4;
  estimate::UsdPerKilowattHour tariff{0.15};
  estimate::UsdPerMonth colo_kilowatt{200};  // of colocation
};

/// What stands in one rack, from the bottom.
struct Placed {
  std::string what;
  int units = 1, from = 1;
  estimate::Watts nameplate, measured;
  int cords = 2;
  std::string outlet;
};
/// What hangs on one feed: a PDU, or power shelves of a rack with a busbar. Where two sides feed a rack, each
/// holds what it carries when the other one has failed.
struct Pdu {
  std::array<estimate::Watts, 3> phases;  // by nameplate; pairs of lines where there is no neutral
  std::array<estimate::Amps, 3> lines;
  char side = ' ';  // 'A' or 'B'; ' ' where there is one
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
  estimate::SwitchKind kind;
  int radix = 64;
  std::int64_t ends = 0;
  estimate::FatTree tree;
  std::map<double, std::int64_t> cables;  // by sold length in metres; 0: beyond 100 m
};

/// A line of what has to be ordered.
struct Item {
  std::int64_t count;
  std::string what;
};

/// A limit of the room or the budget, and how many nodes it lets stand.
struct Limit {
  std::string what;
  std::int64_t nodes;
};

struct ClusterPlan {
  estimate::NodeKind node;
  std::int64_t nodes = 0, wanted = 0;
  std::vector<Limit> limits;  // tightest first
  estimate::Feed feed;
  std::int64_t nodes_per_rack = 1;
  std::vector<Rack> racks;        // alike ones beside one another; network racks last
  std::vector<Network> networks;  // compute, storage, in-band, out-of-band
  std::int64_t storage_servers = 0;
  double storage_tb = 0;
  std::map<std::string, std::int64_t> outlets;  // by kind: C13, C19
  std::vector<Item> order;
  estimate::Watts nameplate, measured;  // of everything
  estimate::Watts liquid;               // of the nameplate, the heat that liquid carries away
  estimate::KilowattHours year;         // at measured power, with the room's PUE
  estimate::Usd year_bill;
  std::optional<estimate::Usd> price;  // of the nodes
  struct Step {
    std::string people, kind, why;
  };
  std::vector<Step> ladder;  // the next step for each hire
};

/// Errors (Errc::invalid) name the flag: nothing asked for, a breaker that carries
/// not one node, a network of more than three levels. Everything is planned by nameplate power; no line of
/// any PDU carries more than the derated breaker. Cost: under 100 ms for 10,000 GPUs.
Result<ClusterPlan> design(const ClusterQuestion& question);

/// "208 V 3-phase 60 A, loaded to 48 A (17.3 kVA)"
std::string feed_words(const estimate::Feed& feed);
std::int64_t feeds_of(const ClusterPlan& plan);

/// Of the most loaded line of all PDUs, as a share of what it may carry.
double fullest_line(const ClusterPlan& plan);

}  // namespace busbar::plan
