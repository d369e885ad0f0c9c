// SPDX-License-Identifier: Apache-2.0
// node.hpp: kinds of machine and switch that a room is planned with: what they hold, draw, take of a rack
// and plug in.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "estimate/fabric.hpp"
#include "estimate/names.hpp"
#include "estimate/sheet.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

struct NodeKind {
  std::string name, says;
  std::string device;  // its GPUs, by their name in devices.csv; "" where that is not said
  double gpus = 8;
  int units = 8;              // of a rack; 0: stands on the floor
  Watts nameplate, measured;  // what its supplies may draw; what it drew at full training load
  int hosts = 1;              // that have an operating system each: 18 trays of a rack
  int compute_ports = 8;
  GigabitsPerSecond compute_speed{400};
  int cords = 6;
  std::string outlet, source;  // "C19"; "busbar": a rack of its own, whose power shelves are `cords`
  double liquid = 0;           // share of its heat that liquid carries away
  std::optional<Usd> price;    // of one, where a table says it

  bool is_rack() const { return outlet == "busbar"; }
  bool on_floor() const { return units == 0 && !is_rack(); }
};

/// A kind of switch: `ports` of `speed` each.
struct SwitchKind {
  std::string name;
  GigabitsPerSecond speed;
  int ports = 64, units = 1;
  Watts nameplate, measured;
  std::string source;
};

/// A table with the columns of catalog/README.md. Needed: name, gpus, units, nameplate_w. What a user's table
/// leaves blank is said in `assumed`, in one sentence. Errors (Errc::invalid) name file, line, column.
Result<std::vector<Named<NodeKind>>> parse_nodes(const Sheet& sheet, std::vector<std::string>& assumed);

/// Likewise. Needed: name, ports, port_gbps, nameplate_w.
Result<std::vector<Named<SwitchKind>>> parse_switches(const Sheet& sheet, std::vector<std::string>& assumed);

/// Of a node's nameplate, what it draws at full training load: 6.946 of 10.2 kW, a node with eight H100
/// (Supermicro, MLPerf Training v4.0, Llama-2-70B LoRA). For machines of which nobody published a
/// measurement.
constexpr double measured_share = 0.68;

}  // namespace busbar::estimate
