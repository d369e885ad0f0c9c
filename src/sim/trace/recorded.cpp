// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/recorded.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "control/controller.hpp"

namespace busbar::sim {
namespace {

constexpr std::size_t most_jobs = 1'000'000;  // some 1 GB with what they asked for

std::string folder_of(const std::string& path) {
  const std::filesystem::path given(path);
  return given.filename() == "journal.db" ? given.parent_path().string() : path;
}

/// Users, and what was asked for, told once for all jobs that have them in common.
class Common {
 public:
  std::shared_ptr<const model::Principal> user(const model::Principal& owner) {
    auto& known = users_[owner.user];
    if (!known || *known != owner) known = std::make_shared<const model::Principal>(owner);
    return known;
  }
  /// Without what a replay sets free: an element of an array is a job, and when a job may start is known from
  /// when it could.
  std::shared_ptr<const model::JobSpec> set_free(const std::shared_ptr<const model::JobSpec>& asked) {
    if (!asked->is_array() && asked->after.empty()) return asked;
    auto& known = specs_[asked];
    if (!known) {
      auto spec = std::make_shared<model::JobSpec>(*asked);
      spec->array = {};
      spec->after.clear();
      known = std::move(spec);
    }
    return known;
  }

 private:
  std::map<std::string, std::shared_ptr<const model::Principal>> users_;
  std::map<std::shared_ptr<const model::JobSpec>, std::shared_ptr<const model::JobSpec>> specs_;
};

std::vector<model::NodeFacts> machines_of(const model::Cluster& cluster) {
  std::vector<model::NodeFacts> machines;
  for (const auto& [id, node] : cluster.nodes) machines.push_back(node.facts);
  return machines;
}

}  // namespace

std::optional<TraceJob> as_traced(const model::Job& job) {
  TraceJob traced;
  for (const model::Task& task : job.tasks) {
    if (task.attempts.empty() || task.attempts.back().started == Instant{}) continue;
    traced.ran = std::max(traced.ran, task.attempts.back().ending.ran);
    const Instant started = task.attempts.front().launched;
    traced.started = traced.started ? std::min(*traced.started, started) : started;
  }
  if (!traced.started) return std::nullopt;
  traced.number = job.id.value;
  traced.submitted = job.restarts == 0 ? job.eligible : job.submitted;
  return traced;
}

Result<std::unique_ptr<Trace>> Recorded::read(store::Journal& journal, std::string name) {
  auto trace = std::make_unique<Recorded>();
  const Result<control::Recovered> state = control::recover(journal);
  if (!state) return state.error();
  trace->machines_ = machines_of(state->scheduler.cluster());
  trace->passed_.still_running = std::int64_t(state->scheduler.cluster().jobs.size());

  const Result<std::vector<model::Job>> ended = journal.ended({.most = most_jobs + 1});
  if (!ended) return ended.error();
  if (ended->size() > most_jobs)
    return Error{Errc::exhausted, name + ": more than " + std::to_string(most_jobs) +
                                      " jobs are over; a replay of a journal holds no more"};
  Common common;
  for (const model::Job& job : *ended) {
    std::optional<TraceJob> traced = as_traced(job);
    if (!traced) {
      ++trace->passed_.never_started;
      continue;
    }
    traced->by = common.user(job.owner);
    traced->spec = common.set_free(job.spec);
    trace->jobs_.push_back(std::move(*traced));
  }
  trace->name_ = std::move(name);
  std::ranges::sort(trace->jobs_, {},
                    [](const TraceJob& job) { return std::pair(job.submitted, job.number); });
  return std::unique_ptr<Trace>(std::move(trace));
}

Result<std::optional<TraceJob>> Recorded::next() {
  if (jobs_.empty()) return std::optional<TraceJob>{};
  TraceJob job = std::move(jobs_.front());
  jobs_.pop_front();
  return std::optional(std::move(job));
}

Result<std::unique_ptr<Trace>> open_recorded(const std::string& folder) {
  Result<std::unique_ptr<store::Journal>> journal = store::sqlite_journal_to_read(folder_of(folder));
  if (!journal) return journal.error();
  return Recorded::read(**journal, folder);
}

Result<std::vector<model::NodeFacts>> recorded_machines(const std::string& folder) {
  Result<std::unique_ptr<store::Journal>> journal = store::sqlite_journal_to_read(folder_of(folder));
  if (!journal) return journal.error();
  const Result<control::Recovered> state = control::recover(**journal);
  if (!state) return state.error();
  return machines_of(state->scheduler.cluster());
}

}  // namespace busbar::sim
