// SPDX-License-Identifier: Apache-2.0
#include "engine/local/environment.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace busbar::engine {
namespace {

using Variables = std::map<std::string, std::string>;

std::string number(std::int64_t value) { return std::to_string(value); }
std::int64_t whole_cpus(const model::JobSpec& spec) {
  return std::max<std::int64_t>(1, (spec.each.cpus.count + 999) / 1000);
}

std::string joined(const std::vector<int>& indices) {
  std::vector<std::string> list;
  for (const int index : indices) list.push_back(number(index));
  return text::join(list, ",");
}

std::string own_indices(const LaunchOrder& order) {
  std::vector<int> indices;
  for (const GrantedDevice& granted : order.devices) indices.push_back(granted.device.index);
  return joined(indices);
}

/// Where the user said nothing.
void add_defaults(Variables& all, const LaunchOrder& order, const Surroundings& around) {
  const auto unless_set = [&](const char* name, const std::string& value) { all.emplace(name, value); };
  unless_set("HOME", around.identity.home);
  unless_set("USER", around.identity.name);
  unless_set("LOGNAME", around.identity.name);
  unless_set("SHELL", around.identity.shell);
  unless_set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  unless_set("OMP_NUM_THREADS", number(std::max<std::int64_t>(1, order.spec->each.cpus.count / 1000)));
  if (order.nodes.size() <= 1) {
    // All ranks are on this machine; otherwise the libraries' own choice of interface is the better guess.
    unless_set("NCCL_SOCKET_IFNAME", "lo");
    unless_set("GLOO_SOCKET_IFNAME", "lo");
  }
}

void add_devices(Variables& all, const LaunchOrder& order) {
  all["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  all["CUDA_VISIBLE_DEVICES"] =
      own_indices(order);  // empty hides every device from a task that asked for none
  all["ROCR_VISIBLE_DEVICES"] = own_indices(order);
}

void add_pytorch(Variables& all, const LaunchOrder& order) {
  all["RANK"] = number(order.attempt.task);
  all["LOCAL_RANK"] = number(order.local_rank);
  all["WORLD_SIZE"] = number(order.spec->tasks);
  all["LOCAL_WORLD_SIZE"] = number(order.local_tasks);
  all["GROUP_RANK"] = all["NODE_RANK"] = number(order.node_rank);
  all["MASTER_ADDR"] = order.master_addr;
  if (order.master_port > 0) all["MASTER_PORT"] = number(order.master_port);
}

void add_busbar(Variables& all, const LaunchOrder& order, const Surroundings& around) {
  all["BUSBAR_JOB_ID"] = number(order.attempt.job.value);
  all["BUSBAR_ATTEMPT"] = number(order.attempt.n);
  all["BUSBAR_RESTART_COUNT"] = number(order.restarts);
  all["BUSBAR_SCRATCH"] = around.run_folder + "/scratch";
  all["BUSBAR_STOP_REASON"] = around.run_folder + "/stop_reason";
  if (order.spec->tasks > 1) all["BUSBAR_HOSTFILE"] = around.run_folder + "/hosts";
  all["BUSBAR_SOCKET"] = around.socket;
}

void add_slurm(Variables& all, const LaunchOrder& order, const Surroundings& around) {
  const model::JobSpec& spec = *order.spec;
  const auto nodes = static_cast<std::int64_t>(std::max<std::size_t>(1, order.nodes.size()));
  all["SLURM_JOB_ID"] = all["SLURM_JOBID"] = number(order.attempt.job.value);
  all["SLURM_JOB_NAME"] = spec.name;
  all["SLURM_JOB_NODELIST"] = text::join(order.nodes, ",");
  all["SLURM_JOB_NUM_NODES"] = all["SLURM_NNODES"] = number(nodes);
  all["SLURM_NODEID"] = number(order.node_rank);
  all["SLURM_PROCID"] = number(order.attempt.task);
  all["SLURM_LOCALID"] = number(order.local_rank);
  all["SLURM_NTASKS"] = number(spec.tasks);
  all["SLURM_NTASKS_PER_NODE"] = number(order.local_tasks);
  all["SLURM_CPUS_PER_TASK"] = number(whole_cpus(spec));
  all["SLURM_CPUS_ON_NODE"] = number(whole_cpus(spec) * order.local_tasks);
  if (!order.gpus_here.empty()) {  // of the job, not of this task alone
    all["SLURM_GPUS_ON_NODE"] = number(std::ssize(order.gpus_here));
    all["SLURM_JOB_GPUS"] = joined(order.gpus_here);
  }
  if (spec.each.memory > Bytes{})
    all["SLURM_MEM_PER_NODE"] = number(spec.each.memory.count * order.local_tasks / MiB.count);
  if (order.array.value != 0) {
    all["SLURM_ARRAY_JOB_ID"] = number(order.array.value);
    all["SLURM_ARRAY_TASK_ID"] = number(order.array_index);
    all["SLURM_ARRAY_TASK_COUNT"] = number(static_cast<std::int64_t>(spec.array.indices.size()));
    if (spec.is_array()) {
      all["SLURM_ARRAY_TASK_MIN"] = number(spec.array.indices.front());
      all["SLURM_ARRAY_TASK_MAX"] = number(spec.array.indices.back());
    }
  }
  all["SLURM_RESTART_COUNT"] = number(order.restarts);
  if (order.time_limit.count() > 0)
    all["SLURM_JOB_END_TIME"] = number(around.now_unix + order.time_limit.count() / 1000);
  all.emplace("SLURM_SUBMIT_DIR", spec.workdir);  // whoever submits knows better: -D names another folder
  all["SLURM_SUBMIT_HOST"] = around.host;
  all["SLURM_TMPDIR"] = around.run_folder + "/scratch";
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = number(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

std::vector<std::string> environment(const LaunchOrder& order, const Surroundings& around) {
  Variables all;
  for (const auto& [name, value] : order.spec->env) all[name] = value;
  add_defaults(all, order, around);
  add_devices(all, order);
  add_pytorch(all, order);
  add_busbar(all, order, around);
  if (order.spec->slurm_env) add_slurm(all, order, around);
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::string output_path(const std::string& pattern, const LaunchOrder& order, const Surroundings& around) {
  if (pattern.empty()) return {};
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      path += pattern[i];
      continue;
    }
    std::size_t end = i + 1, width = 0;
    while (end < pattern.size() && pattern[end] >= '0' && pattern[end] <= '9' && end < i + 3)
      width = width * 10 + static_cast<std::size_t>(pattern[end++] - '0');
    width = std::min<std::size_t>(width, 10);
    switch (end < pattern.size() ? pattern[end] : '\0') {
      case 'j':
        path += padded(order.attempt.job.value, width);
        break;
      case 'A':
        path += padded(order.array.value != 0 ? order.array.value : order.attempt.job.value, width);
        break;
      case 'a':
        path += padded(std::max(0, order.array_index), width);
        break;
      case 't':
        path += padded(order.attempt.task, width);
        break;
      case 'x':
        path += order.spec->name;
        break;
      case 'N':
        path += around.host;
        break;
      case 'u':
        path += around.identity.name;
        break;
      case '%':
        path += '%';
        break;
      default:
        path += pattern[i];
        continue;  // not ours: the rest is read as plain text
    }
    i = end;
  }
  return path.starts_with('/') ? path : order.spec->workdir + "/" + path;
}

std::string hostfile(const LaunchOrder& order) {
  std::string lines;
  if (order.spec->tasks == 1)
    return lines;  // a file for each of a thousand small jobs would cost more than they do
  for (const std::string& node : order.nodes) lines += node + " slots=" + number(order.local_tasks) + "\n";
  return lines;
}

}  // namespace busbar::engine
