// SPDX-License-Identifier: Apache-2.0
#include "control/core.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace busbar::control {

Core::Core(Recovered recovered, store::Journal& journal, Epoch epoch, bool heard)
    : state_(std::move(recovered)),
      journal_(journal),
      epoch_(epoch),
      heard_(heard),
      settings_(std::make_shared<const model::Settings>(cluster().settings)) {}

Step Core::open(Instant now, const model::Settings& settings) {
  now_ = std::max(now, cluster().now);
  model::Opened opened;
  opened.generation = std::max<std::int64_t>(cluster().generation, 1);
  opened.first_free_id = cluster().next_id;
  record(opened);
  if (settings != cluster().settings) record(model::SettingsChanged{settings});
  return finish();
}

Step Core::step(Instant now, Duration clock_jump, const std::vector<Command>& commands,
                const std::vector<engine::News>& news) {
  now_ = std::max(now, cluster().now);  // asked once: everything in one step happens at one moment
  step_.batch.records.reserve(commands.size() + news.size() + 1);
  step_.answers.reserve(commands.size());
  idle_changed_ = false;
  if (clock_jump != Duration{0}) record(model::ClockJumped{clock_jump});
  for (const engine::News& item : news) std::visit([this](const auto& what) { observe(what); }, item);
  for (const Command& command : commands)
    step_.answers.push_back(std::visit([this](const auto& what) { return answer(what); }, command));
  // That what was launched has started frees nothing: whoever waits, waits on. But it may be preempted now.
  const auto starts = [this](const engine::News& item) {
    if (std::holds_alternative<engine::CpuUse>(item)) return !idle_changed_;
    const auto* started = std::get_if<model::Started>(&item);
    if (!started) return false;
    const auto job = cluster().jobs.find(started->attempt.job);
    return job == cluster().jobs.end() || !job->second.spec->preemptible;
  };
  const bool due = news.empty() || (look_again_ && *look_again_ <= now_);
  if (due || !commands.empty() || !std::ranges::all_of(news, starts)) decide();
  return finish();
}

void Core::decide() {
  if (!heard_) return;
  while (const auto due = state_.scheduler.due(now_)) record(*due);  // one may take away the next
  model::Decided decided = state_.scheduler.decide(now_);
  if (decided.stops.empty() && decided.launches.empty() && decided.owning.empty()) return;
  decided.seen = cluster().seq;
  record(std::move(decided));
  const auto& recorded = std::get<model::Decided>(step_.batch.records.back().event);
  order_launches(recorded);
  for (const model::AttemptId& id : recorded.stops) order_stop(id);
  for (const JobId id : recorded.owning) {
    for (const auto& [attempt, live] : model::live_attempts(cluster().jobs.at(id)))
      order_cpus(cluster().jobs.at(id), live->node);
  }
}

/// Folds an event and puts it in the batch. What does not fold is a fault of ours, not of input: answer() and
/// observe() let only possible events through.
void Core::record(model::Event event) {
  model::Record record{Seq{cluster().seq.value + 1}, epoch_, now_, std::move(event)};
  state_.balances.fold(cluster(), record);
  Result<model::Changes> changes = state_.scheduler.fold(record);
  BUSBAR_CHECK(changes, changes.error().message.c_str());
  if (std::holds_alternative<model::SettingsChanged>(record.event))
    settings_ = std::make_shared<const model::Settings>(cluster().settings);
  step_.changed.insert(step_.changed.end(), changes->touched.begin(), changes->touched.end());
  for (model::Job& job : changes->ended) step_.batch.ended.push_back(std::move(job));
  step_.batch.records.push_back(std::move(record));
}

Step Core::finish() {
  std::ranges::sort(step_.changed);
  const auto repeated = std::ranges::unique(step_.changed);
  step_.changed.erase(repeated.begin(), repeated.end());
  std::erase_if(step_.changed, [&](JobId id) { return !cluster().jobs.contains(id); });  // it ended
  look_again_ = heard_ ? state_.scheduler.look_again(now_) : std::nullopt;
  step_.look_again = look_again_;
  return std::exchange(step_, {});
}

void Core::reuse(Step done) {
  done.batch.records.clear();
  done.batch.ended.clear();
  done.answers.clear();
  done.orders.clear();
  done.changed.clear();
  step_ = std::move(done);
}

const model::Attempt* Core::live(const model::AttemptId& id) const {
  const auto job = cluster().jobs.find(id.job);
  if (job == cluster().jobs.end() || std::size_t(id.task) >= job->second.tasks.size()) return nullptr;
  const auto& attempts = job->second.tasks[std::size_t(id.task)].attempts;
  if (attempts.empty() || attempts.back().n != id.n || attempts.back().state == model::Attempt::State::ended)
    return nullptr;
  return &attempts.back();
}

}  // namespace busbar::control
