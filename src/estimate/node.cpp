// SPDX-License-Identifier: Apache-2.0
#include "estimate/node.hpp"

#include <array>
#include <cmath>

#include "estimate/sheet_row.hpp"

namespace busbar::estimate {
namespace {

constexpr std::array<std::string_view, 14> columns = {
    "name",          "aliases",      "says",  "gpus",   "units",  "nameplate_w", "measured_w",
    "compute_ports", "compute_gbps", "cords", "outlet", "source", "as_of",       "note"};

constexpr Usual usual[] = {
    {"measured_w", "0.68 of the nameplate, as eight H100 had in training"},
    {"compute_ports", "as many as GPUs"},
    {"compute_gbps", "400"},
    {"cords", "one for each 2 kW, two at least"},
    {"outlet", "C19"},
};

Result<NodeKind> read_node(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  NodeKind node;
  node.name = row.needed("name", "what it is called");
  node.gpus = row.needed_number("gpus", 1, 1000, "how many GPUs it holds");
  node.says = row.text("says");
  if (node.says.empty()) node.says = "machine of " + std::to_string(int(node.gpus)) + " GPUs";
  node.units = int(row.needed_number("units", 0, 60, "rack units, 0 for what stands on the floor,"));
  node.nameplate = {row.needed_number("nameplate_w", 10, 1e6, "watts on its nameplate")};
  node.measured = {
      row.number_or("measured_w", 1, node.nameplate.value, node.nameplate.value * measured_share)};
  node.compute_ports = int(row.number_or("compute_ports", 0, 1000, std::floor(node.gpus)));
  node.compute_speed = {row.number_or("compute_gbps", 0, 1e5, 400)};
  node.cords = int(row.number_or("cords", 1, 100, std::max(2.0, std::ceil(node.nameplate.value / 2000))));
  node.outlet = row.text("outlet");
  if (node.outlet.empty()) node.outlet = "C19";
  if (node.outlet != "C13" && node.outlet != "C19")
    row.refuse("outlet", "found \"" + printable(node.outlet) + "\"; C13 or C19 would be right");
  node.source = row.text("source");
  if (node.source.empty()) node.source = sheet.name();
  if (row.error()) return *row.error();
  return node;
}

}  // namespace

Result<std::vector<Named<NodeKind>>> parse_nodes(const Sheet& sheet, std::vector<std::string>& assumed) {
  constexpr std::array<std::string_view, 4> needed = {"name", "gpus", "units", "nameplate_w"};
  if (Status fine = check_columns(sheet, needed, columns); !fine) return fine.error();
  std::vector<Named<NodeKind>> nodes;
  for (std::size_t row = 0; row < sheet.rows(); ++row) {
    Result<NodeKind> node = read_node(sheet, row);
    if (!node) return node.error();
    nodes.push_back({std::move(*node), folded_names(sheet.at(row, "name"), sheet.at(row, "aliases"))});
  }
  note_blanks(sheet, usual, assumed);
  return nodes;
}

}  // namespace busbar::estimate
