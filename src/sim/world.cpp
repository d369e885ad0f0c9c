// SPDX-License-Identifier: Apache-2.0
#include "sim/world.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "sim/forgetful_journal.hpp"

namespace busbar::sim {
namespace {

engine::LaunchOrder order_of(const model::Node& node, const model::Job& job, const model::AttemptId& id,
                             const model::Attempt& attempt) {
  engine::LaunchOrder order;
  order.attempt = id;
  order.owner = job.owner;
  order.spec = job.spec;
  order.time_limit = model::limit_of(*job.spec, attempt.launched);
  order.node = attempt.node;
  for (const model::Holding& holding : attempt.holdings) {
    for (const model::Device& device : node.facts.devices)
      if (device.id == holding.device) order.devices.push_back({device, holding.milli, holding.memory});
  }
  return order;
}

/// So many steps within one instant are a circle, not a story.
constexpr int most_rounds = 100'000;

}  // namespace

World::World(Options options)
    : options_(std::move(options)),
      machines_(options_.launch_takes, options_.crash_noticed_after,
                [this](const engine::LaunchOrder& order) { return fate_of(order); }),
      now_(options_.start) {
  if (!options_.journal) options_.journal = forgetful_journal();
  lead(options_.standing);
  if (options_.standing) adopt();
}

/// Takes the lead with what the journal holds, as a server does when it starts.
void World::lead(bool heard) {
  const Result<Epoch> epoch = options_.journal->raise_epoch();
  BUSBAR_CHECK(epoch, "a journal in memory always gives the lead");
  epoch_ = *epoch;
  Result<control::Recovered> recovered = control::recover(*options_.journal, options_.known_work);
  BUSBAR_CHECK(recovered, recovered.error().message.c_str());
  core_.emplace(std::move(*recovered), *options_.journal, epoch_, heard);
  const Seq expected = core_->cluster().seq;
  write(expected, core_->open(now_, options_.settings));
}

/// What ran when the journal ended goes on, and the first decision is due.
void World::adopt() {
  const model::Cluster& cluster = core_->cluster();
  for (const auto& [id, node] : cluster.nodes)
    machines_.adopt(node.facts, node.state == model::Node::State::up);
  for (const auto& [id, job] : cluster.jobs) {
    for (const auto& [attempt_id, attempt] : model::live_attempts(job)) {
      const bool runs = attempt->state == model::Attempt::State::running;
      machines_.adopt(order_of(cluster.nodes.at(attempt->node), job, attempt_id, *attempt),
                      runs ? std::optional(attempt->started) : std::nullopt, now_);
      if (attempt->stop_told)
        machines_.obey(
            engine::Order(engine::StopOrder{attempt_id, epoch_, attempt->node, "", Duration{0}, false}),
            now_);
    }
  }
  look_again_ = now_;
}

void World::arrive(Arrivals source) {
  arrivals_ = std::move(source);
  arrival_ = arrivals_();
}

bool World::later(const Planned& a, const Planned& b) {
  return a.at != b.at ? a.at > b.at : a.order > b.order;
}

void World::command(Instant at, control::Command command) {
  planned_.push_back({at, ++plans_, std::move(command)});
  std::ranges::push_heap(planned_, later);
}

void World::restart(Instant at) {
  planned_.push_back({at, ++plans_, std::nullopt});
  std::ranges::push_heap(planned_, later);
}

std::optional<Instant> World::next() {
  if (!arrival_ && arrivals_) arrival_ = arrivals_();
  std::optional<Instant> earliest = machines_.next();
  const auto consider = [&](Instant at) {
    if (!earliest || at < *earliest) earliest = at;
  };
  if (!planned_.empty()) consider(planned_.front().at);
  if (arrival_) consider(arrival_->at);
  if (look_again_) consider(*look_again_);
  return earliest;
}

bool World::step() {
  while (const std::optional<Instant> at = next()) {
    const Instant before = now_;
    now_ = std::max(now_, *at);
    if (!gather()) {  // what was foreseen did not come to pass
      now_ = before;
      continue;
    }
    int rounds = 0;
    do {
      BUSBAR_CHECK(++rounds < most_rounds, "the same instant goes on for ever");
      take();
    } while (gather());
    return true;
  }
  return false;
}

/// All that is due now; false where there is none.
bool World::gather() {
  machines_.tell(now_, news_);
  while (!planned_.empty() && planned_.front().at <= now_) {
    std::ranges::pop_heap(planned_, later);
    Planned planned = std::move(planned_.back());
    planned_.pop_back();
    planned.command ? commands_.push_back(std::move(*planned.command)) : void(killed_ = true);
  }
  tally_.commands += std::int64_t(commands_.size());
  while (arrival_ && arrival_->at <= now_) {
    commands_.push_back(control::SubmitCommand{arrival_->by, arrival_->spec, arrival_->key});
    const Instant at = arrival_->at;
    arrived_.push_back(std::move(*arrival_));
    arrival_ = arrivals_();
    BUSBAR_CHECK(!arrival_ || arrival_->at >= at, "arrivals come in order of time");
  }
  tally_.submits += std::int64_t(arrived_.size());
  tally_.news += std::int64_t(news_.size());
  const bool due = look_again_ && *look_again_ <= now_;
  return !news_.empty() || !commands_.empty() || killed_ || due;
}

/// One step of the controller: what it wrote down, then what follows from it.
void World::take() {
  const Seq expected = core_->cluster().seq;
  control::Step step = core_->step(now_, Duration{0}, commands_, news_);
  write(expected, step);
  look_again_ = step.look_again;
  ++tally_.steps;
  follow(step);
  news_.clear();
  commands_.clear();
  arrived_.clear();
  if (std::exchange(killed_, false)) {
    lead(false);
    machines_.survey(now_);
    return;
  }
  for (const engine::Order& order : step.orders) machines_.obey(order, now_);
  core_->reuse(std::move(step));
}

void World::follow(control::Step& step) {
  const std::size_t told = commands_.size() - arrived_.size();
  for (std::size_t k = 0; k < commands_.size(); ++k) {
    const control::Answer& answer = step.answers[k];
    if (k < told) {
      for (Observer* observer : observers_) observer->answered(commands_[k], answer);
      continue;
    }
    const Arrival& arrival = arrived_[k - told];
    if (answer && !answer->existed) {
      for (int element = 0; element < answer->count; ++element)
        courses_.emplace(answer->first.value + element, arrival.work);
    }
    for (Observer* observer : observers_) observer->answered(arrival, answer);
  }
  for (const model::Record& record : step.batch.records) {
    const auto* decided = std::get_if<model::Decided>(&record.event);
    if (decided == nullptr) continue;
    for (Observer* observer : observers_) observer->decided(*decided);
    JobId last;
    for (const model::Launch& launch : decided->launches) {  // all tasks of a job stand together
      if (launch.attempt.job == last) continue;
      last = launch.attempt.job;
      ++tally_.launches;
      for (Observer* observer : observers_) observer->launched(core_->cluster().jobs.at(last));
    }
  }
  for (const model::Job& job : step.batch.ended) {
    ++tally_.ended;
    for (Observer* observer : observers_) observer->ended(job);
    courses_.erase(job.id.value);
    machines_.forget(job.id);
  }
}

void World::write(Seq expected, const control::Step& step) {
  if (step.batch.records.empty()) return;
  tally_.records += std::int64_t(step.batch.records.size());
  const Status written = options_.journal->append(expected, epoch_, step.batch);
  BUSBAR_CHECK(written, written.error().message.c_str());
}

Status World::audit() const {
  if (const Result<int> state = model::audit(core_->cluster()); !state) return state.error();
  return machines_.audit();
}

Work World::fate_of(const engine::LaunchOrder& order) {
  Work work;
  if (const auto known = courses_.find(order.attempt.job.value); known != courses_.end())
    work = known->second;
  if (options_.fate) options_.fate(order, work);
  return work;
}

}  // namespace busbar::sim
