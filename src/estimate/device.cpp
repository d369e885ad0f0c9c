// SPDX-License-Identifier: Apache-2.0
#include "estimate/device.hpp"

#include <algorithm>
#include <array>

#include "estimate/catalogue.hpp"
#include "estimate/sheet_row.hpp"

namespace busbar::estimate {
namespace {

constexpr BytesPerSecond pcie{25e9};  // one way, PCIe 4.0 x16 as measured copies have it

/// One network port for each device of a node that is made for clusters: 100 Gb/s beside an A100, 400 Gb/s
/// from Hopper on (DGX A100 has 8 x 200 Gb/s, DGX H100 8 x 400 Gb/s; rented A100 nodes mostly half of it).
BytesPerSecond network_of(const Device& device) {
  if (device.link <= pcie) return {3e9};
  return device.generation == "hopper" || device.generation == "blackwell" || device.generation == "cdna3" ||
                 device.generation == "cdna4"
             ? BytesPerSecond{50e9}
             : BytesPerSecond{25e9};
}

constexpr std::array<std::string_view, 20> columns = {
    "name",       "aliases",       "vendor",      "generation",
    "memory_mib", "bandwidth_gbs", "bf16_tflops", "fp16_acc_tflops",
    "fp8_tflops", "fp4_tflops",    "int8_tops",   "matmul_bf16_tflops",
    "tdp_w",      "link_gbs",      "network_gbs", "node_devices",
    "year",       "source",        "as_of",       "note"};

constexpr Usual usual[] = {
    {"generation", "constants of all generations"},
    {"fp16_acc_tflops", "as bf16_tflops"},
    {"fp8_tflops", "no such units"},
    {"fp4_tflops", "no such units"},
    {"link_gbs", "25 GB/s: PCIe 4.0"},
    {"network_gbs", "3 GB/s; 25 beside a link of its own, 50 from Hopper on"},
    {"node_devices", "1"},
};

Result<Device> read_device(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  Device device;
  device.name = row.name();
  device.generation = row.text("generation");
  device.memory = MiB * row.needed_number("memory_mib", 1, 1e9, "memory in MiB as its driver reports it");
  device.bandwidth = {row.needed_number("bandwidth_gbs", 0.1, 1e6, "GB/s of its memory") * 1e9};
  device.bf16 = {row.needed_number("bf16_tflops", 0.01, 1e6, "dense TFLOPS in 16 bits") * 1e12};
  device.fp16_fast = {row.number_or("fp16_acc_tflops", 0, 1e6, device.bf16.value / 1e12) * 1e12};
  device.matmul = {row.number_or("matmul_bf16_tflops", 0, 1e6, 0) * 1e12};
  device.fp8 = {row.number_or("fp8_tflops", 0, 1e6, 0) * 1e12};
  device.fp4 = {row.number_or("fp4_tflops", 0, 1e6, 0) * 1e12};
  device.power = {row.needed_number("tdp_w", 1, 1e5, "watts of the board")};
  device.link = std::max(pcie, BytesPerSecond{row.number_or("link_gbs", 0, 1e5, 0) * 1e9});
  device.in_node = static_cast<int>(row.number_or("node_devices", 1, 1e4, 1));
  device.network = {row.number_or("network_gbs", 0.001, 1e5, network_of(device).value / 1e9) * 1e9};
  if (row.error()) return *row.error();
  return device;
}

}  // namespace

double share_of_peak(const Constants& constants, std::string_view what, const Device& device) {
  const double share = constants.of(what, device.generation);
  if (constants.knows(what, device.generation) || device.matmul.value <= 0) return share;
  return share * std::min(1.0, device.matmul / device.bf16 / constants.of("matmul.usual"));
}

Result<std::vector<Named<Device>>> parse_devices(const Sheet& sheet, std::vector<std::string>& assumed) {
  constexpr std::array<std::string_view, 5> needed = {"name", "memory_mib", "bandwidth_gbs", "bf16_tflops",
                                                      "tdp_w"};
  note_blanks(sheet, usual, assumed);
  return read_named<Device>(sheet, needed, columns, read_device);
}

const std::vector<Device>& built_in_devices() { return shipped_catalogue().devices.all(); }
const Device* built_in_device(std::string_view name) { return shipped_catalogue().devices.find(name); }

}  // namespace busbar::estimate
