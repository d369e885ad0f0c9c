// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/ranking.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sched/fit/links.hpp"

namespace busbar::sched {
namespace {

/// Of each `fan` of them the largest.
std::vector<std::int64_t> most_of(std::span<const std::int64_t> scores, std::size_t fan) {
  std::vector<std::int64_t> most;
  most.reserve((scores.size() + fan - 1) / fan);
  for (std::size_t i = 0; i < scores.size(); i += fan)
    most.push_back(std::ranges::max(scores.subspan(i, std::min(fan, scores.size() - i))));
  return most;
}

}  // namespace

void Ranking::follow(const Columns& columns, const Policy& policy, JobId job) {
  ask_ = ask_of(task_);
  ask_.job = job.value;
  while (suitable_.size() < columns.kinds())
    suitable_.push_back(suitable_on(columns.kind(static_cast<int>(suitable_.size())), task_));
  if (scores_.size() == columns.size() && columns.remembers(seen_) && policy.same_for_all()) {
    rank_changed(columns, policy);
  } else {
    rank_all(columns, policy);
  }
  seen_ = columns.changes();
}

/// Nodes where it fitted neither before nor now are most of them, and pass by without a look at their scores.
/// Nobody foresees which pass, so a branch for each would be mistaken ever again. The others' scores lie far
/// apart in a table that may be larger than every cache, so all of them are sent for before the first is
/// needed.
void Ranking::rank_changed(const Columns& columns, const Policy& policy) {
  stale_.resize(static_cast<std::size_t>(columns.changes() - seen_));
  std::size_t count = 0;
  columns.changed_since(seen_, [&, ask = ask_](const Change& change) {
    stale_[count] = change.place;
    const bool may = change.may_fit(ask), did = fits(change.place);
    count += static_cast<std::size_t>(may | did);
  });
  stale_.resize(count);
  for (const std::uint32_t place : stale_) {
    __builtin_prefetch(&scores_[place], 1);
    if (!bounds_.empty()) __builtin_prefetch(&bounds_[0][place / fan], 1);
  }
  for (const std::uint32_t place : stale_) {
    rank(columns, policy, place);
    raise(place);
  }
}

/// Where each job has lots of its own, at least the places where it fits are known from the last question.
void Ranking::rank_all(const Columns& columns, const Policy& policy) {
  if (scores_.size() == columns.size() && columns.remembers(seen_)) {
    rank_changed(columns, policy);
    for (std::size_t word = 0; word < fits_.size(); ++word) {
      for (std::uint64_t bits = fits_[word]; bits != 0; bits &= bits - 1) {
        const std::size_t place = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        scores_[place] = choose(columns, policy, place)->score;
      }
    }
  } else {
    able_ = 0;
    scores_.assign(columns.size(), nowhere);
    fits_.assign(columns.size() / 64 + 1, 0);
    for (std::size_t place = 0; place < columns.size(); ++place) rank(columns, policy, place);
  }
  bounds_.clear();
  while (level(bounds_.size()).size() > 1) bounds_.push_back(most_of(level(bounds_.size()), fan));
}

std::optional<Choice> Ranking::choose(const Columns& columns, const Policy& policy, std::size_t place) const {
  const Row& row = columns.row(place);
  return choose(columns, policy, place, row, columns.milli(row), columns.tasks(place));
}

std::optional<Choice> Ranking::choose(const Columns& columns, const Policy& policy, std::size_t place,
                                      const FreeNode& node) {
  milli_.resize(node.devices.size());
  const Row row = row_of(node, columns.row(place).kind, milli_.data());
  return choose(columns, policy, place, row, milli_.data(), node.tasks);
}

std::optional<Choice> Ranking::choose(const Columns& columns, const Policy& policy, std::size_t place,
                                      const Row& row, const std::uint16_t* milli,
                                      const TasksByDevices& tasks) const {
  if (bound_ && !allows(columns.standing(place), Cpus{row.cpus}, row.borrowed, task_.where))
    return std::nullopt;
  Look look;
  look.tie = static_cast<std::int64_t>(place);
  look.tasks = &tasks;
  const Suitable& suitable = suitable_[static_cast<std::size_t>(row.kind)];
  if (!look_at(row, columns.kind(row.kind), milli, suitable, ask_, look)) return std::nullopt;
  Choice choice = policy.choose(look, ask_);
  if (!is_linked(look, ask_)) choice.score = score_apart(choice.score);
  return choice;
}

void Ranking::rank(const Columns& columns, const Policy& policy, std::size_t place) {
  const auto choice = choose(columns, policy, place);
  scores_[place] = choice ? choice->score : nowhere;
  if (choice.has_value() == fits(place)) return;
  fits_[place / 64] ^= std::uint64_t{1} << (place % 64);
  choice ? ++able_ : --able_;
}

void Ranking::raise(std::size_t place) {
  std::size_t i = place;
  for (std::vector<std::int64_t>& level : bounds_) {
    i /= fan;
    if (scores_[place] <= level[i]) return;
    level[i] = scores_[place];
  }
}

std::size_t Ranking::best(std::span<const std::size_t> without) {
  std::vector<std::int64_t> kept;
  for (const std::size_t place : without) kept.push_back(std::exchange(scores_[place], nowhere));
  const std::size_t found = best();
  for (std::size_t k = 0; k < without.size(); ++k) {
    scores_[without[k]] = kept[k];
    raise(without[k]);
  }
  return found;
}

std::size_t Ranking::best() {
  const std::size_t top = bounds_.size();
  while (!scores_.empty() && level(top)[0] != nowhere) {
    if (const auto place = reach(top, 0)) return *place;
  }
  return size();
}

/// The first score below the bound that reaches it. Where none does, the bound is lowered.
std::optional<std::size_t> Ranking::reach(std::size_t number, std::size_t i) {
  if (number == 0) return i;
  const std::span<const std::int64_t> below = level(number - 1);
  std::int64_t& bound = level(number)[i];
  std::int64_t most = nowhere;
  for (std::size_t k = i * fan; k < std::min((i + 1) * fan, below.size()); ++k) {
    if (below[k] == bound) {
      if (const auto place = reach(number - 1, k)) return place;
    }
    most = std::max(most, below[k]);
  }
  bound = most;
  return std::nullopt;
}

}  // namespace busbar::sched
