// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/ranking.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sched/fit/links.hpp"

namespace busbar::sched {
namespace {

std::int64_t most_of(const std::vector<std::int64_t>& scores, std::size_t from, std::size_t to) {
  std::int64_t most = Ranking::nowhere;
  for (std::size_t i = from; i < to; ++i) most = std::max(most, scores[i]);
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
/// The others' lie far apart in a table that may be larger than every cache, so all of them are sent for
/// before the first is needed.
void Ranking::rank_changed(const Columns& columns, const Policy& policy) {
  stale_.clear();
  columns.changed_since(seen_, [&, ask = ask_](const Change& change) {
    if (!change.may_fit(ask) && !fits(change.place)) return;
    stale_.push_back(change.place);
    __builtin_prefetch(&scores_[change.place], 1);
    __builtin_prefetch(&blocks_[change.place / fan], 1);
  });
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
  blocks_.assign((columns.size() + fan - 1) / fan, nowhere);
  halls_.assign((blocks_.size() + fan - 1) / fan, nowhere);
  for (std::size_t block = 0; block < blocks_.size(); ++block)
    blocks_[block] = most_of(scores_, block * fan, std::min((block + 1) * fan, scores_.size()));
  for (std::size_t hall = 0; hall < halls_.size(); ++hall)
    halls_[hall] = most_of(blocks_, hall * fan, std::min((hall + 1) * fan, blocks_.size()));
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
  const std::size_t block = place / fan, hall = block / fan;
  if (scores_[place] <= blocks_[block]) return;
  blocks_[block] = scores_[place];
  halls_[hall] = std::max(halls_[hall], blocks_[block]);
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

/// Where the largest bound is reached by no score, it is lowered, and so on.
std::size_t Ranking::best() {
  for (;;) {
    const auto hall = std::ranges::max_element(halls_);
    if (hall == halls_.end() || *hall == nowhere) return size();
    const std::size_t first = static_cast<std::size_t>(hall - halls_.begin()) * fan;
    std::int64_t most = nowhere;  // of what is below
    for (std::size_t block = first; block < std::min(first + fan, blocks_.size()); ++block) {
      if (blocks_[block] == *hall) {
        const std::size_t end = std::min((block + 1) * fan, scores_.size());
        std::int64_t within = nowhere;
        for (std::size_t place = block * fan; place < end; ++place) {
          if (scores_[place] == *hall) return place;
          within = std::max(within, scores_[place]);
        }
        blocks_[block] = within;
      }
      most = std::max(most, blocks_[block]);
    }
    *hall = most;
  }
}

}  // namespace busbar::sched
