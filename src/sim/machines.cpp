// SPDX-License-Identifier: Apache-2.0
#include "sim/machines.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace busbar::sim {

Machines::Machines(Duration launch_takes, Duration crash_noticed_after,
                   std::function<Work(const engine::LaunchOrder&)> fate)
    : launch_takes_(launch_takes), crash_noticed_after_(crash_noticed_after), fate_(std::move(fate)) {}

void Machines::add(model::NodeFacts facts, Instant at) {
  const NodeId id = facts.id;
  const bool fresh = machines_.try_emplace(id.value, Machine{std::move(facts), false, {}}).second;
  BUSBAR_CHECK(fresh, "two machines of one id");
  in_order_.push_back(id);
  change(at, id, Change::joins);
}

void Machines::adopt(model::NodeFacts facts, bool in_reach) {
  const NodeId id = facts.id;
  const bool fresh = machines_.try_emplace(id.value, Machine{std::move(facts), in_reach, {}}).second;
  BUSBAR_CHECK(fresh, "two machines of one id");
  in_order_.push_back(id);
}

void Machines::adopt(const engine::LaunchOrder& order, std::optional<Instant> started, Instant now) {
  begin(machines_.at(order.node.value), order, started.value_or(now + launch_takes_), now);
}

void Machines::change(Instant at, NodeId node, Change change) {
  BUSBAR_CHECK(machines_.contains(node.value), "a machine that was never added");
  constexpr Event::What kinds[] = {Event::What::joins, Event::What::out_of_reach, Event::What::crashes};
  foresee({kinds[static_cast<int>(change)], at, node, {}});
}

void Machines::survey(Instant at) {
  for (const NodeId id : in_order_) {
    Machine& machine = machines_.at(id.value);
    if (std::exchange(machine.in_reach, false)) change(at, id, Change::joins);
  }
}

std::optional<Instant> Machines::next() const {
  if (events_.empty()) return std::nullopt;
  return events_.front().at;
}

bool Machines::later(const Event& a, const Event& b) {
  return a.at != b.at ? a.at > b.at : a.order > b.order;
}

void Machines::foresee(Event event) {
  event.order = ++foreseen_;
  events_.push_back(event);
  std::ranges::push_heap(events_, later);
}

void Machines::tell(Instant now, std::vector<engine::News>& into) {
  while (!events_.empty() && events_.front().at <= now) {
    std::ranges::pop_heap(events_, later);
    const Event event = events_.back();
    events_.pop_back();
    happens(event, into);
  }
}

void Machines::happens(const Event& event, std::vector<engine::News>& into) {
  Machine& machine = machines_.at(event.node.value);
  switch (event.what) {
    case Event::What::joins:
      return joins(machine, into);
    case Event::What::out_of_reach:
      return leaves(machine, "out of reach", into);
    case Event::What::crashes:
      leaves(machine, "crashed", into);
      return crashes(machine, event.at);
    case Event::What::started:
      return started(machine, event, into);
    case Event::What::finished:
      return finished(machine, event, into);
    case Event::What::lost:
      model::Finished lost{event.attempt, {}, 0};
      lost.ending.cause = model::Cause::lost;
      lost.ending.message = "node " + machine.facts.name + " crashed";
      into.push_back(std::move(lost));
  }
}

void Machines::joins(Machine& machine, std::vector<engine::News>& into) {
  if (std::exchange(machine.in_reach, true)) return;
  engine::Joined joined{machine.facts, {}};
  for (const auto& [id, running] : machine.attempts) joined.present.push_back(id);
  into.push_back(std::move(joined));
  for (const auto& [id, running] : machine.attempts) {  // what could not be told meanwhile
    if (running.over) into.push_back(model::Finished{id, running.ending, 0});
  }
}

void Machines::leaves(Machine& machine, const char* why, std::vector<engine::News>& into) {
  if (std::exchange(machine.in_reach, false)) into.push_back(model::NodeLeft{machine.facts.id, why});
}

void Machines::crashes(Machine& machine, Instant at) {
  for (const auto& [id, running] : machine.attempts)
    foresee({Event::What::lost, at + crash_noticed_after_, machine.facts.id, id});
  machine.attempts.clear();
}

void Machines::started(Machine& machine, const Event& event, std::vector<engine::News>& into) {
  const auto found = machine.attempts.find(event.attempt);
  if (found == machine.attempts.end() || found->second.over || !machine.in_reach) return;
  into.push_back(model::Started{event.attempt, event.attempt.job.value});
}

