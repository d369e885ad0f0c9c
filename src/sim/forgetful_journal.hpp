// SPDX-License-Identifier: Apache-2.0
// forgetful_journal.hpp: a journal for long simulations: it keeps no record, and of a job that is over only
// what the controller can ask for.
#pragma once
#include <functional>
#include <memory>

#include "store/journal.hpp"

namespace busbar::sim {

/// Of a job that is over, one byte for its state; its key and its array where it had them. So ten million
/// jobs are 10 MB. ended_job() and ended_by_key() give jobs of which id, state, array, key and spec are right
/// and no more, the spec only of arrays. What needs records or whole jobs is refused (Errc::unavailable).
std::unique_ptr<store::Journal> forgetful_journal();

/// What is known of a job that was over before; nothing where it never was.
using EndedBefore = std::function<Result<std::optional<model::Job>>(JobId)>;

/// The same, going on from a state that is given: its end is `from->seq`, the next epoch is above
/// `from->epoch`. The balances begin empty. Cost of taking the lead: a copy of the state.
std::unique_ptr<store::Journal> forgetful_journal(std::shared_ptr<const model::Cluster> from,
                                                  EndedBefore before);

}  // namespace busbar::sim
