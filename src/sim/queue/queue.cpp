// SPDX-License-Identifier: Apache-2.0
#include "sim/queue.hpp"

#include <map>

#include "base/text.hpp"
#include "sim/queue/replay.hpp"
#include "sim/trace/open.hpp"

namespace busbar::sim {
namespace {

/// Jobs between two words of progress.
constexpr std::int64_t stride = 2048;

Error mistake(std::string message) { return {Errc::invalid, std::move(message)}; }

/// The machines asked for, ready to be added to a world, and whose share of them is how large.
Result<Inventory> inventory_of(const QueueQuestion& question, const Trace& trace, model::Quotas& shares) {
  Inventory inventory;
  if (!question.cluster.empty()) {
    Result<Inventory> read = read_inventory(question.cluster);
    if (!read) return read.error();
    inventory = std::move(*read);
  } else {
    inventory.push_back({"", trace.machines()});
    if (inventory[0].nodes.empty())
      return mistake(question.jobs +
                     " does not say on which machines its jobs ran; name some: --cluster 16x8");
  }
  std::erase_if(inventory, [&](const Pool& pool) { return question.drop.contains(pool.name); });
  if (inventory.empty())
    return mistake("every virtual cluster of " + question.cluster +
                   " is dropped; one at least would be right");
  if (question.pool) inventory = pooled(std::move(inventory));
  inventory = scaled(std::move(inventory), question.scale);
  if (question.shares) {  // after the scale: a share is what the cluster would have had to itself
    if (inventory.size() < 2)
      return mistake("--shares: " + question.cluster +
                     " is one pool; a table of virtual clusters (vc, node num) would be right");
    for (const Pool& pool : inventory)
      shares.emplace(pool.name, model::Quota{whole_device * pool.gpus(), std::nullopt});
    inventory = pooled(std::move(inventory));
  }
  if (!question.more.empty()) {
    Result<std::vector<model::NodeFacts>> more = parse_nodes(question.more);
    if (!more) return mistake("--more: " + more.error().message);
    if (inventory.size() > 1)
      return mistake("--more: there are " + std::to_string(inventory.size()) +
                     " virtual clusters and it would have to be one of them; with --pool it is for all");
    for (model::NodeFacts& node : *more) {
      node.name = "more-" + node.name;
      inventory[0].nodes.push_back(std::move(node));
    }
  }
  renumber(inventory);
  return inventory;
}

/// One world for each pool, and what comes of it all.
class Replay {
 public:
  Replay(const QueueQuestion& question, const QueueWatch& watch, Inventory inventory,
         const model::Quotas& shares, Instant begin)
      : question_(question), watch_(watch), measures_(begin, {}), recorded_(begin, {}) {
    std::int64_t cpus = 0;
    for (Pool& pool : inventory) {
      nodes_ += std::int64_t(pool.nodes.size());
      gpus_ += pool.gpus();
      cpus += pool.cpus().count / 1000;
      const std::string name = pool.name;
      lanes_.emplace(name, std::make_unique<Lane>(
                               std::move(pool), question, shares, begin,
                               [this](const JobOutcome& outcome) { over(outcome); }, watch.beside));
    }
    Capacity capacity{Capacity::Unit::gpus, gpus_};
    if (gpus_ == 0) capacity = {Capacity::Unit::cpus, cpus};
    measures_ = Measures(begin, capacity);
    if (!question.cluster.empty()) capacity.amount = 0;  // as it went, it went on machines that nobody named
    recorded_ = Measures(begin, capacity);
  }

  Status run(InOrder& jobs, std::optional<TraceJob> job) {
    while (job) {
      if (const Status taken = take(*job); !taken)
        if (const Status skipped = jobs.refuse(taken.error()); !skipped) return skipped;
      Result<std::optional<TraceJob>> next = jobs.next();
      if (!next) return next.error();
      job = std::move(*next);
    }
    for (const auto& [name, lane] : lanes_)
      if (const Status finished = lane->finish(); !finished)
        if (const Status skipped = jobs.refuse(finished.error()); !skipped) return skipped;
    return Done{};
  }

