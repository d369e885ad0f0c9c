// SPDX-License-Identifier: Apache-2.0
#include "sched/machines.hpp"

#include <algorithm>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

constexpr std::size_t most_known = 4'096;  // shapes; then it begins anew

/// Of a single task the first machine that would do is enough.
bool fits_on(const std::vector<FreeNode>& nodes, const Shape& shape) {
  if (shape.tasks > 1) return GangCount(Space(nodes), shape).fits();
  return std::ranges::any_of(nodes, [&](const FreeNode& node) { return tasks_that_fit(node, shape) > 0; });
}

}  // namespace

std::size_t Machines::place_of(NodeId node) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(nodes_, node, {}, &FreeNode::id) - nodes_.begin());
}

bool Machines::knows(NodeId node) const {
  const std::size_t i = place_of(node);
  return i < nodes_.size() && nodes_[i].id == node;
}

bool Machines::set(FreeNode node) {
  const std::size_t i = place_of(node.id);
  if (!knows(node.id)) {
    nodes_.insert(nodes_.begin() + static_cast<std::ptrdiff_t>(i), std::move(node));
  } else if (nodes_[i] != node) {
    nodes_[i] = std::move(node);
  } else {
    return false;
  }
  known_.clear();
  return true;
}

std::vector<FreeNode> Machines::all_up() const {
  std::vector<FreeNode> nodes = nodes_;
  for (FreeNode& node : nodes) node.up = true;
  return nodes;
}

const Machines::Answers& Machines::ask(const Shape& shape) const {
  if (known_.size() >= most_known) known_.clear();
  const auto [known, fresh] = known_.try_emplace(resources_of(shape));
  if (!fresh) return known->second;
  Answers& answers = known->second;
  answers.fits = answers.could_fit = fits_on(nodes_, shape);
  if (!answers.fits && std::ranges::any_of(nodes_, [](const FreeNode& node) { return !node.up; })) {
    answers.could_fit = fits_on(all_up(), shape);
  }
  return answers;
}

bool Machines::fits(const Shape& shape) const { return ask(shape).fits; }
bool Machines::could_fit(const Shape& shape) const { return ask(shape).could_fit; }

}  // namespace busbar::sched
