// SPDX-License-Identifier: Apache-2.0
#include "model/quota.hpp"

#include <algorithm>

namespace busbar::model {
namespace {

Share above(Share held, Share guaranteed) { return std::max(held - guaranteed, Share{0}); }

}  // namespace

Quota quota_of(const Quotas& quotas, const std::string& project) {
  const auto quota = quotas.find(project);
  return quota == quotas.end() ? Quota{} : quota->second;
}

Held Shares::of(const std::string& project) const {
  const auto holds = held.find(project);
  return holds == held.end() ? Held{} : holds->second;
}

Share devices_of(const JobSpec& spec) { return spec.each.gpus * std::max(spec.tasks, 1); }

Held held_by(const Job& job, bool stops) {
  std::int64_t living = 0;
  for (const Task& task : job.tasks)
    living += !task.attempts.empty() && task.attempts.back().state != Attempt::State::ended;
  const Share all = job.spec->each.gpus * living;
  return {all, stops && job.spec->preemptible ? Share{0} : all, job.stopping ? all : Share{0}};
}

void change_held(Shares& shares, const Quotas& quotas, const std::string& project, const Held& before,
                 const Held& after) {
  if (before == after) return;
  const Share guaranteed = quota_of(quotas, project).guaranteed;
  const auto at = shares.held.try_emplace(project).first;
  Held& held = at->second;
  shares.beyond = shares.beyond - above(held.firm, guaranteed);
  held = {held.all + after.all - before.all, held.firm + after.firm - before.firm,
          held.leaving + after.leaving - before.leaving};
  shares.beyond = shares.beyond + above(held.firm, guaranteed);
  if (held == Held{}) shares.held.erase(at);
}

Shares shares_of(const IdTable<JobId, Job>& jobs, const Quotas& quotas, bool stops) {
  Shares shares;
  for (const auto& [id, job] : jobs) change_held(shares, quotas, job.spec->project, {}, held_by(job, stops));
  return shares;
}

}  // namespace busbar::model
