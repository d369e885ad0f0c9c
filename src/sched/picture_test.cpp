// SPDX-License-Identifier: Apache-2.0
#include "sched/picture_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace busbar::sched::picture {
namespace {

/// "7:2g.5c@H100" is number 7 with g = 2, c = .5 and @ = "H100"; a mark that stands alone counts how often.
struct Drawn {
  int number = 0;
  std::map<char, double> amounts;
  std::map<char, std::string> names;

  double of(char unit, double otherwise) const {
    const auto found = amounts.find(unit);
    return found == amounts.end() ? otherwise : found->second;
  }
  std::int64_t milli(char unit, double otherwise) const { return std::llround(of(unit, otherwise) * 1000); }
  Bytes gib(char unit, double otherwise) const { return GiB * std::llround(of(unit, otherwise)); }
  std::string named(char mark, const char* otherwise) const {
    const auto found = names.find(mark);
    return found == names.end() ? otherwise : found->second;
  }
};

std::vector<Drawn> drawn(const std::string& text) {
  std::vector<Drawn> all;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    Drawn one;
    std::size_t at = 0;
    one.number = std::stoi(word, &at);
    if (word.at(at++) != ':') throw std::invalid_argument("a picture needs a colon: " + word);
    while (at < word.size()) {
      const char mark = word[at];
      if (mark == '!' || mark == '_' || mark == '^' || mark == '*' || mark == 'h') {
        one.amounts[mark] += 1;
        ++at;
      } else if (mark == '@' || mark == '~' || mark == '/' || mark == '#' || mark == '=') {
        const std::size_t end = std::min(word.find_first_of("@~/!_>%^*#=", at + 1), word.size());
        one.names[mark] = word.substr(at + 1, end - at - 1);
        at = end;
      } else if (mark == '>' || mark == '%') {
        std::size_t length = 0;
        one.amounts[mark] = std::stod(word.substr(at + 1), &length);
        at += 1 + length;
      } else {
        std::size_t length = 0;
        const double amount = std::stod(word.substr(at), &length);
        one.amounts[word.at(at + length)] = amount;
        at += length + 1;
      }
    }
    all.push_back(one);
  }
  return all;
}

constexpr Instant beginning{std::chrono::hours(1)};

model::JobSpec spec_of(const Drawn& one) {
  model::JobSpec spec;
  spec.name = "picture";
  spec.command = {"true"};
  spec.each.gpus = Share{one.milli('g', 0)};
  spec.each.cpus = Cpus{one.milli('c', 0.001)};
  spec.each.memory = one.gib('m', 0);
  spec.each.disk = one.gib('d', 0);
  spec.each.gpu_memory = one.gib('v', 0);
  spec.each.gpu_model = one.named('@', "");
  spec.project = one.named('/', "default");
  spec.tasks = static_cast<int>(one.of('x', 1));
  spec.nodes = static_cast<int>(one.of('n', 0));
  spec.priority = static_cast<int>(one.of('!', 0) - one.of('_', 0));
  spec.time_limit = Duration{one.milli('t', 0)};
  spec.grace = Duration{one.milli('k', 0)};
  spec.retries = static_cast<int>(one.of('r', 0));
  spec.preemptible = one.amounts.contains('^');
  spec.saves_every = Duration{one.milli('s', 0)};
  spec.warning.asked = one.amounts.contains('w');
  if (spec.warning.asked) spec.warning.ahead = Duration{one.milli('w', 0)};
  spec.where.alone = one.amounts.contains('*');
  spec.where.per_node = static_cast<int>(one.of('p', 0));
  if (one.names.contains('#')) spec.where.labels = {one.named('#', "")};
  if (one.names.contains('=')) spec.where.on = {"node" + one.named('=', "")};
  const auto moment = [&](char mark) {
    return one.amounts.contains(mark) ? beginning + Duration{one.milli(mark, 0)} : Instant{};
  };
  spec.begin = moment('b');
  spec.deadline = moment('l');
  spec.hold = one.amounts.contains('h');
  for (int i = 0; i < static_cast<int>(one.of('a', 0)); ++i) spec.array.indices.push_back(i);
  spec.array.at_once = static_cast<int>(one.of('%', 0));
  if (one.amounts.contains('>')) {
    spec.after.push_back({JobId{static_cast<std::int64_t>(one.of('>', 0))}, model::Dependency::When::ok});
  }
  return spec;
}

}  // namespace

