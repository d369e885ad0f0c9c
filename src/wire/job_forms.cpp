// SPDX-License-Identifier: Apache-2.0
// job_forms.cpp: jobs and machines as `--json` shows them.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "wire/forms.hpp"
#include "wire/json.hpp"
#include "wire/json_out.hpp"

namespace busbar::wire {
namespace {

using model::Attempt;
using model::JobState;

/// The state of one attempt in the words of jobs. A launched one is running as its job is, although its pid
/// is not known yet.
JobState state_of(const Attempt& attempt, const model::Job& job) {
  if (attempt.state != Attempt::State::ended) return JobState::running;
  const model::Ending& ending = attempt.ending;
  switch (ending.cause) {
    case model::Cause::exited:
      return ending.exit_code == 0 && ending.signal == 0 ? JobState::completed : JobState::failed;
    case model::Cause::stopped:
      if (std::ranges::any_of(job.preemptions, [&](const auto& p) { return p.attempt == attempt.n; }))
        return JobState::preempted;
      // A task that was stopped because another one failed was cancelled, whatever became of the job.
      return job.stopping && job.stopping->towards == JobState::preempted ? JobState::preempted
                                                                          : JobState::cancelled;
    case model::Cause::timeout:
      return JobState::timeout;
    case model::Cause::out_of_memory:
      return JobState::out_of_memory;
    case model::Cause::lost:
      return JobState::node_fail;
    case model::Cause::not_started:
      return JobState::boot_fail;
  }
  return JobState::failed;
}

const Attempt* last_attempt(const model::Task& task) {
  return task.attempts.empty() ? nullptr : &task.attempts.back();
}

void write_node(JsonOut& out, NodeId node, const Names& names) {
  const auto known = names.nodes.find(node);
  out.key("node");
  out.word(known == names.nodes.end() ? "node " + std::to_string(node.value) : known->second);
}

void write_index(JsonOut& out, DeviceId device, const Names& names) {
  const auto known = names.device_index.find(device);
  if (known == names.device_index.end())
    out.null();  // its machine is gone
  else
    out.whole(known->second);
}

void write_task(JsonOut& out, std::size_t index, const model::Task& task, const model::Job& job,
                const Names& names) {
  out.open('{');
  out.whole("index", static_cast<std::int64_t>(index));
  const Attempt* attempt = last_attempt(task);
  if (!attempt) {
    for (const char* name : {"node", "attempt"}) out.null(name);
    out.word("state", model::name_of(JobState::pending));
    out.null("pid");
    out.key("devices"), out.open('['), out.close(']');
    for (const char* name : {"exit_code", "signal"}) out.null(name);
    out.close('}');
    return;
  }
  const bool over = attempt->state == Attempt::State::ended;
  write_node(out, attempt->node, names);
  out.whole("attempt", attempt->n);
  out.word("state", model::name_of(state_of(*attempt, job)));
  out.key("pid");
  attempt->pid == 0 ? out.null() : out.whole(attempt->pid);
  out.key("devices");
  out.open('[');
  for (const model::Holding& holding : attempt->holdings) {
    out.open('{');
    out.whole("id", holding.device.value);
    out.key("index");
    write_index(out, holding.device, names);
    out.whole("milli", holding.milli.count);
    out.whole("memory", holding.memory.count);
    out.close('}');
  }
  out.close(']');
  out.key("exit_code");
  over ? out.whole(attempt->ending.exit_code) : out.null();
  out.key("signal");
  over ? out.whole(attempt->ending.signal) : out.null();
  out.close('}');
}

/// Where task 0 runs or ran last; nulls until it was launched.
void write_first_task(JsonOut& out, const model::Job& job, const Names& names) {
  const Attempt* first = job.tasks.empty() ? nullptr : last_attempt(job.tasks.front());
  if (first)
    write_node(out, first->node, names);
  else
    out.null("node");
  out.key("gpus");
  out.open('[');
  if (first) {
    for (const model::Holding& holding : first->holdings) write_index(out, holding.device, names);
  }
  out.close(']');
  out.key("attempt");
  first ? out.whole(first->n) : out.null();
}

/// Of a job that waits, what the job itself tells at no cost; `why` looks at the machines and has the
/// numbers.
std::string reason_of(const model::Job& job) {
  if (job.stopping && job.stopping->towards == JobState::preempted) return job.stopping->reason;
  if (job.state == model::JobState::running && model::borrows(job))
    return "runs on CPUs that others hold and leave idle";
  if (job.state != model::JobState::pending || !job.reason.empty()) return job.reason;
  if (job.hold) return "held by " + job.hold->user;
  if (job.early) {
    const std::string begin = text::rfc3339(job.spec->begin);
    return "begins " + begin.substr(0, 10) + " " + begin.substr(11, 5) + " UTC";
  }
  if (job.waits_for.empty()) return "waits for its turn";
  const std::size_t more = job.waits_for.size() - 1;
  return "waits for job " + std::to_string(job.waits_for.front().job.value) +
         (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

void write_job(JsonOut& out, const model::Job& job, const Names& names) {
  const bool element = job.array.value != 0, over = is_over(job.state);
  out.open('{');
  out.whole("id", job.id.value);
  out.key("array_id");
  element ? out.whole(job.array.value) : out.null();
  out.key("array_index");
  element ? out.whole(job.array_index) : out.null();
  out.word("name", job.spec ? std::string_view(job.spec->name) : "");
  out.word("user", job.owner.user);
  out.word("project", job.spec ? std::string_view(job.spec->project) : "");
  out.word("state", model::name_of(job.state));
  out.key("exit_code");
  over ? out.whole(job.exit_code) : out.null();
  out.key("signal");
  over ? out.whole(job.signal) : out.null();
  out.word("reason", reason_of(job));
  out.time("submitted", job.submitted);
  out.time("started", job.started);
  out.time("ended", job.ended);
  write_first_task(out, job, names);
  out.key("tasks");
  out.open('[');
  for (std::size_t i = 0; i < job.tasks.size(); ++i) write_task(out, i, job.tasks[i], job, names);
  out.close(']');
  out.close('}');
}

void write_preemption(JsonOut& out, const model::Preemption& preemption) {
  out.open('{');
  out.time("at", preemption.told);
  out.word("why", words(Of<model::Preemption::Why>{})[static_cast<std::size_t>(preemption.why)]);
  out.key("by");
  preemption.by.value == 0 ? out.null() : out.whole(preemption.by.value);
  out.whole("attempt", preemption.attempt);
  out.time("gone", preemption.over);
  out.truth("saved", preemption.saved);
  out.whole("lost_ms", preemption.lost.count());
  out.close('}');
}

void write_device(JsonOut& out, const model::Device& device, const model::Node& node) {
  const auto held = node.held.find(device.id);
  out.open('{');
  out.whole("id", device.id.value);
  out.whole("index", device.index);
  out.word("uuid", device.uuid);
  out.word("kind", words(Of<model::Device::Kind>{})[static_cast<std::size_t>(device.kind)]);
  out.key("parent");
  device.parent.value == 0 ? out.null() : out.whole(device.parent.value);
  out.word("model", device.model);
  out.whole("milli", device.compute.count);
  out.whole("milli_held", held == node.held.end() ? 0 : held->second.milli.count);
  out.whole("memory", device.memory.count);
  out.whole("memory_held", held == node.held.end() ? 0 : held->second.memory.count);
  out.truth("declared", device.declared);
  if (device.link != 0) out.whole("link", device.link);
  out.close('}');
}

/// "draining" while something runs there that was there before.
const char* state_of(const model::Node& node) {
  if (node.state != model::Node::State::up) return "lost";
  if (!node.drain) return "up";
  return node.cpus_held > Cpus{0} || node.idle.borrowers > 0 || !node.held.empty() || !node.ports.empty()
             ? "draining"
             : "drained";
}

/// What is lent of the CPUs that tasks hold there, and how those fare.
void write_lending(JsonOut& out, const model::Idle& idle, int budget_milli, const model::CpuDuty* duty) {
  out.key("lending"), out.open('{');
  out.key("budget_percent"), out.raw(text::show(Cpus{std::int64_t{budget_milli} * 100}));
  out.key("idle"), out.thousandths(idle.most.count);
  out.key("lent"), out.thousandths(idle.lent.count);
  out.whole("borrowers", idle.borrowers);
  out.truth("over", idle.over);
  out.whole("window", model::CpuDuty::window);
  out.whole("samples", duty ? duty->samples() : 0);
  out.whole("short", duty ? duty->violated() : 0);
  out.whole("all_samples", duty ? duty->all_samples() : 0);
  out.whole("all_short", duty ? duty->all_violated() : 0);
  out.close('}');
}

void write_machine(JsonOut& out, const model::Node& node, int lend_cpus, const model::CpuDuty* duty) {
  const model::NodeFacts& facts = node.facts;
  out.open('{');
  out.whole("id", facts.id.value);
  out.word("name", facts.name);
  out.word("state", state_of(node));
  if (node.drain) {
    out.word("drain_reason", node.drain->reason);
    out.word("drained_by", node.drain->user);
  }
  out.word("os", facts.os);
  out.word("cpu_model", facts.cpu_model);
  out.key("cpus"), out.open('{');
  out.key("total"), out.thousandths(facts.cpus.count);
  out.key("held"), out.thousandths(node.cpus_held.count);
  out.close('}');
  if (lend_cpus > 0 || node.idle.borrowers > 0) write_lending(out, node.idle, lend_cpus, duty);
  out.key("memory"), out.open('{');
  out.whole("total", facts.memory.count);
  out.whole("held", node.memory_held.count);
  out.close('}');
  out.whole("disk", facts.disk.count);
  out.whole("disk_held", node.disk_held.count);
  out.key("numa"), out.open('[');
  for (const int cpus : facts.numa) out.whole(cpus);
  out.close(']');
  out.key("gpus"), out.open('[');
  for (const model::Device& device : facts.devices) write_device(out, device, node);
  out.close(']');
  out.key("limits"), out.open('{');
  out.word("memory", model::name_of(facts.memory_limit));
  out.word("cpus", model::name_of(facts.cpu_limit));
  out.word("processes", model::name_of(facts.process_limit));
  out.close('}');
  out.word("isolation", facts.isolation);
  out.key("labels"), out.open('[');
  for (const std::string& label : facts.labels) out.word(label);
  out.close(']');
  out.close('}');
}

}  // namespace

std::string jobs_json(const std::vector<model::Job>& jobs, const Names& names) {
  constexpr std::size_t typical = 420;  // bytes of one job; a guess that saves copying
  JsonOut out;
  out.text.reserve(32 + jobs.size() * typical);
  out.open('{');
  out.whole("version", 1);
  out.key("jobs"), out.open('[');
  for (const model::Job& job : jobs) write_job(out, job, names);
  out.close(']');
  out.close('}');
  return std::move(out.text);
}

std::string job_json(const model::Job& job, const Names& names) {
  JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.key("job");
  write_job(out, job, names);
  out.key("spec");
  const std::string spec = json::encode(job.spec ? *job.spec : model::JobSpec{}, json::Defaults::written);
  out.raw(out.utf8(spec));
  out.key("preemptions"), out.open('[');
  for (const model::Preemption& preemption : job.preemptions) write_preemption(out, preemption);
  out.close(']');
  out.close('}');
  return std::move(out.text);
}

std::string nodes_json(const model::Cluster& cluster, const std::map<NodeId, model::CpuDuty>& duty) {
  JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.key("nodes"), out.open('[');
  for (const auto& [id, node] : cluster.nodes) {
    const auto seen = duty.find(id);
    write_machine(out, node, cluster.settings.lend_cpus, seen == duty.end() ? nullptr : &seen->second);
  }
  out.close(']');
  out.close('}');
  return std::move(out.text);
}

}  // namespace busbar::wire
