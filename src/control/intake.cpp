// SPDX-License-Identifier: Apache-2.0
// intake.cpp: commands of people. Each is either possible and becomes an event, or is refused in words.
#include <algorithm>

#include "base/text.hpp"
#include "control/core.hpp"
#include "wire/words.hpp"

namespace busbar::control {
namespace {

constexpr std::int64_t last_id = (std::int64_t{1} << 31) - 1;
/// Everything here stands on the one thread that serves everybody, and each element keeps a list of its own.
constexpr std::size_t most_waits = 100'000, most_waits_of_an_array = 1'000'000;

int elements_of(const model::JobSpec& spec) { return spec.is_array() ? int(spec.array.indices.size()) : 1; }

/// A deadline that could not be kept though it started at once would only make somebody wait in vain.
Status ends_in_time(const model::JobSpec& spec, Instant now) {
  const auto last = model::last_start_of(spec);
  const Instant first = std::max(now, spec.begin);
  if (!last || first <= *last) return Done{};
  const std::string found = "deadline: found " + text::rfc3339(spec.deadline);
  const bool begins_later = spec.begin > now;
  const std::string begins = begins_later ? ", as it begins at " + text::rfc3339(spec.begin) : "";
  if (spec.deadline <= first) {
    const std::string passed = begins_later ? ", which has passed by then" + begins : ", which has passed";
    return Error{Errc::invalid, found + passed + "; a later one would be right"};
  }
  return Error{Errc::invalid, found + ", and with its time limit of " + text::show(spec.time_limit) +
                                  " it would end at " + text::rfc3339(first + spec.time_limit) + begins +
                                  "; a time limit of at most " + text::show(spec.deadline - first) +
                                  ", or a later deadline, would be right"};
}

}  // namespace

Answer Core::answer(const SubmitCommand& command) {
  Result<std::optional<Accepted>> before = known(command);
  if (!before) return before.error();
  if (*before) return **before;

  const model::JobSpec& spec = *command.spec;
  const std::optional<int> limit = cluster().settings.priority_limit;
  if (limit && spec.priority > *limit && !command.by.admin)
    return Error{Errc::denied, "priority: found " + std::to_string(spec.priority) + "; at most " +
                                   std::to_string(*limit) +
                                   " would be right: more is for administrators (up --priority-limit)"};
  if (!spec.hold_for_nodes) {
    if (const auto reason = state_.scheduler.could_never(spec))
      return Error{Errc::invalid, wire::in_words(*reason, now_) + "; " + wire::advice(*reason)};
  }
  if (const Status in_time = ends_in_time(spec, now_); !in_time) return in_time.error();
  Result<std::vector<model::Dependency>> waits_for = outstanding(spec);
  if (!waits_for) return waits_for.error();
  const int count = elements_of(spec);
  if (cluster().next_id.value + count - 1 > last_id)
    return Error{Errc::exhausted, "all job ids of this journal are used up"};

  const JobId first = cluster().next_id;
  record(model::Submitted{command.by, first, command.key, command.spec, std::move(*waits_for)});
  return Accepted{first, count, false};
}

Result<std::optional<Accepted>> Core::known(const SubmitCommand& command) const {
  if (command.key.empty()) return std::optional<Accepted>{};
  const auto live = cluster().keys.find({command.by.uid, command.key});
  if (live != cluster().keys.end())
    return std::optional(Accepted{live->second, elements_of(*cluster().jobs.at(live->second).spec), true});
  for (const model::Job& job : step_.batch.ended)  // in this very step: the journal has it only behind it
    if (job.owner.uid == command.by.uid && job.key == command.key)
      return std::optional(Accepted{job.array.value ? job.array : job.id, elements_of(*job.spec), true});
  Result<std::optional<model::Job>> ended = journal_.ended_by_key(command.by.uid, command.key);
  if (!ended) return ended.error();
  if (!*ended) return std::optional<Accepted>{};
  const model::Job& job = **ended;
  return std::optional(Accepted{job.array.value ? job.array : job.id, elements_of(*job.spec), true});
}

Result<std::optional<model::Job>> Core::ended_job(JobId id) const {
  for (const model::Job& job : step_.batch.ended)
    if (job.id == id) return std::optional(job);
  return journal_.ended_job(id);
}

Result<std::vector<model::Dependency>> Core::outstanding(const model::JobSpec& spec) const {
  std::vector<model::Dependency> waits_for;
  std::size_t looked_at = 0;
  for (const model::Dependency& asked : spec.after) {
    // The id of an array's first element stands for all of them; any element, alive or over, tells how many.
    int count = 1;
    for (int k = 0; k < count; ++k) {
      if (++looked_at > most_waits)
        return Error{Errc::invalid, "after: names more than " + std::to_string(most_waits) +
                                        " jobs, the elements of arrays counted one by one"};
      const model::Dependency one{JobId{asked.job.value + k}, asked.when};
      const auto alive = cluster().jobs.find(one.job);
      if (alive != cluster().jobs.end()) {
        if (k == 0 && alive->second.array == asked.job) count = elements_of(*alive->second.spec);
        const bool running = alive->second.state == model::JobState::running;
        if (one.when != model::Dependency::When::started || !running) waits_for.push_back(one);
        continue;
      }
      Result<std::optional<model::Job>> ended = ended_job(one.job);
      if (!ended) return ended.error();
      const std::string name = std::to_string(one.job.value);
      if (!*ended) return Error{Errc::invalid, "after: there is no job " + name};
      if (k == 0 && (*ended)->array == asked.job) count = elements_of(*(*ended)->spec);
      if (!model::fulfils(one.when, (*ended)->state))
        return Error{Errc::invalid, "after: job " + name + " ended as " + model::name_of((*ended)->state) +
                                        ", so this job could never start; afterany:" + name +
                                        " would not mind"};
    }
  }
  if (waits_for.size() * std::size_t(elements_of(spec)) > most_waits_of_an_array)
    return Error{Errc::invalid,
                 "after: " + std::to_string(elements_of(spec)) + " elements that each wait for " +
                     std::to_string(waits_for.size()) + " jobs; at most " +
                     std::to_string(most_waits_of_an_array) +
                     " pairs would be right: let one job wait for the first array, and the second "
                     "for that job"};
  return waits_for;
}

std::vector<JobId> Core::alive(JobId id, bool whole_array) const {
  std::vector<JobId> ids;
  for (auto job = cluster().jobs.lower_bound(id); job != cluster().jobs.end(); ++job) {
    const bool element = whole_array && job->second.array == id;
    if (job->first != id && !element) break;
    ids.push_back(job->first);
  }
  return ids;
}

Answer Core::answer(const StopCommand& command) {
  const std::vector<JobId> ids = alive(command.job, command.whole_array);
  int told = 0;
  for (const JobId id : ids) {
    const model::Job& job = cluster().jobs.at(id);
    if (!model::may(command.by, model::Verb::stop, job.owner))
      return Error{Errc::denied, "job " + model::show_id(job) + " belongs to " + job.owner.user};
    if (job.stopping && !model::comes_back(job)) continue;
    record(model::StopAsked{command.by, id, command.reason});
    ++told;
  }
  if (!ids.empty()) return Accepted{command.job, told, false};
  Result<std::optional<model::Job>> ended = ended_job(command.job);
  if (!ended) return ended.error();
  if (!*ended) return Error{Errc::not_found, "there is no job " + std::to_string(command.job.value)};
  return Accepted{command.job, 0, true};
}

/// Of an array those elements that wait; where none does, there is nothing to hold.
Answer Core::answer(const HoldCommand& command) {
  int told = 0, waiting = 0;
  std::string running;
  for (const JobId id : alive(command.job, command.whole_array)) {
    const model::Job& job = cluster().jobs.at(id);
    if (!model::may(command.by, model::Verb::stop, job.owner))
      return Error{Errc::denied, "job " + model::show_id(job) + " belongs to " + job.owner.user};
    if (job.state != model::JobState::pending) {
      running = model::show_id(job);
      continue;
    }
    ++waiting;
    if (command.end && job.hold && job.hold->by_admin && !command.by.admin)
      return Error{Errc::denied, "job " + model::show_id(job) + " is held by " + job.hold->user +
                                     "; an administrator releases it"};
    if (command.end != job.hold.has_value()) continue;
    record(model::HoldAsked{command.by, id, command.end});
    ++told;
  }
  if (waiting > 0) return Accepted{command.job, told, told == 0};
  if (!running.empty())
    return Error{Errc::conflict,
                 "job " + running + " runs already; busbar stop " + running + " would end it"};
  Result<std::optional<model::Job>> ended = ended_job(command.job);
  if (!ended) return ended.error();
  if (!*ended) return Error{Errc::not_found, "there is no job " + std::to_string(command.job.value)};
  return Error{Errc::conflict,
               "job " + model::show_id(**ended) + " is over: " + wire::ending_in_words(**ended)};
}

Answer Core::answer(const DrainCommand& command) {
  if (!model::may(command.by, model::Verb::administer, command.by))
    return Error{Errc::denied, "only an administrator may drain a machine"};
  std::string known;
  for (const auto& [id, node] : cluster().nodes) {
    const std::string& name = node.facts.name;
    if (name != command.node && std::to_string(id.value) != command.node) {
      known += (known.empty() ? "" : ", ") + name;
      continue;
    }
    const auto& drain = node.drain;
    const bool same =
        command.end ? !drain : drain && drain->move == command.move && drain->reason == command.reason;
    const Accepted accepted{JobId{}, running_on({id}), same};
    if (!same) record(model::DrainAsked{command.by, id, command.end, command.move, command.reason});
    return accepted;
  }
  const std::string others = known.empty()
                                 ? "none has reported yet"
                                 : (cluster().nodes.size() == 1 ? "known is " : "known are ") + known;
  return Error{Errc::not_found, "there is no machine " + command.node + "; " + others};
}

}  // namespace busbar::control
