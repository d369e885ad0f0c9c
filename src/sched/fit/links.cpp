// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/links.hpp"

#include <algorithm>
#include <limits>

#include "sched/fit.hpp"

namespace busbar::sched {
namespace {

using Group = std::vector<std::size_t>;

/// Rising within each, and by the first of each.
std::vector<Group> free_groups(const FreeNode& node, const Shape& task) {
  std::vector<Group> groups;
  for (std::size_t d = 0; d < node.devices.size(); ++d) {
    if (!suits(node.devices[d], task) || !node.devices[d].is_whole()) continue;
    const int link = node.devices[d].link;
    const auto same = std::ranges::find_if(
        groups, [&](const Group& group) { return link != 0 && node.devices[group.front()].link == link; });
    same == groups.end() ? groups.push_back({d}) : same->push_back(d);
  }
  return groups;
}

}  // namespace

std::int64_t score_apart(std::int64_t score) {
  return score / 4 + std::numeric_limits<std::int64_t>::min() / 2;
}

bool is_linked(const Look& node, const Ask& ask) {
  if (!node.kind->has_links || ask.whole < 2) return true;
  const auto& devices = node.kind->devices;
  for (std::size_t first = 0; first < devices.size(); ++first) {
    int free = 0;
    for (std::size_t d = first; d < devices.size(); ++d) {
      const bool same = d == first || (devices[d].link != 0 && devices[d].link == devices[first].link);
      free += same && node.suits[d] && node.milli[d] == whole_device.count;
    }
    if (free >= ask.whole) return true;
  }
  return false;
}

std::vector<std::size_t> linked_devices(const FreeNode& node, const Shape& task, std::size_t count) {
  std::vector<Group> groups = free_groups(node, task);
  std::vector<std::size_t> taken;
  while (taken.size() < count && !groups.empty()) {
    const std::size_t left = count - taken.size();
    // The smallest that holds what is left, else the largest.
    const auto better = [left](const Group& a, const Group& b) {
      if ((a.size() >= left) != (b.size() >= left)) return a.size() >= left;
      return a.size() >= left ? a.size() < b.size() : a.size() > b.size();
    };
    const auto best = std::ranges::min_element(groups, better);
    taken.insert(taken.end(), best->begin(),
                 best->begin() + static_cast<std::ptrdiff_t>(std::min(left, best->size())));
    groups.erase(best);
  }
  return taken;
}

}  // namespace busbar::sched
