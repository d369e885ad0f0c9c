// SPDX-License-Identifier: Apache-2.0
// lend.cpp: from what tasks were seen to do with their CPUs to what may be lent of them, and to how those
// who borrowed are held (docs/adr/0034). Samples are not journaled, what they change is.
#include <map>

#include "control/core.hpp"

namespace busbar::control {
namespace {

/// Where those who hold the CPUs go short, a borrower gets so much of what it asked for at most.
constexpr std::int64_t held_to = 10;  // a tenth

}  // namespace

void Core::observe(const engine::CpuUse& news) {
  const auto node = cluster().nodes.find(news.node);
  if (cluster().settings.lend_cpus == 0 || node == cluster().nodes.end() ||
      node->second.state != model::Node::State::up)
    return;
  std::map<model::AttemptId, const engine::CpuUse::Task*> seen;
  for (const engine::CpuUse::Task& task : news.tasks) seen.emplace(task.attempt, &task);
  std::vector<model::CpuSample> samples;
  for (const auto& [id, job] : cluster().jobs) {
    if (job.state != model::JobState::running) continue;
    for (const auto& [attempt_id, attempt] : model::live_attempts(job)) {
      if (attempt->node != news.node) continue;
      model::CpuSample sample{attempt_id, job.spec->each.cpus, attempt->lent, {}, {}};
      if (const auto at = seen.find(attempt_id); at != seen.end()) {
        sample.used = at->second->used;
        sample.waited = at->second->waited;
      }
      samples.push_back(sample);
    }
  }
  duty_[news.node].sample(news.others, samples);
  note_idle(news.node);
}

/// Writes down what has changed of what may be lent there, and tells borrowers how they are held from now on.
void Core::note_idle(NodeId id) {
  const model::Node& node = cluster().nodes.at(id);
  if (cluster().settings.lend_cpus == 0 || node.state != model::Node::State::up) return;
  const bool was_over = node.idle.over;
  const auto changed = duty_.at(id).news(node, cluster().settings.lend_cpus);
  if (!changed) return;
  record(*changed);
  idle_changed_ = true;
  if (changed->over == was_over) return;
  for (const auto& [job_id, job] : cluster().jobs) {
    if (model::borrows(job)) order_cpus(job, id);
  }
}

/// How the job's tasks there share CPUs, as the state has it.
void Core::order_cpus(const model::Job& job, NodeId node) {
  const Cpus asked = job.spec->each.cpus;
  for (const auto& [id, attempt] : model::live_attempts(job)) {
    if (attempt->node != node) continue;
    const bool held = attempt->lent && cluster().nodes.at(node).idle.over;
    step_.orders.push_back(
        engine::CpuOrder{id, epoch_, node, held ? Cpus{asked.count / held_to} : asked, asked, attempt->lent});
  }
}

}  // namespace busbar::control
