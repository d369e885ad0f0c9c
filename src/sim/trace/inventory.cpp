// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/inventory.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "sim/trace/csv.hpp"
#include "sim/trace/nodes.hpp"
#include "sim/trace/open.hpp"
#include "sim/trace/recorded.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t most_nodes = 1'000'000, most_gpus_of_a_node = 64;
constexpr std::int64_t most_cpus_of_a_node = 1'000'000;
/// Where a list does not say: more than any job of a trace asks for of one node.
constexpr Cpus plenty_cpus{1000 * most_cpus_of_a_node};
constexpr Bytes plenty_memory = GiB * (std::int64_t{1} << 20);
constexpr std::int64_t gpus_of_a_philly_node = 8;  // philly_vc.csv counts such nodes

model::NodeFacts node_of(std::string name, std::int64_t gpus, const std::string& model) {
  model::NodeFacts facts;
  facts.name = std::move(name);
  facts.boot_id = "replayed";
  facts.os = "modelled";
  facts.cpus = plenty_cpus;
  facts.memory = plenty_memory;
  for (std::int64_t k = 0; k < gpus; ++k) {
    model::Device device;
    device.index = int(k);
    device.model = model;
    device.memory = GiB * 80;
    device.declared = true;
    facts.devices.push_back(std::move(device));
  }
  return facts;
}

Error wrong(std::string_view found, const std::string& right) {
  return {Errc::invalid, "found " + text::quote(found) + "; " + right + " would be right"};
}

/// "vc,node num"
Result<Inventory> read_clusters(Csv csv) {
  const Result<std::size_t> name = csv.column("vc"), nodes = csv.column("node num");
  for (const auto* column : {&name, &nodes})
    if (!*column) return column->error();
  Inventory inventory;
  std::set<std::string> seen;
  for (;;) {
    const Result<bool> row = csv.next();
    if (!row) return row.error();
    if (!*row) break;
    Pool pool{std::string(csv[*name]), {}};
    const Result<std::int64_t> count = csv.whole(*nodes, 1, most_nodes);
    if (!count) return count.error();
    if (pool.name.empty())
      return csv.wrong(*name, "found nothing; the id of a virtual cluster would be right");
    if (!seen.insert(pool.name).second)
      return csv.wrong(*name,
                       text::quote(pool.name) + " stands here a second time; each once would be right");
    for (std::int64_t k = 0; k < *count; ++k)
      pool.nodes.push_back(node_of(pool.name + "-" + std::to_string(k), gpus_of_a_philly_node, "GPU"));
    inventory.push_back(std::move(pool));
  }
  if (inventory.empty())
    return csv.wrong("found a header and nothing below it; one row at least would be right");
  return inventory;
}

Result<Inventory> read_list(Csv csv) {
  Result<NodeList> list = read_nodes(std::move(csv), false);
  if (!list) return list.error();
  return Inventory{Pool{"", std::move(list->nodes)}};
}

Result<Inventory> read_table(const std::string& path) {
  Result<Csv> csv = Csv::open(path);
  if (!csv) return csv.error();
  if (csv->optional_column("vc")) return read_clusters(std::move(*csv));
  if (csv->optional_column("sn")) return read_list(std::move(*csv));
  return csv->wrong(
      "found neither a column \"vc\" (a table of virtual clusters: vc, node num) nor \"sn\" (a table of "
      "nodes: sn, "
      "cpu_milli, memory_mib, gpu, model); one of them would be right");
}

}  // namespace

std::int64_t Pool::gpus() const {
  std::int64_t all = 0;
  for (const model::NodeFacts& node : nodes) all += std::int64_t(node.devices.size());
  return all;
}
Cpus Pool::cpus() const {
  Cpus all;
  for (const model::NodeFacts& node : nodes) all += node.cpus;
  return all;
}

Result<std::vector<model::NodeFacts>> parse_nodes(std::string_view text) {
  std::vector<model::NodeFacts> nodes;
  for (const std::string& part : text::split(text, ',')) {
    const std::string form =
        "machines such as 16x8, 16x8:H100 or 16x8:H100/128 (nodes x GPUs : model / CPUs)";
    const std::string_view rest = part;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::size_t colon = std::min(rest.substr(0, slash).find(':'), slash);
    const std::size_t times = rest.substr(0, colon).find('x');
    if (times == std::string_view::npos) return wrong(part, form);
    const auto count = text::parse_whole(rest.substr(0, times), 1, most_nodes);
    const auto gpus = text::parse_whole(rest.substr(times + 1, colon - times - 1), 0, most_gpus_of_a_node);
    const std::string model(rest.substr(std::min(colon + 1, slash), slash - std::min(colon + 1, slash)));
    if (!count || !gpus || (colon < slash && model.empty())) return wrong(part, form);
    Cpus cpus = plenty_cpus;
    if (slash < rest.size()) {
      const auto given = text::parse_whole(rest.substr(slash + 1), 1, most_cpus_of_a_node);
      if (!given) return wrong(part, form);
      cpus = {*given * 1000};
    }
    if (std::int64_t(nodes.size()) + *count > most_nodes)
      return wrong(text, "at most " + std::to_string(most_nodes) + " machines");
    for (std::int64_t k = 0; k < *count; ++k) {
      nodes.push_back(
          node_of("node-" + std::to_string(nodes.size() + 1), *gpus, model.empty() ? "GPU" : model));
      nodes.back().cpus = cpus;
    }
  }
  return nodes;
}

Result<Inventory> read_inventory(const std::string& given) {
  std::error_code none;
  const bool exists = std::filesystem::exists(given, none);
  if (!exists && !given.empty() && given[0] >= '0' && given[0] <= '9') {
    Result<std::vector<model::NodeFacts>> nodes = parse_nodes(given);
    if (!nodes) return nodes.error();
    return Inventory{Pool{"", std::move(*nodes)}};
  }
  if (exists && is_journal(given)) {
    Result<std::vector<model::NodeFacts>> nodes = recorded_machines(given);
    if (!nodes) return nodes.error();
    if (nodes->empty())
      return Error{Errc::invalid, given + ": found a journal in which no machine ever joined"};
    return Inventory{Pool{"", std::move(*nodes)}};
  }
  return read_table(given);
}

Inventory scaled(Inventory inventory, std::int64_t milli) {
  for (Pool& pool : inventory) {
    const std::int64_t had = std::int64_t(pool.nodes.size());
    const std::int64_t want = std::max<std::int64_t>(1, (had * milli + 500) / 1000);
    std::vector<model::NodeFacts> nodes;
    for (std::int64_t k = 0; k < want; ++k) {
      nodes.push_back(pool.nodes[std::size_t(k * had / want)]);
      if (want > had) nodes.back().name += "." + std::to_string(k);
    }
    pool.nodes = std::move(nodes);
  }
  return inventory;
}

Inventory pooled(Inventory inventory) {
  Pool all;
  for (Pool& pool : inventory)
    for (model::NodeFacts& node : pool.nodes) all.nodes.push_back(std::move(node));
  return {std::move(all)};
}

void renumber(Inventory& inventory) {
  for (Pool& pool : inventory) {
    std::int64_t node = 0, device = 0;
    for (model::NodeFacts& facts : pool.nodes) {
      facts.id = NodeId{++node};
      std::map<DeviceId, DeviceId> now;  // a MIG instance names its parent
      for (model::Device& each : facts.devices)
        now[std::exchange(each.id, DeviceId{++device})] = DeviceId{device};
      for (model::Device& each : facts.devices)
        if (each.parent.value != 0) each.parent = now[each.parent];
    }
  }
}

}  // namespace busbar::sim
