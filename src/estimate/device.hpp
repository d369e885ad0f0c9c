// SPDX-License-Identifier: Apache-2.0
// device.hpp: accelerators: what they hold, how fast they read, multiply and talk to each other.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/constants.hpp"
#include "estimate/names.hpp"
#include "estimate/sheet.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

struct Device {
  std::string name;        // "H100 SXM"
  std::string generation;  // "hopper": learned constants are kept by it
  Bytes memory;            // as the driver reports it
  BytesPerSecond bandwidth;
  FlopsPerSecond bf16;       // dense, sums in fp32; fp16 where the device has no bf16
  FlopsPerSecond fp16_fast;  // dense, sums in fp16
  FlopsPerSecond matmul;     // the most that a product of matrices was measured to reach; 0: nobody told
  FlopsPerSecond fp8, fp4;   // 0: has no such units
  Watts power;               // of the board, at most
  BytesPerSecond link;       // one way, to the devices of its node; PCIe where nothing faster is there
  BytesPerSecond network;    // one way, its share of the node's links to other nodes
  int in_node = 1;           // devices that reach each other by `link`
};

/// A table with the columns of catalog/README.md. Needed: name, memory_mib, bandwidth_gbs, bf16_tflops,
/// tdp_w. What a user's table leaves blank is taken from what is usual and said in `assumed`, a line for each
/// column. Errors (Errc::invalid) name file, line and column: a column that is not known, a number out of
/// range.
Result<std::vector<Named<Device>>> parse_devices(const Sheet& sheet, std::vector<std::string>& assumed);

/// Of the device's peak, what `what` ("gemm", "serve.decode") reaches: learned for its generation, else the
/// general share; less where products of matrices were measured to stay further below this device's peak than
/// they do where the shares were learned (AMD's CDNA 3: 51 % against 81 %).
double share_of_peak(const Constants& constants, std::string_view what, const Device& device);

/// Devices that come with the program (catalog/devices.csv), in its order.
const std::vector<Device>& built_in_devices();
/// By name or alias, case and punctuation aside; nullptr where there is none.
const Device* built_in_device(std::string_view name);

}  // namespace busbar::estimate
