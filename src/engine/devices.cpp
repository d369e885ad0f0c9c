// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "base/text.hpp"
#include "engine/engine.hpp"

namespace busbar::engine {
namespace {

constexpr const char* right_form =
    "a declaration is COUNT:MODEL:MEMORY, such as 4:H100:80GiB, or COUNT:MODEL:MEMORY:LINKED, such as "
    "4:3090:24GiB:2 "
    "for two linked pairs";

/// FNV-1a, cut to 53 bits so that every reader of JSON keeps it exact.
std::int64_t stable_id(const std::string& text) {
  std::uint64_t sum = 14695981039346656037u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const auto id = static_cast<std::int64_t>(sum & ((std::uint64_t{1} << 53) - 1));
  return id == 0 ? 1 : id;
}

Error wrong(const std::string& declaration, const std::string& why) {
  return {Errc::invalid, text::quote(declaration) + ": " + why + "; " + right_form};
}

}  // namespace

Result<std::vector<model::Device>> declared_devices(std::string_view text, NodeId node) {
  std::vector<model::Device> devices;
  if (text::trim(text).empty()) return devices;
  std::map<std::string, int> seen;  // of each model, so that adding one kind does not rename another
  int link = 0;                     // the latest group's
  for (const std::string& part : text::split(text, ',')) {
    const std::string declaration(text::trim(part));
    const std::vector<std::string> fields = text::split(declaration, ':');
    if (fields.size() != 3 && fields.size() != 4)
      return wrong(declaration, "found " + std::to_string(fields.size()) + " of 3 or 4 parts");
    const Result<std::int64_t> count = text::parse_whole(fields[0], 1, 1024);
    if (!count) return wrong(declaration, "the count: " + count.error().message);
    const std::string model(text::trim(fields[1]));
    if (model.empty()) return wrong(declaration, "the model is empty");
    const Result<Bytes> memory = text::parse_bytes(fields[2]);
    if (!memory) return wrong(declaration, "the memory: " + memory.error().message);
    if (*memory < MiB) return wrong(declaration, "the memory is less than 1 MiB; a unit may be missing");
    std::int64_t linked = 1;  // so many side by side
    if (fields.size() == 4) {
      const Result<std::int64_t> size = text::parse_whole(fields[3], 2, *count);
      if (!size) return wrong(declaration, "how many are linked: " + size.error().message);
      linked = *size;
    }
    for (std::int64_t i = 0; i < *count; ++i) {
      if (linked > 1 && i % linked == 0) ++link;
      model::Device device;
      const std::string name = std::to_string(node.value) + "/" + text::lower(model) + "/" +
                               std::to_string(seen[text::lower(model)]++);
      device.id = DeviceId{stable_id(name)};
      device.uuid = "declared-" + std::to_string(device.id.value);
      device.index = static_cast<int>(devices.size());
      device.model = model;
      device.memory = *memory;
      device.declared = true;
      if (linked > 1) device.link = link;
      devices.push_back(std::move(device));
    }
  }
  return devices;
}

}  // namespace busbar::engine
