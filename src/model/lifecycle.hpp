// SPDX-License-Identifier: Apache-2.0
// lifecycle.hpp: what the end of an attempt means for its job, and the end of a job for those that wait for
// it. Used by apply.cpp alone.
#pragma once
#include "model/cluster.hpp"

namespace busbar::model {

/// Marks the attempt ended and, when it was the job's last living one, ends or requeues the job.
void end_attempt(Cluster& cluster, const Finished& event, Instant at, Changes& changes);

/// Takes the job out of the state, into Changes::ended, with all that can now never start because of it.
void end_job(Cluster& cluster, JobId id, JobState state, std::string reason, Instant at, Changes& changes);

/// The job runs: who waited for its start alone may go.
void fulfil_started(Cluster& cluster, JobId id, Instant at, Changes& changes);

}  // namespace busbar::model