void Machines::finished(Machine& machine, const Event& event, std::vector<engine::News>& into) {
  const auto found = machine.attempts.find(event.attempt);
  if (found == machine.attempts.end()) return;
  Running& running = found->second;
  if (running.over || running.ends != event.at) return;  // it was stopped before
  running.over = true;
  running.ending.ran = std::max(running.ends - running.starts, Duration{0});
  if (running.saves) {
    const Duration fresh = std::max(running.ending.ran - running.again, Duration{0});
    const bool by_itself = running.saves_every > Duration{0};
    saved_[event.attempt.job.value][event.attempt.task] +=
        by_itself ? fresh - fresh % running.saves_every : fresh;
  }
  if (machine.in_reach) into.push_back(model::Finished{event.attempt, running.ending, 0});
}

void Machines::obey(const engine::Order& order, Instant now) {
  std::visit([&](const auto& what) { obey(what, now); }, order);
}

void Machines::obey(const engine::LaunchOrder& order, Instant now) {
  Machine& machine = machines_.at(order.node.value);
  if (machine.in_reach) begin(machine, order, now + launch_takes_, now);
}

void Machines::begin(Machine& machine, const engine::LaunchOrder& order, Instant starts, Instant now) {
  const auto [place, fresh] = machine.attempts.try_emplace(order.attempt);
  if (!fresh) return;  // told again
  const Work work = fate_(order);
  Running& running = place->second;
  Duration runs = work.runs;
  if (const auto saved = saved_.find(order.attempt.job.value); saved != saved_.end())
    runs = std::max(runs - saved->second[order.attempt.task], Duration{0});
  if (order.attempt.n > 1) {
    running.again = work.restart;
    runs += work.restart;
  }
  running.devices = order.devices;
  running.memory = order.spec->each.memory;
  running.stop_takes = work.stop_takes;
  running.ahead = order.spec->warning.asked ? order.spec->warning.ahead : Duration{0};
  running.resumes = work.resumes;
  running.saves_every = work.saves_every;
  running.ending.exit_code = work.exit_code;
  const Duration limit = order.time_limit;
  if (limit > Duration{0} && limit < runs) {
    runs = limit;
    running.ending = {.cause = model::Cause::timeout};
  }
  running.starts = starts;
  running.ends = std::max(starts + runs, now);
  if (starts >= now) foresee({Event::What::started, starts, order.node, order.attempt});
  foresee({Event::What::finished, running.ends, order.node, order.attempt});
}

void Machines::obey(const engine::StopOrder& order, Instant now) {
  Machine& machine = machines_.at(order.node.value);
  const auto found = machine.attempts.find(order.attempt);
  if (!machine.in_reach || found == machine.attempts.end() || found->second.over) return;
  Running& running = found->second;
  const Duration patience = order.grace + (order.warned ? running.ahead : Duration{0});
  const Instant ends = now + std::min(running.stop_takes, patience);
  if (ends >= running.ends) return;  // it comes to its own end before
  running.ends = ends;
  running.ending = {.cause = model::Cause::stopped};
  running.saves = running.resumes && running.stop_takes <= patience;
  foresee({Event::What::finished, ends, order.node, order.attempt});
}

void Machines::obey(const engine::SettleOrder& order, Instant) {
  const auto machine = machines_.find(order.node.value);  // of an attempt that nobody knows, no node
  if (machine != machines_.end() && machine->second.in_reach) machine->second.attempts.erase(order.attempt);
}

Status Machines::audit() const {
  std::map<std::pair<JobId, int>, model::AttemptId> tasks;
  for (const NodeId node : in_order_) {
    const Machine& machine = machines_.at(node.value);
    std::map<DeviceId, Share> used;
    Bytes memory;
    for (const auto& [id, running] : machine.attempts) {
      if (running.over) continue;
      const auto [other, alone] = tasks.emplace(std::pair(id.job, id.task), id);
      if (!alone)
        return Error{Errc::internal, "I2 is broken: attempt " + model::show(id) + " runs beside attempt " +
                                         model::show(other->second)};
      memory += running.memory;
      for (const engine::GrantedDevice& granted : running.devices) {
        Share& share = used[granted.device.id];
        share += granted.milli;
        if (share > granted.device.compute)
          return Error{Errc::internal,
                       "I3 is broken: attempt " + model::show(id) + " found its device in use"};
      }
    }
    if (memory > machine.facts.memory)
      return Error{Errc::internal, "I3 is broken: node " + machine.facts.name + " is out of memory"};
  }
  return Done{};
}

}  // namespace busbar::sim
