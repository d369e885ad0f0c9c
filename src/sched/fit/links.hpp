// SPDX-License-Identifier: Apache-2.0
// links.hpp: which devices of a machine have a fast way to each other (model::Device::link), and how a task
// of several keeps within them. Machines of which no links are known are passed by at no cost.
#pragma once
#include <cstdint>
#include <vector>

#include "sched/fit/policy.hpp"

namespace busbar::sched {

/// `score`, where the task does not find all of its devices linked: below that of every place where it does,
/// and among its like as before. A job never waits for links: they only choose between places where it fits.
std::int64_t score_apart(std::int64_t score);

/// Is there a place for the task within one group of linked devices? True where nothing is to be linked.
bool is_linked(const Look& node, const Ask& ask);

/// So many of the free whole devices that suit the task, as positions in `node.devices`, those side by side
/// that are linked: of the group that is then left with least; where none holds all, of as few groups as can
/// be. Devices without a link are each for themselves, and taken first where only one is asked for. Fewer
/// where there are fewer.
std::vector<std::size_t> linked_devices(const FreeNode& node, const Shape& task, std::size_t count);

}  // namespace busbar::sched