World::World(const std::string& nodes, model::Rules::Fit fit) {
  fold(model::Opened{});
  set_rules({.fit = fit});
  join(nodes);
}

model::Changes World::fold(model::Event event) {
  model::Record record{Seq{++seq_.value}, Epoch{1}, now, std::move(event)};
  auto changes = scheduler.fold(record);
  if (!changes) throw std::logic_error(changes.error().message);
  if (const auto facts = model::audit(scheduler.cluster()); !facts)
    throw std::logic_error(facts.error().message);
  if (!(Scheduler(scheduler.cluster()) == scheduler))
    throw std::logic_error("the indexes do not follow the cluster");
  return *changes;
}

void World::join(const std::string& nodes) {
  for (const Drawn& one : drawn(nodes)) {
    model::NodeFacts facts;
    facts.id = NodeId{one.number};
    facts.name = "node" + std::to_string(one.number);
    facts.cpus = Cpus{one.milli('c', 64)};
    facts.memory = one.gib('m', 256);
    facts.disk = one.gib('d', 0);
    if (one.names.contains('#')) facts.labels = {one.named('#', "")};
    for (int i = 0; i < static_cast<int>(one.of('g', 0)); ++i) {
      model::Device device;
      device.id = DeviceId{one.number * 100 + i};
      device.index = i;
      device.model = one.named('@', "H100");
      device.memory = one.gib('v', 80);
      if (const int linked = static_cast<int>(one.of('l', 0))) device.link = 1 + i / linked;
      facts.devices.push_back(device);
    }
    fold(model::NodeJoined{facts});
  }
}

void World::leave(int node) { fold(model::NodeLeft{NodeId{node}, "picture"}); }

void World::fail(int node) {
  leave(node);
  std::vector<model::AttemptId> ids;
  for (const auto& [id, job] : scheduler.cluster().jobs)
    for (const auto& [attempt_id, attempt] : live_attempts(job))
      if (attempt->node == NodeId{node}) ids.push_back(attempt_id);
  for (const model::AttemptId& id : ids) {
    model::Finished event{id, {}, 0};
    event.ending.cause = model::Cause::lost;
    fold(event);
  }
}

void World::submit(const std::string& jobs) {
  for (const Drawn& one : drawn(jobs)) {
    if (scheduler.cluster().next_id != JobId{one.number})
      throw std::invalid_argument("jobs are drawn out of turn: " + jobs);
    submit(spec_of(one), one.named('~', "ana"));
  }
}

void World::submit(model::JobSpec spec, const std::string& user) {
  model::Submitted event;
  event.by.user = user;
  event.first = scheduler.cluster().next_id;
  event.waits_for = spec.after;
  event.spec = std::make_shared<const model::JobSpec>(std::move(spec));
  fold(event);
}

void World::stop(int job) { fold(model::StopAsked{{}, JobId{job}, "picture"}); }

void World::gone(int job, int signal) {
  std::vector<model::AttemptId> ids;
  for (const auto& [id, attempt] : live_attempts(scheduler.cluster().jobs.at(JobId{job}))) ids.push_back(id);
  for (const model::AttemptId& id : ids) {
    model::Finished event{id, {}, 0};
    event.ending.signal = signal;
    event.ending.cause = model::Cause::stopped;
    fold(event);
  }
}

void World::reserve(const std::string& nodes, const std::string& project, int from, int until) {
  model::Reservation made{
      "r",   beginning + std::chrono::seconds(from), beginning + std::chrono::seconds(until), {}, project, "",
      "root"};
  std::istringstream numbers(nodes);
  for (std::int64_t node; numbers >> node;) made.nodes.push_back(NodeId{node});
  fold(model::ReservationMade{{.user = "root"}, made});
}
void World::hold(int job, bool end) { fold(model::HoldAsked{{.user = "ana"}, JobId{job}, end}); }
void World::drain(int node, bool move) { fold(model::DrainAsked{{}, NodeId{node}, false, move, "picture"}); }