  QueueAnswer answer(std::string format, Skipped skipped) {
    QueueAnswer answer{
        .format = std::move(format), .policy = question_.policy.name, .measures = std::move(measures_)};
    answer.nodes = nodes_;
    answer.gpus = gpus_;
    answer.pools = std::int64_t(lanes_.size());
    if (all_recorded_ && recorded_.all().jobs > 0) answer.recorded = std::move(recorded_);
    answer.skipped = std::move(skipped);
    for (const auto& [name, lane] : lanes_) {
      answer.clamped += lane->clamped();
      answer.any_model += lane->any_model();
      answer.events += lane->world().tally().events();
    }
    return answer;
  }

 private:
  Status take(const TraceJob& job) {
    const bool one_for_all = lanes_.size() == 1 && lanes_.begin()->first.empty();
    const auto lane = lanes_.find(one_for_all ? "" : job.group());
    if (lane == lanes_.end())
      return mistake(question_.jobs + ": job " + std::to_string(job.number) + " is of " +
                     text::quote(job.group()) + ", which has no machines in " + question_.cluster +
                     "; --drop-vc " + job.group() +
                     " leaves its jobs out, --pool puts all machines together");
    note_recorded(job);
    return lane->second->take(job);
  }

  void note_recorded(const TraceJob& job) {
    all_recorded_ = all_recorded_ && job.started.has_value();
    if (!all_recorded_) return;
    JobOutcome outcome{.number = job.number, .group = job.group()};
    outcome.gpus = job.spec->each.gpus.count * job.spec->tasks / whole_device.count;
    outcome.cpus = (job.spec->each.cpus.count * job.spec->tasks + 500) / 1000;
    outcome.submitted = job.submitted;
    outcome.started = std::max(*job.started, job.submitted);
    outcome.ended = outcome.started + job.ran;
    outcome.ran = outcome.held = job.ran;
    recorded_.add(outcome);
  }

  void over(const JobOutcome& outcome) {
    measures_.add(outcome);
    if (watch_.over) watch_.over(outcome, measures_.begin());
    if (watch_.progress && measures_.all().jobs % stride == 0)
      watch_.progress(measures_.all().jobs, outcome.ended);
  }

  const QueueQuestion& question_;
  const QueueWatch& watch_;
  std::map<std::string, std::unique_ptr<Lane>> lanes_;  // by the pool's name
  std::int64_t nodes_ = 0, gpus_ = 0;
  Measures measures_, recorded_;
  bool all_recorded_ = true;
};

}  // namespace

Result<QueueAnswer> replay_queue(const QueueQuestion& question, const QueueWatch& watch) {
  Result<OpenTrace> open = open_jobs(question.jobs, question.gpus);
  if (!open) return open.error();
  const Trace& trace = *open->trace;
  InOrder jobs(std::move(open->trace), question.lenient, [&question](const TraceJob& job) {
    return (!question.since || job.submitted >= *question.since) &&
           (!question.until || job.submitted < *question.until) && !question.drop.contains(job.group());
  });
  Result<std::optional<TraceJob>> first = jobs.next();
  if (!first) return first.error();
  if (!*first) {
    const std::int64_t unwanted = jobs.skipped().unwanted;
    return mistake(
        question.jobs + ": found no job to replay" +
        (unwanted ? ", all " + std::to_string(unwanted) + " being outside of what was asked for" : ""));
  }
  model::Quotas shares;
  Result<Inventory> inventory = inventory_of(question, trace, shares);
  if (!inventory) return inventory.error();
  Replay replay(question, watch, std::move(*inventory), shares, (*first)->submitted);
  if (const Status done = replay.run(jobs, std::move(*first)); !done) return done.error();
  return replay.answer(open->format, jobs.skipped());
}

}  // namespace busbar::sim
