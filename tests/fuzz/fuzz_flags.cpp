// SPDX-License-Identifier: Apache-2.0
// Values of flags that have a grammar of their own: shares of projects, labels, lists of machines, declared
// GPUs.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/engine.hpp"
#include "promise.hpp"
#include "wire/quotas.hpp"
#include "wire/where.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto quotas = wire::parse_quotas(input);
  const auto labels = wire::parse_labels(input);
  const auto machines = wire::parse_machines(input);
  const auto devices = engine::declared_devices(input, NodeId{1});
  fuzz::check_refusal(quotas);
  fuzz::check_refusal(labels);
  fuzz::check_refusal(machines);
  fuzz::check_refusal(devices);

  if (quotas) {
    const auto back = wire::parse_quotas(wire::show(*quotas));
    BUSBAR_CHECK(back && *back == *quotas, "shares that are shown read back");
    for (const auto& [project, quota] : *quotas)
      BUSBAR_CHECK(!quota.limit || *quota.limit >= quota.guaranteed, "no limit is below what is guaranteed");
  }
  if (labels) BUSBAR_CHECK(labels->size() <= wire::most_names, "labels are bounded");
  if (machines) BUSBAR_CHECK(machines->size() <= wire::most_names, "machines are bounded");
  if (devices) {
    for (const model::Device& device : *devices)
      BUSBAR_CHECK(device.memory >= MiB, "every device has memory");
  }
  return 0;
}
