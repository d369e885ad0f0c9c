// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/ranking.hpp"

#include <algorithm>

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
    columns.changed_since(seen_, [&](std::size_t place) {
      const std::int64_t before = scores_[place];
      rank(columns, policy, place);
      raise(place, before);
    });
  } else {
    able_ = 0;
    scores_.assign(columns.size(), nowhere);
    for (std::size_t place = 0; place < columns.size(); ++place) rank(columns, policy, place);
    blocks_.assign((columns.size() + fan - 1) / fan, nowhere);
    halls_.assign((blocks_.size() + fan - 1) / fan, nowhere);
    for (std::size_t block = 0; block < blocks_.size(); ++block)
      blocks_[block] = most_of(scores_, block * fan, std::min((block + 1) * fan, scores_.size()));
    for (std::size_t hall = 0; hall < halls_.size(); ++hall)
      halls_[hall] = most_of(blocks_, hall * fan, std::min((hall + 1) * fan, blocks_.size()));
  }
  seen_ = columns.changes();
}

std::optional<Choice> Ranking::choose(const Columns& columns, const Policy& policy, std::size_t place) const {
  const Row& row = columns.row(place);
  if (bound_ && !allows(columns.standing(place), Cpus{row.cpus}, task_.where)) return std::nullopt;
  Look look;
  look.tie = static_cast<std::int64_t>(place);
  look.tasks = &columns.tasks(place);
  if (!look_at(row, columns.kind(row.kind), columns.milli(row), suitable_[static_cast<std::size_t>(row.kind)],
               ask_, look))
    return std::nullopt;
  return policy.choose(look, ask_);
}

void Ranking::rank(const Columns& columns, const Policy& policy, std::size_t place) {
  const bool fitted = scores_[place] != nowhere;
  const auto choice = choose(columns, policy, place);
  scores_[place] = choice ? choice->score : nowhere;
  able_ = able_ + (choice ? 1 : 0) - (fitted ? 1 : 0);
}

/// After the score at `place` was another before: only where the best of its block fell is the block gone
/// through.
void Ranking::raise(std::size_t place, std::int64_t before) {
  const std::int64_t now = scores_[place];
  const std::size_t block = place / fan, hall = block / fan;
  const std::int64_t block_was = blocks_[block];
  if (now >= block_was) {
    blocks_[block] = now;
  } else if (before == block_was) {
    blocks_[block] = most_of(scores_, block * fan, std::min((block + 1) * fan, scores_.size()));
  }
  if (blocks_[block] >= halls_[hall]) {
    halls_[hall] = blocks_[block];
  } else if (block_was == halls_[hall]) {
    halls_[hall] = most_of(blocks_, hall * fan, std::min((hall + 1) * fan, blocks_.size()));
  }
}

std::size_t Ranking::best(std::span<const std::size_t> without) const {
  std::int64_t most = nowhere;
  std::size_t found = size();
  // Blocks that hold a place that is left out are gone through one by one; the others by their best.
  auto out = without.begin();
  const auto consider = [&](std::int64_t score, std::size_t at) {
    if (score > most) most = score, found = at;
  };
  std::size_t at_block = size();  // found stands for a whole block from here
  bool whole_block = false;
  for (std::size_t hall = 0; hall < halls_.size(); ++hall) {
    const std::size_t hall_end = std::min((hall + 1) * fan, blocks_.size());
    const bool untouched = out == without.end() || *out / fan >= hall_end;
    if (untouched && halls_[hall] <= most) continue;
    for (std::size_t block = hall * fan; block < hall_end; ++block) {
      const std::size_t end = std::min((block + 1) * fan, size());
      if (out == without.end() || *out >= end) {
        if (blocks_[block] > most) most = blocks_[block], at_block = block, whole_block = true;
        continue;
      }
      for (std::size_t place = block * fan; place < end; ++place) {
        if (out != without.end() && *out == place) {
          ++out;
          continue;
        }
        if (scores_[place] > most) consider(scores_[place], place), whole_block = false;
      }
    }
  }
  if (!whole_block) return found;
  std::size_t place = at_block * fan;
  while (scores_[place] != most) ++place;
  return place;
}

}  // namespace busbar::sched
