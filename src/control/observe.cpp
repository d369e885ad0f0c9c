// SPDX-License-Identifier: Apache-2.0
// observe.cpp: news from engines into events, and decisions into orders. Old or repeated news changes
// nothing.
#include <algorithm>

#include "control/core.hpp"

namespace busbar::control {

void Core::observe(const engine::Joined& news) {
  heard_ = true;
  const NodeId id = news.facts.id;
  const auto node = cluster().nodes.find(id);
  if (node == cluster().nodes.end() || node->second.state != model::Node::State::up ||
      node->second.facts != news.facts)
    record(model::NodeJoined{news.facts});

  const auto present = [&](const model::AttemptId& attempt) {
    return std::find(news.present.begin(), news.present.end(), attempt) != news.present.end();
  };
  std::vector<model::AttemptId> gone;
  for (const auto& [job_id, job] : cluster().jobs) {
    for (const auto& [attempt_id, attempt] : model::live_attempts(job)) {
      if (attempt->node != id) continue;
      if (present(attempt_id)) {
        if (attempt->stop_told) order_stop(attempt_id);  // it may not have been heard
      } else if (attempt->state == model::Attempt::State::launching) {
        step_.orders.push_back(launch_order(job, attempt_id.task));  // told again; keyed, so it does no harm
      } else {
        gone.push_back(attempt_id);
      }
    }
    if (cluster().settings.lend_cpus > 0 || model::borrows(job)) order_cpus(job, id);  // likewise
  }
  for (const model::AttemptId& attempt : gone) {
    model::Finished lost{attempt, {}, 0};
    lost.ending.cause = model::Cause::lost;
    lost.ending.message = "node " + news.facts.name + " no longer knows of it";
    record(lost);
  }
  // What runs there without our knowing (a restored backup, say) is brought to its end; its Finished settles
  // it.
  for (const model::AttemptId& attempt : news.present)
    if (!live(attempt))
      step_.orders.push_back(
          engine::StopOrder{attempt, epoch_, id, "unknown to the server", Duration{0}, false});
}

void Core::observe(const model::NodeLeft& news) {
  const auto node = cluster().nodes.find(news.node);
  if (node != cluster().nodes.end() && node->second.state == model::Node::State::up) record(news);
}

void Core::observe(const model::Started& news) {
  const model::Attempt* attempt = live(news.attempt);
  if (attempt && attempt->state == model::Attempt::State::launching) record(news);
}

void Core::observe(const model::Finished& news) {
  const model::Attempt* attempt = live(news.attempt);
  NodeId node;
  if (attempt) {
    node = attempt->node;
    record(news);
    if (const auto duty = duty_.find(node); duty != duty_.end()) {
      duty->second.forget(news.attempt);
      note_idle(node);
    }
  }
  step_.orders.push_back(engine::SettleOrder{news.attempt, epoch_, node});
}

engine::LaunchOrder Core::launch_order(const model::Job& job, int task) const {
  const auto attempt_of = [&](int k) -> const model::Attempt& {
    return job.tasks[std::size_t(k)].attempts.back();
  };
  const model::Attempt& attempt = attempt_of(task);
  engine::LaunchOrder order;
  order.attempt = {job.id, task, attempt.n};
  order.epoch = epoch_;
  order.owner = job.owner;
  order.spec = job.spec;
  order.time_limit = model::limit_of(*job.spec, now_);
  order.array = job.array;
  order.array_index = job.array_index;
  order.restarts = job.restarts;
  order.node = attempt.node;
  order.local_tasks = 0;
  std::vector<NodeId> nodes;
  std::vector<DeviceId> held_here;
  for (int k = 0; k < int(job.tasks.size()); ++k) {
    const NodeId node = attempt_of(k).node;
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) {
      nodes.push_back(node);
      order.nodes.push_back(cluster().nodes.at(node).facts.name);
    }
    if (node != attempt.node) continue;
    if (k < task) ++order.local_rank;
    ++order.local_tasks;
    for (const model::Holding& holding : attempt_of(k).holdings) held_here.push_back(holding.device);
  }
  order.node_rank = int(std::find(nodes.begin(), nodes.end(), attempt.node) - nodes.begin());
  if (nodes.size() > 1) order.master_addr = order.nodes.front();
  order.master_port = job.master_port;
  order.settings = settings_;
  order.lent = attempt.lent;
  const model::Node& node = cluster().nodes.at(attempt.node);
  for (const model::Holding& holding : attempt.holdings) {
    const auto device = std::find_if(node.facts.devices.begin(), node.facts.devices.end(),
                                     [&](const model::Device& d) { return d.id == holding.device; });
    if (device != node.facts.devices.end()) order.devices.push_back({*device, holding.milli, holding.memory});
  }
  for (const model::Device& device : node.facts.devices) {
    if (std::ranges::find(held_here, device.id) != held_here.end()) order.gpus_here.push_back(device.index);
  }
  return order;
}

void Core::order_launches(const model::Decided& decided) {
  for (const model::Launch& launch : decided.launches)
    step_.orders.push_back(launch_order(cluster().jobs.at(launch.attempt.job), launch.attempt.task));
}

void Core::order_stop(const model::AttemptId& id) {
  const model::Job& job = cluster().jobs.at(id.job);
  const model::Attempt& attempt = job.tasks[std::size_t(id.task)].attempts.back();
  const std::string reason = job.stopping ? job.stopping->reason : "";
  const bool saves = job.stopping && job.stopping->towards == model::JobState::preempted;
  step_.orders.push_back(engine::StopOrder{id, epoch_, attempt.node, reason, job.spec->grace, saves});
}

}  // namespace busbar::control
