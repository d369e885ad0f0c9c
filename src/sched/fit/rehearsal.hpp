// SPDX-License-Identifier: Apache-2.0
// rehearsal.hpp: how much of a hole in a device will stay empty, learned by playing the work that arrives
// (docs/adr/0021).
#pragma once
#include <array>
#include <cstdint>
#include <map>

#include "model/workload.hpp"

namespace busbar::sched {

/// By free thousandths of a device: how many of them are expected never to be used, times 256.
using HoleLosses = std::array<std::int32_t, 1001>;

/// Thousandths of a device by how many tasks ask for so many; whole devices count one by one.
using Demands = std::map<int, std::int64_t>;
Demands demands_of(const std::map<model::Want, std::int64_t>& work);

/// Plays arrivals drawn from `by_size` into 4,000 empty devices (500 while fewer than 256 tasks are known)
/// until 1.05 times as much has arrived as there is, each where it makes least loss by the table so far; what
/// then lies empty in the end corrects the table. Thirty rounds, each with draws of its own; gives the table
/// under which most was in use over the last of the road. As if a whole device, a half and a quarter had come
/// once before. Integers only: the same on every machine. Cost: some tens of milliseconds; nothing where
/// nobody asks for shares.
HoleLosses rehearse(Demands by_size);

}  // namespace busbar::sched
