// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "model/cluster.hpp"

namespace busbar::model {
namespace {

Error broken(const char* invariant, const std::string& what) {
  return {Errc::internal, std::string(invariant) + " is broken: " + what};
}

/// What a node should have given out, summed afresh from the attempts.
struct Sum {
  Cpus cpus, lent;
  int borrowers = 0;
  Bytes memory, disk;
  std::map<DeviceId, Holding> held;
  std::set<int> ports;
};

Status whole(const Job& job) {
  const auto live = live_attempts(job).size();
  const std::string name = "job " + std::to_string(job.id.value);
  if (job.state == JobState::pending && live != 0)
    return broken("I4", name + " waits, yet a task of it runs");
  if (job.state == JobState::running && live == 0)
    return broken("I4", name + " runs, yet no task of it does");
  if (job.state == JobState::running && !job.stopping && live != job.tasks.size()) {
    const auto ended_well = std::count_if(job.tasks.begin(), job.tasks.end(), [](const Task& task) {
      return task.attempts.back().state == Attempt::State::ended &&
             task.attempts.back().ending.cause == Cause::exited;
    });
    if (live + std::size_t(ended_well) != job.tasks.size())
      return broken("I4", name + " runs without some of its tasks");
  }
  if (is_over(job.state)) return broken("I8", name + " is over, yet still in the state");
  return Done{};
}

}  // namespace

Result<int> audit(const Cluster& cluster) {
  int facts = 0;
  std::map<NodeId, Sum> sums;
  std::map<JobId, int> arrays;
  std::map<Account, std::int64_t> rates;
  for (const auto& [id, job] : cluster.jobs) {
    if (Status ok = whole(job); !ok) return ok.error();
    if (id >= cluster.next_id)
      return broken("I8", "job " + std::to_string(id.value) + " has an id that was not given out yet");
    for (const auto& [attempt_id, attempt] : live_attempts(job)) {
      rates[account_of(job)] += weight_of(*job.spec);
      if (const JobId alone = cluster.nodes.at(attempt->node).alone;
          alone != (job.spec->where.alone ? id : JobId{}))
        return broken("I3",
                      "job " + std::to_string(id.value) + " shares a machine that somebody wants alone");
      Sum& sum = sums[attempt->node];
      (attempt->lent ? sum.lent : sum.cpus) += job.spec->each.cpus;
      sum.borrowers += attempt->lent;
      sum.memory += job.spec->each.memory;
      sum.disk += job.spec->each.disk;
      if (job.master_port != 0) sum.ports.insert(job.master_port);
      for (const Holding& holding : attempt->holdings) {
        Holding& held = sum.held[holding.device];
        held.device = holding.device;
        held.milli += holding.milli;
        held.memory += holding.memory;
      }
    }
    if (job.state == JobState::running && job.spec->array.at_once > 0) ++arrays[job.array];
    for (const Dependency& dependency : job.waits_for) {
      const auto others = cluster.dependents.find(dependency.job);
      if (others == cluster.dependents.end() ||
          std::find(others->second.begin(), others->second.end(), id) == others->second.end())
        return broken("I10", "job " + std::to_string(id.value) + " waits for job " +
                                 std::to_string(dependency.job.value) + ", which does not know");
    }
    facts += 3;
  }
  for (const auto& [on, waiting] : cluster.dependents) {
    if (std::ranges::adjacent_find(waiting, std::greater_equal()) != waiting.end())
      return broken("I10", "those that wait for job " + std::to_string(on.value) + " are not in order");
    for (const JobId id : waiting) {
      const auto job = cluster.jobs.find(id);
      if (job == cluster.jobs.end() ||
          std::ranges::find(job->second.waits_for, on, &Dependency::job) == job->second.waits_for.end())
        return broken("I10", "job " + std::to_string(on.value) + " lets go job " + std::to_string(id.value) +
                                 ", which does not wait for it");
      ++facts;
    }
  }
  for (const auto& [id, node] : cluster.nodes) {
    const Sum sum = sums[id];
    if (sum.cpus != node.cpus_held || sum.memory != node.memory_held || sum.disk != node.disk_held ||
        sum.held != node.held || sum.ports != node.ports)
      return broken("I3", "what node " + node.facts.name + " has given out is not what its tasks hold");
    if (sum.lent != node.idle.lent || sum.borrowers != node.idle.borrowers || node.idle.most > node.cpus_held)
      return broken(
          "I3", "what is lent on node " + node.facts.name + " is not what its tasks borrow and leave idle");
    facts += 6;
  }
  for (const auto& [account, use] : cluster.use) {
    if (use.rate != rates[account])
      return broken("I6", "the use counted for " + account.user + " is not what their tasks weigh");
    ++facts;
  }
  if (!cluster.settings.shares.empty()) {
    if (cluster.shares != shares_of(cluster.jobs, cluster.settings.shares, cluster.settings.preemption.on))
      return broken("I14", "what projects are counted to hold is not what their tasks do");
    ++facts;
  }
  if (arrays != cluster.array_running) return broken("I3", "the count of running array elements is off");
  return facts + 1;
}

}  // namespace busbar::model
