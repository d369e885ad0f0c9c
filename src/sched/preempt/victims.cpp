// SPDX-License-Identifier: Apache-2.0
#include "sched/preempt/victims.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

using Chosen = std::vector<std::size_t>;  // of the victims, sorted

/// Some of those on one machine that make room there for so many tasks.
struct Option {
  Chosen stops;
  std::int64_t price = 0;
};

class Search {
 public:
  Search(const Space& space, const Shape& shape, const std::vector<Victim>& victims, Repay repay)
      : space_(space), shape_(shape), victims_(victims), repay_(repay), count_(space, shape) {
    for (std::size_t v = 0; v < victims.size(); ++v) {
      std::set<std::size_t> nodes;
      for (const Spot& spot : victims[v].spots) nodes.insert(space.find(spot.node));
      nodes.erase(space.size());
      for (const std::size_t node : nodes) standing_[node].push_back(v);
    }
    for (auto& [node, here] : standing_)
      std::ranges::sort(here, {}, [&](std::size_t v) { return std::pair(price(v), v); });
  }

  std::optional<Room> run() {
    const bool one_machine = shape_.tasks == 1 || shape_.nodes == 1;
    if (!count_.fits() && !(one_machine ? clear_one_machine() : clear_several()) && !clear_by_one())
      return std::nullopt;
    spare_the_needless();
    Room room;
    auto spots = place(space_, shape_);
    if (!spots) return std::nullopt;  // it was only counted to fit
    room.spots = std::move(*spots);
    for (const std::size_t v : gone_) {
      room.stops.push_back(victims_[v].job);
      room.price += price(v);
    }
    std::ranges::sort(room.stops);
    return room;
  }

 private:
  std::int64_t price(std::size_t v) const { return victims_[v].price; }

  /// One machine with room for all tasks: the cheapest.
  bool clear_one_machine() {
    std::optional<Option> best;
    for (const auto& [node, here] : standing_) {
      auto option = cheapest_on(node, shape_.tasks, best ? best->price : std::int64_t{-1});
      if (option && (!best || option->price < best->price)) best = std::move(option);
    }
    if (!best) return false;
    stop(best->stops);
    return count_.fits();
  }

  /// Machine by machine, always the one that gives most for its price.
  bool clear_several() {
    while (!count_.fits()) {
      std::optional<Option> best;
      std::int64_t best_gain = 0;
      for (const auto& [node, here] : standing_) {
        for (const int need : steps_on(node)) {
          auto option = cheapest_on(node, need, -1);
          if (!option || option->stops.empty()) break;  // not even with all of them gone: nor for more
          const std::int64_t gain = gain_of(*option);
          if (gain == 0) continue;
          __extension__ using Wide = __int128;
          if (!best || Wide{option->price} * best_gain < Wide{best->price} * gain) {
            best = std::move(option);
            best_gain = gain;
          }
        }
      }
      if (!best) return false;
      stop(best->stops);
    }
    return true;
  }

  /// Where those who were cheap for what they gave have used up what their project may bear: the cheapest
  /// that makes room all alone.
  bool clear_by_one() {
    bring_back(Chosen(gone_.begin(), gone_.end()));
    Chosen order;
    for (std::size_t v = 0; v < victims_.size(); ++v) {
      if (victims_[v].debt && can_repay({}, v)) order.push_back(v);
    }
    std::ranges::sort(order, {}, [&](std::size_t v) { return std::pair(price(v), v); });
    for (const std::size_t v : order) {
      stop({v});
      if (count_.fits()) return true;
      bring_back({v});
    }
    return false;
  }

  /// How many tasks it is worth making room for on this machine.
  std::vector<int> steps_on(std::size_t node) const {
    std::vector<int> steps;
    if (shape_.nodes > 0) {
      const int part = shape_.tasks / shape_.nodes;
      for (const int tasks : {part, part + (shape_.tasks % shape_.nodes > 0 ? 1 : 0)}) {
        if (count_.on(node) < tasks && (steps.empty() || steps.back() != tasks)) steps.push_back(tasks);
      }
      return steps;
    }
    const int missing = shape_.tasks - count_.tasks();
    for (int more = 1; more <= missing; ++more) steps.push_back(count_.on(node) + more);
    return steps;
  }

  /// What the gang gains, in tasks of which it has no place yet.
  std::int64_t gain_of(const Option& option) {
    const int before = count_.tasks();
    stop(option.stops);
    const int after = count_.tasks();
    bring_back(option.stops);
    return after - before;
  }

