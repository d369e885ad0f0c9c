// SPDX-License-Identifier: Apache-2.0
#include "sched/timeline.hpp"

#include <algorithm>

#include "sched/fit.hpp"
#include "sched/index.hpp"

namespace busbar::sched {

Timeline::Timeline(const std::vector<FreeNode>& nodes, const Space& free, Instant now)
    : nodes_(nodes), moments_{Moment{false, now, 0}} {
  for (std::size_t i = 0; i < free.size(); ++i) steps_.push_back({{Moment{false, now, 0}, free.at(i)}});
}

void Timeline::leaves(const Moment& when, const Shape& shape, const Spot& spot) {
  const auto found = std::ranges::lower_bound(nodes_, spot.node, {}, &FreeNode::id);
  if (found == nodes_.end() || found->id != spot.node) return;
  Steps& steps = steps_[static_cast<std::size_t>(found - nodes_.begin())];
  if (steps.back().from != when) steps.push_back({when, steps.back().free});
  give(steps.back().free, shape, spot.holdings);
  moments_.insert(when);
}

/// What is free on the node all the time from `start` to `end`.
FreeNode Timeline::window(const Steps& steps, const Moment& start, const std::optional<Moment>& end) const {
  auto step = std::ranges::upper_bound(steps, start, {}, &Step::from) - 1;
  FreeNode least = step->free;
  while (++step != steps.end() && (!end || step->from < *end)) least = least_of(least, step->free);
  return least;
}

std::optional<Booking> Timeline::book(const Shape& shape,
                                      const std::vector<const model::Reservation*>& closed) {
  for (const model::Reservation* one : closed) moments_.insert(Moment{false, one->until, 0});
  Space space(nodes_);
  std::optional<GangCount> count;
  for (const Moment& start : moments_) {
    std::optional<Moment> end;
    if (!start.unknown) {
      if (const auto at = end_of(shape, start.at)) end = Moment{false, *at, 0};
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      FreeNode least = window(steps_[i], start, end);
      least.up = least.up && std::ranges::none_of(closed, [&](const model::Reservation* one) {
                   const auto gone = end ? std::optional(end->at) : std::nullopt;
                   return !start.unknown && one->has(nodes_[i].id) && one->meets(start.at, gone);
                 });
      if (least == space.at(i)) continue;
      space.set(i, std::move(least));
      if (count) count->recount(space, i);
    }
    if (!count) count.emplace(space, shape);
    if (!count->fits()) continue;
    Booking made{start, *place(space, shape)};
    for (const Spot& spot : made.spots) keep(shape, spot, made.start, end);
    if (end) moments_.insert(*end);
    return made;
  }
  return std::nullopt;
}

/// The step that begins at `at`, made where there is none.
std::size_t Timeline::split(Steps& steps, const Moment& at) {
  auto step = std::ranges::upper_bound(steps, at, {}, &Step::from) - 1;
  if (step->from != at) step = steps.insert(step + 1, Step{at, step->free});
  return static_cast<std::size_t>(step - steps.begin());
}

void Timeline::keep(const Shape& shape, const Spot& spot, const Moment& start,
                    const std::optional<Moment>& end) {
  const auto found = std::ranges::lower_bound(nodes_, spot.node, {}, &FreeNode::id);
  Steps& steps = steps_[static_cast<std::size_t>(found - nodes_.begin())];
  const std::size_t first = split(steps, start);
  const std::size_t last = end ? split(steps, *end) : steps.size();
  for (std::size_t i = first; i < last; ++i) take(steps[i].free, shape, spot.holdings);
  if (!start.unknown) return;
  for (std::size_t i = 0; i < first; ++i) steps[i].free = least_of(steps[i].free, steps[first].free);
}

}  // namespace busbar::sched