void World::idle(int node, double cpus, bool over) {
  if (scheduler.cluster().settings.lend_cpus == 0) {
    model::Settings settings = scheduler.cluster().settings;
    settings.lend_cpus = 50;
    fold(model::SettingsChanged{settings});
  }
  fold(model::IdleChanged{NodeId{node}, Cpus{std::llround(cpus * 1000)}, over, 0});
}

void World::set_preemption(const model::PreemptionRules& rules) {
  model::Settings settings = scheduler.cluster().settings;
  settings.preemption = rules;
  fold(model::SettingsChanged{settings});
}

void World::set_shares(const std::string& shares) {
  model::Settings settings = scheduler.cluster().settings;
  settings.shares.clear();
  std::istringstream words(shares);
  for (std::string word; words >> word;) {
    const std::size_t is = word.find('='), most = word.find('<');
    model::Quota quota{Share{std::llround(std::stod(word.substr(is + 1)) * 1000)}, {}};
    if (most != word.npos) quota.limit = Share{std::llround(std::stod(word.substr(most + 1)) * 1000)};
    settings.shares.emplace(word.substr(0, is), quota);
  }
  fold(model::SettingsChanged{settings});
}

void World::set_spare(int machines) {
  model::Settings settings = scheduler.cluster().settings;
  settings.spare = machines;
  fold(model::SettingsChanged{settings});
}

void World::set_half_life(Duration half_life) {
  model::Settings settings = scheduler.cluster().settings;
  settings.half_life = half_life;
  fold(model::SettingsChanged{settings});
}

void World::set_rules(const model::Rules& rules) {
  model::Settings settings = scheduler.cluster().settings;
  settings.rules = rules;
  fold(model::SettingsChanged{settings});
}

std::string World::step(std::size_t work) {
  while (const auto due = scheduler.due(now)) fold(*due);
  const model::Decided decided = scheduler.decide(now, work);
  if (decided != scheduler.decide(now, work)) throw std::logic_error("the same state decides differently");
  const std::string line = told(decided, scheduler.cluster());
  fold(decided);
  for (const model::Launch& launch : decided.launches) fold(model::Started{launch.attempt, 1});
  return line;
}

void World::finish(int job, int exit_code, int foreign_port) {
  const auto found = scheduler.cluster().jobs.find(JobId{job});
  if (found == scheduler.cluster().jobs.end()) throw std::invalid_argument("no such job to finish");
  std::vector<model::AttemptId> ids;
  for (const auto& [id, attempt] : live_attempts(found->second)) ids.push_back(id);
  for (const model::AttemptId& id : ids) {
    model::Finished event{id, {}, foreign_port};
    event.ending.exit_code = exit_code;
    fold(event);
  }
}

std::string told(const model::Decided& decided, const model::Cluster& cluster) {
  std::string line;
  const auto word = [&](const std::string& text) { line += (line.empty() ? "" : " ") + text; };
  const auto preempted = [&](const model::AttemptId& stop) {
    return std::ranges::any_of(decided.preempts,
                               [&](const auto& preempt) { return preempt.job == stop.job; });
  };
  for (const model::AttemptId& stop : decided.stops) {
    if (!preempted(stop)) word("stop:" + show(stop));
  }
  for (const model::Preempt& preempt : decided.preempts) {
    constexpr const char* signs[] = {"^", "^^", "^drain", "~", "^fail", "^lent"};
    word(std::to_string(preempt.job.value) + signs[static_cast<int>(preempt.why)] +
         (preempt.by.value == 0 ? "" : std::to_string(preempt.by.value)));
  }
  JobId last;
  for (const model::Launch& launch : decided.launches) {
    std::string place = std::to_string(launch.node.value);
    if (!launch.holdings.empty()) {
      place += '(';
      for (const model::Holding& holding : launch.holdings) {
        for (const model::Device& device : cluster.nodes.at(launch.node).facts.devices) {
          if (device.id == holding.device) place += std::to_string(device.index) + ',';
        }
      }
      place.back() = ')';
    }
    if (launch.lent) place += '?';
    if (launch.attempt.job == last) {
      line += "+" + place;
    } else {
      word(std::to_string(launch.attempt.job.value) + ">" + place);
    }
    last = launch.attempt.job;
  }
  for (const JobId job : decided.owning) word(std::to_string(job.value) + "=");
  return line;
}

