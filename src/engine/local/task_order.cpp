// SPDX-License-Identifier: Apache-2.0
#include "engine/local/task_order.hpp"

namespace busbar::engine {

shim::TaskOrder task_order(const LaunchOrder& order, const Surroundings& around, const std::string& cgroup) {
  const model::JobSpec& spec = *order.spec;
  shim::TaskOrder task;
  task.attempt = name_of(order.attempt);
  task.epoch = order.epoch.value;
  task.uid = around.identity.uid;
  task.gid = around.identity.gid;
  task.groups = around.identity.groups;
  task.argv = spec.command;
  task.env = environment(order, around);
  task.script = spec.script;
  task.workdir = spec.workdir.empty() ? around.identity.home : spec.workdir;
  task.hostfile = hostfile(order);
  task.output = output_path(spec.output, order, around);
  task.error = spec.error.empty() ? task.output : output_path(spec.error, order, around);
  task.append = order.restarts > 0 || order.attempt.n > 1;
  task.time_limit_ms = order.time_limit.count();
  task.grace_ms = spec.grace.count();
  task.warn_signal = spec.warning.signal;
  task.warn_ahead_ms = spec.warning.ahead.count();
  task.warn_asked = spec.warning.asked;
  task.memory = spec.each.memory.count;
  task.cpu_milli = spec.each.cpus.count;
  task.process_limit = order.settings->process_limit;
  task.log_limit = order.settings->log_limit.count;
  task.isolated = order.settings->isolation != "plain";
  task.cgroup = cgroup;
  task.probe_port = order.attempt.task == 0 ? order.master_port : 0;
  if (order.settings->lend_cpus > 0) task.cpu_weight = spec.each.cpus.count;
  task.yields = order.lent;
  return task;
}

}  // namespace busbar::engine
