// SPDX-License-Identifier: Apache-2.0
// ranking.hpp: for one kind of task, how good each node is: kept from question to question, so that only
// nodes that have changed since are looked at anew.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "sched/fit/columns.hpp"

namespace busbar::sched {

class Ranking {
 public:
  explicit Ranking(const Shape& task) : task_(task), bound_(task.where != Where{}) {}

  /// Where it does not fit.
  static constexpr std::int64_t nowhere = std::numeric_limits<std::int64_t>::min();

  /// Takes in what changed. Cost: O(changed), or O(nodes) when it is new or has not been asked for long.
  void follow(const Columns& columns, const Policy& policy, JobId job);

  /// The best place, the first of equals, leaving out some places (each once); size() where it fits nowhere.
  std::size_t best(std::span<const std::size_t> without);
  std::int64_t score(std::size_t place) const { return scores_[place]; }
  /// As of the last follow(): where on the node at this place it would go.
  std::optional<Choice> choose(const Columns& columns, const Policy& policy, std::size_t place) const;
  /// The same if the node at this place stood as `node` says.
  std::optional<Choice> choose(const Columns& columns, const Policy& policy, std::size_t place,
                               const FreeNode& node);
  std::size_t size() const { return scores_.size(); }
  /// At so many places it fits.
  std::size_t able() const { return able_; }

  std::int64_t used = 0;  // when it was asked last, as the board counts

 private:
  static constexpr std::size_t fan = 32;  // numbers below a bound

  std::optional<Choice> choose(const Columns& columns, const Policy& policy, std::size_t place,
                               const Row& row, const std::uint16_t* milli, const TasksByDevices& tasks) const;
  void rank_all(const Columns& columns, const Policy& policy);
  void rank_changed(const Columns& columns, const Policy& policy);
  void rank(const Columns& columns, const Policy& policy, std::size_t place);
  void raise(std::size_t place);
  std::size_t best();
  std::optional<std::size_t> reach(std::size_t level, std::size_t i);
  std::span<std::int64_t> level(std::size_t number) { return number == 0 ? scores_ : bounds_[number - 1]; }
  bool fits(std::size_t place) const { return (fits_[place / 64] >> (place % 64) & 1) != 0; }

  Shape task_;
  bool bound_;  // not every machine will do
  Ask ask_;
  std::vector<Suitable> suitable_;    // by kind
  std::vector<std::int64_t> scores_;  // by place
  /// Above the scores, level by level up to one number: no score of the 32 below is larger. That the best has
  /// gone is found when it is looked for.
  std::vector<std::vector<std::int64_t>> bounds_;
  std::vector<std::uint64_t> fits_;  // a bit for each place: is there a score?
  std::size_t able_ = 0;
  std::vector<std::uint32_t> stale_;  // places to be ranked anew; kept for its memory, as is milli_
  std::vector<std::uint16_t> milli_;
  std::int64_t seen_ = 0;
};

}  // namespace busbar::sched
