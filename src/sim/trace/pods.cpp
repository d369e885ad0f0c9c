// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/pods.hpp"

#include <unordered_set>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t most_cpu_milli = 1'000'000'000, most_mib = std::int64_t{1} << 34, most_gpus = 1024;
constexpr std::size_t most_pods = 10'000'000;

struct Columns {
  std::size_t name, cpus, memory, gpus, milli;
  std::optional<std::size_t> models;
};

Result<Columns> columns_of(const Csv& csv) {
  Columns columns{};
  const Status found = csv.columns({{"name", &columns.name},
                                    {"cpu_milli", &columns.cpus},
                                    {"memory_mib", &columns.memory},
                                    {"num_gpu", &columns.gpus},
                                    {"gpu_milli", &columns.milli}});
  if (!found) return found.error();
  columns.models = csv.optional_column("gpu_spec");
  return columns;
}

Result<Pod> pod_of(const Csv& csv, const Columns& columns) {
  Pod pod;
  pod.name = csv[columns.name];
  if (pod.name.empty()) return csv.wrong(columns.name, "found nothing; the pod's name would be right");
  const Result<std::int64_t> cpus = csv.whole(columns.cpus, 0, most_cpu_milli);
  if (!cpus) return cpus.error();
  const Result<std::int64_t> memory = csv.whole(columns.memory, 0, most_mib);
  if (!memory) return memory.error();
  const Result<std::int64_t> gpus = csv.whole(columns.gpus, 0, most_gpus);
  if (!gpus) return gpus.error();
  // Without a GPU its part says nothing; of several GPUs all are whole.
  const std::int64_t whole = whole_device.count;
  const Result<std::int64_t> milli = csv.whole(columns.milli, *gpus == 0 ? 0 : *gpus == 1 ? 1 : whole, whole);
  if (!milli) return milli.error();
  pod.needs.cpus = Cpus{*cpus};
  pod.needs.memory = MiB * *memory;
  pod.needs.gpus = Share{*gpus * *milli};
  if (columns.models && *gpus > 0) pod.needs.gpu_model = csv[*columns.models];
  return pod;
}

}  // namespace

Result<PodList> read_pods(Csv csv, bool lenient) {
  const Result<Columns> columns = columns_of(csv);
  if (!columns) return columns.error();
  PodList list;
  std::unordered_set<std::string> names;
  const Status read = each_row(csv, lenient, list.refused, [&]() -> Status {
    Result<Pod> pod = pod_of(csv, *columns);
    if (!pod) return pod.error();
    if (list.pods.size() == most_pods)
      return csv.wrong("found more than " + std::to_string(most_pods) + " pods; so many would be right");
    if (!names.insert(pod->name).second)
      return csv.wrong(columns->name,
                       text::quote(pod->name) + " stands here a second time; each name once would be right");
    list.pods.push_back(std::move(*pod));
    return Done{};
  });
  if (!read) return read.error();
  if (list.pods.empty()) return csv.wrong("found no pod that can be read; one row at least would be right");
  return list;
}

}  // namespace busbar::sim