  /// The cheapest of those who stand on the machine that make room there for `need` tasks; nothing where that
  /// costs `below` or more (-1: whatever it costs).
  std::optional<Option> cheapest_on(std::size_t node, int need, std::int64_t below) const {
    std::vector<std::size_t> here;
    for (const std::size_t v : standing_.at(node)) {
      if (!gone_.contains(v)) here.push_back(v);
    }
    FreeNode all = space_.at(node);
    Shape room = shape_;
    room.tasks = need;  // so that they are counted as far
    for (const std::size_t v : here) give_back(all, v);
    if (tasks_that_fit(all, room) < need) return std::nullopt;
    Try tried{*this, here, room, space_.at(node), {}, {}, 0, below, most_tries};
    tried.go(0);
    if (!tried.best) return std::nullopt;
    return tried.best;
  }

  static constexpr int most_tries = 1 << 13;  // all of 12 victims; beyond it the best that was found so far

  /// Every subset, the cheap ones first, without those that are dearer than the best.
  struct Try {
    const Search& search;
    const std::vector<std::size_t>& here;
    const Shape& room;
    FreeNode node;
    Chosen taken;
    std::optional<Option> best;
    std::int64_t price = 0, below = -1;
    int tries = 0;

    void go(std::size_t k) {
      if (below >= 0 && price >= below) return;
      if (tasks_that_fit(node, room) >= room.tasks) {
        best = Option{taken, price};
        below = price;
        return;
      }
      if (k == here.size() || --tries < 0) return;
      if (search.can_repay(taken, here[k])) {
        const FreeNode before = node;
        search.give_back(node, here[k]);
        taken.push_back(here[k]);
        price += search.price(here[k]);
        go(k + 1);
        price -= search.price(here[k]);
        taken.pop_back();
        node = before;
      }
      go(k + 1);
    }
  };

  /// Could its project bear that this one goes, too?
  bool can_repay(const Chosen& taken, std::size_t v) const {
    if (!victims_[v].debt) return true;
    const Debt& debt = *victims_[v].debt;
    Share sum = debt.devices, largest = debt.devices;
    const auto add = [&](std::size_t other) {
      const auto& its = victims_[other].debt;
      if (!its || its->project != debt.project) return;
      sum += its->devices;
      largest = std::max(largest, its->devices);
    };
    for (const std::size_t other : taken) add(other);
    for (const std::size_t other : gone_) add(other);
    return repay_ == Repay::no_more_than_borrowed ? sum <= debt.borrowed : sum - largest < debt.borrowed;
  }

  void give_back(FreeNode& node, std::size_t v) const {
    for (const Spot& spot : victims_[v].spots) {
      if (spot.node == node.id) give(node, victims_[v].shape, spot.holdings);
    }
  }

  void stop(const Chosen& chosen) {
    for (const std::size_t v : chosen) {
      gone_.insert(v);
      for (const Spot& spot : victims_[v].spots) change(spot, [&] { space_.give(victims_[v].shape, spot); });
    }
  }
  void bring_back(const Chosen& chosen) {
    for (const std::size_t v : chosen) {
      gone_.erase(v);
      for (const Spot& spot : victims_[v].spots) change(spot, [&] { space_.take(victims_[v].shape, spot); });
    }
  }
  template <class Change>
  void change(const Spot& spot, Change with) {
    const std::size_t node = space_.find(spot.node);
    if (node == space_.size()) return;
    with();
    count_.recount(space_, node);
  }

  /// Of those who were chosen machine by machine some may have become needless; the dearest is asked first.
  void spare_the_needless() {
    Chosen stops(gone_.begin(), gone_.end());
    std::ranges::sort(stops, {}, [&](std::size_t v) { return std::pair(-price(v), v); });
    for (const std::size_t v : stops) {
      bring_back({v});
      if (!count_.fits()) stop({v});
    }
  }

  Space space_;
  const Shape& shape_;
  const std::vector<Victim>& victims_;
  Repay repay_;
  GangCount count_;
  std::map<std::size_t, std::vector<std::size_t>> standing_;  // by machine, the cheapest first
  std::set<std::size_t> gone_;
};

}  // namespace

std::optional<Room> cheapest_room(const Space& space, const Shape& shape, const std::vector<Victim>& victims,
                                  Repay repay) {
  return Search(space, shape, victims, repay).run();
}

}  // namespace busbar::sched
