// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/board.hpp"

#include <algorithm>

#include "sched/fit/links.hpp"

namespace busbar::sched {
namespace {

constexpr std::size_t most_remembered =
    std::size_t{192} * 1024 * 1024 / sizeof(std::int64_t);  // scores, in all

}  // namespace

Ask ask_of(const Shape& task) {
  Ask ask;
  ask.cpus = task.cpus.count;
  ask.memory = task.memory.count;
  ask.disk = task.disk.count;
  if (task.is_share()) {
    ask.share = static_cast<int>(task.gpus.count);
  } else {
    ask.whole = static_cast<int>(std::min<std::int64_t>(task.whole_devices(), 1'000'000));
  }
  return ask;
}

std::shared_ptr<const Policy> policy_of(const model::Rules& rules, const Work& known) {
  using Fit = model::Rules::Fit;
  switch (rules.fit) {
    case Fit::busbar:
      return least_expected_loss(known);
    case Fit::random:
      return random_fit(rules.tie_seed);
    case Fit::first:
      return first_fit();
    case Fit::best:
      return best_fit();
    case Fit::worst:
      return worst_fit();
    case Fit::dot_product:
      return dot_product();
    case Fit::packing:
      return packing();
    case Fit::clustering:
      return clustering();
    case Fit::fgd:
      return fragmentation_gradient(known);
    case Fit::consolidate:
      return consolidate();
  }
  return best_fit();
}

bool learns(model::Rules::Fit fit) {
  return fit == model::Rules::Fit::busbar || fit == model::Rules::Fit::fgd;
}

void Board::set_policy(const model::Rules& rules, const Work& known) {
  Memory anew;
  if (rules.tie_seed == rules_.tie_seed) anew.columns = std::move(memory_.columns);  // they know no policy
  rules_ = rules;
  known_ = learns(rules.fit) ? known : Work{};
  memory_ = std::move(anew);
}

const Policy& Board::policy() const {
  if (!memory_.policy) memory_.policy = policy_of(rules_, known_);
  return *memory_.policy;
}

void Board::set(std::size_t i, FreeNode node) {
  const auto same = [](const FreeDevice& a, const FreeDevice& b) {
    return a.compute == b.compute && a.size == b.size && a.model == b.model;
  };
  if (!std::ranges::equal(node.devices, nodes_[i].devices, same) || node.standing != nodes_[i].standing)
    memory_ = {};  // other devices or labels than it had
  nodes_[i] = std::move(node);
  if (memory_.columns) memory_.columns->set(i, nodes_[i]);
}

void Board::set(std::size_t i, const FreeNode& empty, const model::Node& node) {
  nodes_[i] = empty;
  take_held(nodes_[i], node);
  if (memory_.columns) memory_.columns->set(i, nodes_[i]);
}

void Board::insert(std::size_t i, FreeNode node) {
  nodes_.insert(nodes_.begin() + static_cast<std::ptrdiff_t>(i), std::move(node));
  memory_ = {};
}

const Columns& Board::columns() const {
  if (!memory_.columns) memory_.columns.emplace(nodes_, rules_.tie_seed);
  return *memory_.columns;
}

Ranking& Board::ranking(const Shape& task) const {
  auto& rankings = memory_.rankings;
  const auto [found, fresh] = rankings.try_emplace(key_of(task), task);
  found->second.used = ++memory_.uses;
  const std::size_t most =
      std::max<std::size_t>(most_remembered / std::max<std::size_t>(nodes_.size(), 1), 8);
  if (rankings.size() > most)
    rankings.erase(
        std::ranges::min_element(rankings, {}, [](const auto& entry) { return entry.second.used; }));
  return found->second;
}

std::optional<Choice> choose_on(const FreeNode& node, const Policy& policy, const Shape& task, JobId job,
                                std::size_t tie) {
  if (!allows(node.standing, node.cpus, node.borrowers > 0, task.where)) return std::nullopt;
  std::vector<std::uint16_t> milli(node.devices.size());
  const NodeType kind = kind_of(node);
  const Row row = row_of(node, 0, milli.data());
  const Suitable suitable = suitable_on(kind, task);
  Ask ask = ask_of(task);
  ask.job = job.value;
  Look look;
  look.tie = static_cast<std::int64_t>(tie);
  look.tasks = &node.tasks;
  if (!look_at(row, kind, milli.data(), suitable, ask, look)) return std::nullopt;
  Choice choice = policy.choose(look, ask);
  if (!is_linked(look, ask)) choice.score = score_apart(choice.score);
  return choice;
}

std::optional<Choice> Board::choose(const FreeNode& node, std::size_t i, const Shape& task, JobId job) const {
  return choose_on(node, policy(), task, job, columns().place_of(i));
}

std::optional<Board::Best> Board::best(const Shape& task, JobId job,
                                       const std::map<std::size_t, FreeNode>& changed) const {
  Ranking& ranking = this->ranking(task);
  ranking.follow(columns(), policy(), job);
  std::vector<std::size_t> without;
  for (const auto& [i, node] : changed) without.push_back(columns().place_of(i));
  std::optional<Best> best;
  std::size_t at = ranking.best(without);
  if (at < ranking.size()) {
    const std::size_t i = columns().node_at(at);
    best = Best{i, *ranking.choose(columns(), policy(), at)};
  }
  for (const auto& [i, node] : changed) {
    const std::size_t place = columns().place_of(i);
    const auto choice = ranking.choose(columns(), policy(), place, node);
    if (!choice) continue;
    if (best && (choice->score < best->choice.score || (choice->score == best->choice.score && place > at)))
      continue;
    best = Best{i, *choice};
    at = place;
  }
  return best;
}

std::size_t Board::able(const Shape& task, JobId job, const std::map<std::size_t, FreeNode>& changed) const {
  Ranking& ranking = this->ranking(task);
  ranking.follow(columns(), policy(), job);
  std::size_t able = ranking.able();
  for (const auto& [i, node] : changed) {
    const std::size_t place = columns().place_of(i);
    if (ranking.score(place) != Ranking::nowhere) --able;
    if (ranking.choose(columns(), policy(), place, node)) ++able;
  }
  return able;
}

std::vector<Board::Able> Board::all(const Shape& task, JobId job,
                                    const std::map<std::size_t, FreeNode>& changed) const {
  Ranking& ranking = this->ranking(task);
  ranking.follow(columns(), policy(), job);
  std::vector<Able> able;
  able.reserve(ranking.able() + changed.size());
  const auto add = [&](std::size_t place, std::size_t i, std::int64_t score) {
    able.push_back({static_cast<std::uint32_t>(i), columns().rack(place), columns().network(place), score});
  };
  for (std::size_t place = 0; place < ranking.size(); ++place) {
    const std::size_t i = columns().node_at(place);
    const auto node = changed.empty() ? changed.end() : changed.find(i);
    if (node != changed.end()) {
      if (const auto choice = ranking.choose(columns(), policy(), place, node->second))
        add(place, i, choice->score);
    } else if (ranking.score(place) != Ranking::nowhere) {
      add(place, i, ranking.score(place));
    }
  }
  return able;
}

}  // namespace busbar::sched
