// SPDX-License-Identifier: Apache-2.0
#include "engine/local/inventory.hpp"

#include <sched.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::engine {
namespace {

/// The value behind `key` in lines such as "model name : EPYC" or PRETTY_NAME="Debian"; "" where there is
/// none.
std::string value_of(const std::string& text, const std::string& key, char separator) {
  for (const std::string& line : text::split(text, '\n')) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos || text::trim(std::string_view(line).substr(0, at)) != key) continue;
    std::string_view value = text::trim(std::string_view(line).substr(at + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

Cpus usable_cpus() {
  cpu_set_t set;
  const std::int64_t cpus =
      ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : ::sysconf(_SC_NPROCESSORS_ONLN);
  std::int64_t milli = cpus * 1000;
  const std::int64_t quota = std::atoll(shim::read_text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").c_str());
  const std::int64_t period = std::atoll(shim::read_text("/sys/fs/cgroup/cpu/cpu.cfs_period_us").c_str());
  if (quota > 0 && period > 0) milli = std::min(milli, quota * 1000 / period);
  const std::string max = shim::read_text("/sys/fs/cgroup/cpu.max");  // "max 100000" or "150000 100000"
  if (const std::size_t blank = max.find(' '); blank != std::string::npos && std::atoll(max.c_str()) > 0)
    milli = std::min<std::int64_t>(
        milli, std::atoll(max.c_str()) * 1000 / std::max(1LL, std::atoll(max.c_str() + blank)));
  return Cpus{std::max<std::int64_t>(milli, 1)};
}

/// Physical memory, or the container's limit where that is lower.
Bytes usable_memory() {
  Bytes total{std::atoll(value_of(shim::read_text("/proc/meminfo"), "MemTotal", ':').c_str()) * 1024};
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (const Bytes limit{std::atoll(shim::read_text(file).c_str())}; limit > Bytes{} && limit < total)
      total = limit;
  return total;
}

std::string isolation_in_words(const shim::Hello& able, bool plain) {
  if (plain) return "plain: no namespaces, no cgroups";
  std::string words = able.namespaces ? "PID namespace" : "no PID namespace";
  if (able.cgroup_version == 0) return words + ", no cgroup";
  return words + ", cgroup v" + std::to_string(able.cgroup_version);
}

}  // namespace

int count_of_list(const std::string& list) {
  int count = 0;
  for (const std::string& part : text::split(std::string(text::trim(list)), ',')) {
    const std::vector<std::string> ends = text::split(part, '-');
    const auto low = text::parse_whole(ends[0], 0, 1 << 20);
    const auto high = text::parse_whole(ends.back(), 0, 1 << 20);
    if (!low || !high || *high < *low || ends.size() > 2) return 0;
    count += static_cast<int>(*high - *low) + 1;
  }
  return count;
}

Result<NodeId> node_id(const std::string& folder, const std::string& machine_id_file) {
  std::string id(text::trim(shim::read_text(machine_id_file)));
  const std::string kept = folder + "/node-id";
  if (id.size() < 8) id = text::trim(shim::read_text(kept));
  if (id.size() < 8) {
    unsigned char random[16];
    if (::getrandom(random, sizeof random, 0) != sizeof random)
      return Error{Errc::internal, "this machine gave no random bytes"};
    id.clear();
    for (const unsigned char byte : random)
      id += "0123456789abcdef"[byte >> 4], id += "0123456789abcdef"[byte & 15];
    if (!shim::replace_file(kept, id + "\n"))
      return Error{Errc::internal, "cannot keep this machine's id in " + kept + ": " + std::strerror(errno)};
  }
  std::uint64_t sum = 14695981039346656037u;  // FNV-1a
  for (const char c : id) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const auto value = static_cast<std::int64_t>((sum ^ (sum >> 32)) & 0x7fffffff);
  return NodeId{value == 0 ? 1 : value};
}

model::NodeFacts take_inventory(const std::string& folder, NodeId node, const model::Settings& settings,
                                const shim::Hello& able) {
  using model::Enforcement;
  const bool plain = settings.isolation == "plain";
  model::NodeFacts facts;
  facts.id = node;
  facts.boot_id = shim::boot_id();
  utsname machine{};
  ::uname(&machine);
  facts.name = machine.nodename;
  const std::string pretty = value_of(shim::read_text("/etc/os-release"), "PRETTY_NAME", '=');
  facts.os = (pretty.empty() ? "" : pretty + ", ") + std::string(machine.sysname) + " " + machine.release;
  facts.cpu_model = value_of(shim::read_text("/proc/cpuinfo"), "model name", ':');
  facts.cpus = usable_cpus();
  for (int i = 0; i < 1024; ++i) {
    const std::string list =
        shim::read_text("/sys/devices/system/node/node" + std::to_string(i) + "/cpulist");
    if (list.empty()) break;
    facts.numa.push_back(count_of_list(list));
  }
  facts.memory = usable_memory();
  struct statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) == 0)
    facts.disk = Bytes{static_cast<std::int64_t>(disk.f_blocks * disk.f_frsize)};
  if (Result<std::vector<model::Device>> devices = declared_devices(settings.declared_gpus, node))
    facts.devices = std::move(*devices);
  std::set<std::string> labels(settings.labels.begin(), settings.labels.end());
  for (const model::Device& device : facts.devices) labels.insert(text::lower(device.model));
  facts.labels.assign(labels.begin(), labels.end());
  facts.memory_limit = !plain && able.limits_memory ? Enforcement::enforced : Enforcement::watched;
  facts.cpu_limit = !plain && able.limits_cpu ? Enforcement::enforced : Enforcement::none;
  facts.process_limit = !plain && able.limits_processes ? Enforcement::enforced : Enforcement::watched;
  facts.isolation = isolation_in_words(able, plain);
  return facts;
}

}  // namespace busbar::engine
