// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "estimate/catalogue.hpp"
#include "promise.hpp"

namespace {
bool positive(double value) { return std::isfinite(value) && value > 0; }
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  estimate::Catalogue catalogue;
  const auto said = catalogue.extend("fuzz.csv", {reinterpret_cast<const char*>(bytes), size});
  fuzz::check_refusal(said);
  if (!said) {
    BUSBAR_CHECK(catalogue.models.all().empty() && catalogue.devices.all().empty() &&
                     catalogue.nodes.all().empty() && catalogue.offers.empty(),
                 "what is refused changes nothing");
    return 0;
  }
  for (const std::string& each : *said) BUSBAR_CHECK(text::is_utf8(each), "a remark is UTF-8");
  for (const estimate::Model& model : catalogue.models.all()) {
    BUSBAR_CHECK(bool(estimate::check(model)), "a model that was read can exist");
    BUSBAR_CHECK(estimate::parameters(model).total > 0, "and has parameters");
  }
  for (const estimate::Device& device : catalogue.devices.all())
    BUSBAR_CHECK(positive(device.memory.value) && positive(device.bandwidth.value) &&
                     positive(device.bf16.value) && positive(device.link.value) &&
                     positive(device.network.value) && device.in_node > 0,
                 "a device that was read can work");
  for (const estimate::NodeKind& node : catalogue.nodes.all())
    BUSBAR_CHECK(positive(node.nameplate.value) && node.measured <= node.nameplate && node.gpus > 0,
                 "a machine draws no more than its nameplate");
  return 0;
}
