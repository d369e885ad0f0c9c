// SPDX-License-Identifier: Apache-2.0
// fates.hpp: how long each job runs in one future.
#pragma once
#include <map>

#include "model/cluster.hpp"
#include "plan/traffic.hpp"

namespace busbar::plan {

/// Those that live are drawn in order of submission. Each takes after one that was submitted beside it, as
/// long as that ran, or runs in this future; or after its kin. So neighbours are alike in one future and
/// differ from future to future, as they do in the world. What it has run for already it runs at least.
class Fates {
 public:
  /// Cost: O(living jobs).
  Fates(const model::Cluster& cluster, Instant now, const Tide& tide, std::uint64_t seed);

  /// Of a job that lived, or of one that came in this future. Never beyond its limit, which is what it runs
  /// where no job has ended yet. The same whoever asks first.
  Duration of(JobId job, const model::Principal& owner,
              const std::shared_ptr<const model::JobSpec>& spec) const;
  /// A job that came in this future is one that came before, again.
  void again(JobId job, JobId past) { again_[job] = past; }

 private:
  Duration drawn(JobId job, const model::Kin& kin, std::int64_t batch, Duration elapsed,
                 Duration limit) const;

  const model::Cluster& cluster_;
  const Tide& tide_;
  std::uint64_t seed_;
  std::map<JobId, Duration> living_;
  std::map<JobId, JobId> again_;
  mutable std::map<model::Kin, model::Spread, model::KinOrder> spreads_;
};

}  // namespace busbar::plan
