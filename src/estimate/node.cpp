// SPDX-License-Identifier: Apache-2.0
#include "estimate/node.hpp"

#include <array>
#include <cmath>

#include "estimate/sheet_row.hpp"

namespace busbar::estimate {
namespace {

constexpr std::array<std::string_view, 18> columns = {
    "name",        "aliases",    "says",      "device", "gpus",          "units",
    "nameplate_w", "measured_w", "liquid",    "hosts",  "compute_ports", "compute_gbps",
    "cords",       "outlet",     "price_usd", "source", "as_of",         "note"};
constexpr std::array<std::string_view, 10> switch_columns = {
    "name", "aliases", "port_gbps", "ports", "units", "nameplate_w", "measured_w", "source", "as_of", "note"};

constexpr Usual usual[] = {
    {"measured_w", "0.68 of the nameplate, as eight H100 had in training"},
    {"compute_ports", "as many as GPUs, on the floor none"},
    {"compute_gbps", "400"},
    {"cords", "one for each 2 kW, two at least"},
    {"outlet", "C19"},
    {"liquid", "0: air carries all heat"},
    {"hosts", "1"},
};
constexpr Usual usual_of_switches[] = {
    {"units", "1"},
    {"measured_w", "0.68 of the nameplate, as eight H100 had in training"},
};

Result<NodeKind> read_node(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  NodeKind node;
  node.name = row.name();
  node.gpus = row.needed_number("gpus", 1, 1000, "how many GPUs it holds");
  node.says = row.text("says");
  if (node.says.empty()) node.says = "machine of " + std::to_string(int(node.gpus)) + " GPUs";
  node.units = int(row.needed_number("units", 0, 60, "rack units, 0 for what stands on the floor,"));
  node.nameplate = {row.needed_number("nameplate_w", 10, 1e6, "watts on its nameplate")};
  node.measured = {
      row.number_or("measured_w", 1, node.nameplate.value, node.nameplate.value * measured_share)};
  node.compute_ports =
      int(row.number_or("compute_ports", 0, 1000, node.units == 0 ? 0 : std::floor(node.gpus)));
  node.compute_speed = {row.number_or("compute_gbps", 0, 1e5, 400)};
  node.cords = int(row.number_or("cords", 1, 100, std::max(2.0, std::ceil(node.nameplate.value / 2000))));
  node.outlet = row.text("outlet");
  if (node.outlet.empty()) node.outlet = "C19";
  if (node.outlet != "C13" && node.outlet != "C19" && node.outlet != "busbar")
    row.refuse("outlet", "found \"" + printable(node.outlet) + "\"; C13, C19 or busbar would be right");
  node.device = row.text("device");
  node.hosts = int(row.number_or("hosts", 1, 1000, 1));
  node.liquid = row.number_or("liquid", 0, 1, 0);
  if (const auto price = row.number("price_usd", 1, 1e9)) node.price = Usd{*price};
  node.source = row.text("source");
  if (node.source.empty()) node.source = sheet.name();
  if (row.error()) return *row.error();
  return node;
}

Result<SwitchKind> read_switch(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  SwitchKind kind;
  kind.name = row.name();
  kind.speed = {row.needed_number("port_gbps", 0.1, 1e5, "gigabits a second of a port")};
  kind.ports = int(row.needed_number("ports", 4, 1024, "how many ports it has"));
  kind.units = int(row.number_or("units", 1, 40, 1));
  kind.nameplate = {row.needed_number("nameplate_w", 1, 1e5, "watts on its nameplate")};
  kind.measured = {
      row.number_or("measured_w", 1, kind.nameplate.value, kind.nameplate.value * measured_share)};
  kind.source = row.text("source");
  if (kind.source.empty()) kind.source = sheet.name();
  if (row.error()) return *row.error();
  return kind;
}

}  // namespace

Result<std::vector<Named<NodeKind>>> parse_nodes(const Sheet& sheet, std::vector<std::string>& assumed) {
  constexpr std::array<std::string_view, 4> needed = {"name", "gpus", "units", "nameplate_w"};
  note_blanks(sheet, usual, assumed);
  return read_named<NodeKind>(sheet, needed, columns, read_node);
}

Result<std::vector<Named<SwitchKind>>> parse_switches(const Sheet& sheet, std::vector<std::string>& assumed) {
  constexpr std::array<std::string_view, 4> needed = {"name", "ports", "port_gbps", "nameplate_w"};
  note_blanks(sheet, usual_of_switches, assumed);
  return read_named<SwitchKind>(sheet, needed, switch_columns, read_switch);
}

}  // namespace busbar::estimate
