// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/nodes.hpp"

#include <unordered_set>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t most_cpu_milli = 1'000'000'000, most_mib = std::int64_t{1} << 34, most_gpus = 1024;
constexpr std::size_t most_nodes = 1'000'000;

struct Columns {
  std::size_t name, cpus, memory, gpus, model;
};

Result<Columns> columns_of(const Csv& csv) {
  Columns columns{};
  const Status found = csv.columns({{"sn", &columns.name},
                                    {"cpu_milli", &columns.cpus},
                                    {"memory_mib", &columns.memory},
                                    {"gpu", &columns.gpus},
                                    {"model", &columns.model}});
  if (!found) return found.error();
  return columns;
}

Result<model::NodeFacts> node_of(const Csv& csv, const Columns& columns) {
  model::NodeFacts node;
  node.name = csv[columns.name];
  if (node.name.empty()) return csv.wrong(columns.name, "found nothing; the node's name would be right");
  const Result<std::int64_t> cpus = csv.whole(columns.cpus, 0, most_cpu_milli);
  if (!cpus) return cpus.error();
  const Result<std::int64_t> memory = csv.whole(columns.memory, 0, most_mib);
  if (!memory) return memory.error();
  const Result<std::int64_t> gpus = csv.whole(columns.gpus, 0, most_gpus);
  if (!gpus) return gpus.error();
  node.boot_id = node.os = "modelled";
  node.cpus = Cpus{*cpus};
  node.memory = MiB * *memory;
  for (std::int64_t k = 0; k < *gpus; ++k) {
    model::Device device;
    device.id = DeviceId{k + 1};
    device.index = int(k);
    device.model = csv[columns.model];
    device.declared = true;
    node.devices.push_back(std::move(device));
  }
  return node;
}

}  // namespace

Result<NodeList> read_nodes(Csv csv, bool lenient) {
  const Result<Columns> columns = columns_of(csv);
  if (!columns) return columns.error();
  NodeList list;
  std::unordered_set<std::string> names;
  const Status read = each_row(csv, lenient, list.refused, [&]() -> Status {
    Result<model::NodeFacts> node = node_of(csv, *columns);
    if (!node) return node.error();
    if (list.nodes.size() == most_nodes)
      return csv.wrong("found more than " + std::to_string(most_nodes) + " nodes; so many would be right");
    if (!names.insert(node->name).second)
      return csv.wrong(columns->name,
                       text::quote(node->name) + " stands here a second time; each name once would be right");
    node->id = NodeId{std::int64_t(list.nodes.size()) + 1};
    list.nodes.push_back(std::move(*node));
    return Done{};
  });
  if (!read) return read.error();
  if (list.nodes.empty()) return csv.wrong("found no node that can be read; one row at least would be right");
  return list;
}

}  // namespace busbar::sim
