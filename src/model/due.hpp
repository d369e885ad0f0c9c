// SPDX-License-Identifier: Apache-2.0
// due.hpp: what the clock alone brings to a job.
#pragma once
#include <optional>

#include "model/event.hpp"

namespace busbar::model {

struct Due {
  Instant at;
  TimeCame::What what = TimeCame::What::begin;
};
/// What comes next; nothing where nothing is to come, or where the job is being brought to its end already. A
/// job that comes back from that has then its moments again, be they past.
std::optional<Due> due_of(const Job& job);

}  // namespace busbar::model
