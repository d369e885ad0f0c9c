// SPDX-License-Identifier: Apache-2.0
// preemption.hpp: what it costs a running job to be stopped and started again, and how long it is left alone
// (docs/adr/0018).
#pragma once
#include "model/event.hpp"

namespace busbar::model {

/// Does it wait because a machine on which it ran was lost?
bool lost_its_machine(const Job& job);

/// Did it say that it saves when it is told to, and has it never been killed before it had?
bool saves_when_told(const Job& job);

/// Of its running time, what would have to be done again if it were stopped at `at`: nothing where it saves
/// when told to, at most the time between two saves where it saves by itself, else all since it started. Of a
/// gang, since the last of its tasks started. Zero while it does not run.
Duration at_risk(const Job& job, Instant at);

/// How long it may take to go once it is told: the time ahead of the SIGTERM, where it asked for a signal,
/// and the grace.
Duration notice_of(const JobSpec& spec);

/// Until when its present run is left alone; nothing while it does not run, is being stopped, or may not be
/// preempted at all. A run that was stopped without having saved doubles the time of the next, so a job that
/// needs `t` without a break is stopped at most log2(t / min_run) + 1 times. Not so where a project wants
/// back what it lent: a borrower is left alone for min_run, however often it was stopped. For a job that lost
/// its machine it goes at once.
std::optional<Instant> left_alone_until(const Job& job, const PreemptionRules& rules, Preemption::Why why);

/// "makes room for job 12, which goes first": for the job itself (BUSBAR_STOP_REASON) and its owner.
std::string in_words(const Preempt& preempt);

}  // namespace busbar::model