namespace {

std::string state(const World& world, JobId id) {
  const auto job = world.scheduler.cluster().jobs.find(id);
  return job == world.scheduler.cluster().jobs.end() ? "=" : job->second.stopping ? "-" : "";
}

}  // namespace

std::string play(World& world) {
  const JobId last{world.scheduler.cluster().next_id.value - 1};
  std::string all;
  std::map<JobId, std::string> before;
  for (JobId id{1}; id <= last; ++id.value) before[id] = state(world, id);
  for (int looks = 0; looks < 20; ++looks) {
    std::string told;
    const std::string launched = world.step();
    for (auto& [id, was] : before) {
      if (const std::string is = state(world, id); is != was)
        told += " " + (was = is) + std::to_string(id.value);
    }
    if (!launched.empty()) told += " " + launched;
    const auto seconds = (world.now - Instant{std::chrono::hours(1)}).count() / 1000;
    if (!told.empty()) all += (all.empty() ? "" : " ") + std::to_string(seconds) + told;
    const auto next = world.scheduler.look_again(world.now);
    if (!next) return all;
    if (*next <= world.now) throw std::logic_error("it would look for ever");
    world.now = *next;
  }
  return all + " ...";
}

std::string listed(const std::vector<JobId>& jobs) {
  std::string line;
  for (const JobId job : jobs) line += (line.empty() ? "" : " ") + std::to_string(job.value);
  return line;
}

std::string shown(const std::optional<model::Reason>& reason, Instant zero) {
  if (!reason) return "";
  constexpr const char* kinds[] = {
      "next",        "dependency", "no_nodes",   "never",      "busy",  "behind", "array_full", "stopping",
      "making_room", "drained",    "over_limit", "over_share", "spare", "held",   "early",      "reserved"};
  constexpr const char* things[] = {"",     "gpus",  "gpu_memory", "cpus",    "memory",
                                    "disk", "nodes", "ports",      "machines"};
  const auto amount = [&](std::int64_t count) {
    using Scarce = model::Reason::Scarce;
    if (reason->scarce == Scarce::memory || reason->scarce == Scarce::gpu_memory)
      return std::to_string(count / GiB.count) + "G";
    if (reason->scarce != Scarce::gpus && reason->scarce != Scarce::cpus) return std::to_string(count);
    if (count % 1000 == 0) return std::to_string(count / 1000);
    return std::to_string(count) + "m";
  };
  std::string line = kinds[static_cast<int>(reason->kind)];
  if (reason->scarce != model::Reason::Scarce::none) {
    line += std::string(" ") + things[static_cast<int>(reason->scarce)] + " " + amount(reason->wanted) +
            " of " + amount(reason->project.empty() ? reason->most_free : reason->held) + "/" +
            amount(reason->most_total);
  }
  if (!reason->gpu_model.empty()) line += " @" + reason->gpu_model;
  if (reason->tasks > 1)
    line += " fit " + std::to_string(reason->tasks_fit) + "/" + std::to_string(reason->tasks);
  if (reason->waiting > 0)
    line += " place " + std::to_string(reason->place) + "/" + std::to_string(reason->waiting);
  const auto add_time = [&](const char* what, const std::optional<Instant>& at) {
    if (at) line += what + std::to_string((*at - zero).count() / 1000);
  };
  add_time(" at ", reason->free_at);
  add_time(" begins ", reason->begins);
  add_time(" no later than ", reason->last_start);
  if (reason->hold) line += " by " + reason->hold->user;
  if (!reason->machines.empty()) line += " machines " + reason->machines;
  for (const model::Reason::Loss& loss : reason->losses) {
    line += " " + std::to_string(loss.job.value) + " loses " + std::to_string(loss.time.count() / 1000) +
            "x" + std::to_string(loss.gpus.count / 1000) + (loss.saves ? " saves" : "");
  }
  if (!reason->jobs.empty()) line += " jobs " + listed(reason->jobs);
  return line;
}

}  // namespace busbar::sched::picture
