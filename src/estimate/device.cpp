// SPDX-License-Identifier: Apache-2.0
#include "estimate/device.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/text.hpp"
#include "estimate/names.hpp"
#include "estimate/sheet.hpp"
#include "estimate/shipped.hpp"

namespace busbar::estimate {
namespace {

struct Shelf {
  std::vector<Device> devices;
  std::vector<std::vector<std::string>> spellings;  // folded, by device
};

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

Device read_device(const Sheet& sheet, std::size_t row) {
  const auto number = [&](const char* column) {
    const auto value = sheet.number(row, column, 0, 1e9);
    BUSBAR_CHECK(bool(value), "catalog/devices.csv holds numbers");
    return value->value_or(0);
  };
  Device device;
  device.name = sheet.at(row, "name");
  device.generation = sheet.at(row, "generation");
  device.memory = MiB * number("memory_mib");
  device.bandwidth = {number("bandwidth_gbs") * 1e9};
  device.bf16 = {number("bf16_tflops") * 1e12};
  device.fp16_fast = {number("fp16_acc_tflops") * 1e12};
  device.fp8 = {number("fp8_tflops") * 1e12};
  device.fp4 = {number("fp4_tflops") * 1e12};
  device.power = {number("tdp_w")};
  device.link = {number("link_gbs") * 1e9};
  device.in_node = static_cast<int>(number("node_devices"));
  if (device.generation == "blackwell" && device.name.starts_with("GB"))
    device.in_node = 72;  // one NVLink domain
  if (device.link <= pcie) device.link = pcie;
  device.network = network_of(device);
  BUSBAR_CHECK(device.memory.value > 0 && device.bandwidth.value > 0 && device.bf16.value > 0,
               "a device of catalog/devices.csv has memory, bandwidth and a peak");
  return device;
}

Shelf read_shelf() {
  const auto sheet = Sheet::parse("catalog/devices.csv", shipped("devices"));
  BUSBAR_CHECK(bool(sheet), "catalog/devices.csv is a table");
  Shelf shelf;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    shelf.devices.push_back(read_device(*sheet, row));
    shelf.spellings.push_back(folded_names(sheet->at(row, "name"), sheet->at(row, "aliases")));
  }
  return shelf;
}

const Shelf& shelf() {
  static const Shelf read = read_shelf();
  return read;
}

}  // namespace

const std::vector<Device>& built_in_devices() { return shelf().devices; }

const Device* built_in_device(std::string_view name) {
  const std::string wanted = folded(name);
  for (std::size_t k = 0; k < shelf().devices.size(); ++k) {
    if (std::ranges::find(shelf().spellings[k], wanted) != shelf().spellings[k].end())
      return &shelf().devices[k];
  }
  return nullptr;
}

Result<Device> find_device(std::string_view name) {
  if (const Device* device = built_in_device(name)) return *device;
  std::vector<std::string> names;
  for (const Device& device : built_in_devices()) names.push_back(device.name);
  const std::string near = text::nearest(name, names);
  return Error{Errc::not_found,
               "device " + text::quote(name) + " is not in the catalogue; " +
                   (near.empty() ? "there are " + text::join(names, ", ") : "did you mean " + near + "?")};
}

}  // namespace busbar::estimate
