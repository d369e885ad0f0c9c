// SPDX-License-Identifier: Apache-2.0
// quota.hpp: what projects are guaranteed, what they hold, and what of that is borrowed (docs/adr/0025). All
// amounts are thousandths of devices.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "base/id_table.hpp"
#include "model/job.hpp"

namespace busbar::model {

/// What an administrator promised a project.
struct Quota {
  Share guaranteed;            // it gets so much back whenever it has work for it
  std::optional<Share> limit;  // and never holds more than this; none: whatever is free
  bool operator==(const Quota&) const = default;
};
/// By project; whoever is not in it is guaranteed nothing and has no limit. Empty: there are no shares at
/// all.
using Quotas = std::map<std::string, Quota>;
Quota quota_of(const Quotas& quotas, const std::string& project);

/// What the living attempts of a project hold.
struct Held {
  Share all;
  Share firm;     // of jobs that may not be stopped
  Share leaving;  // of jobs that are on their way out
  bool operator==(const Held&) const = default;
};

/// Who holds what, kept event by event as long as there are quotas.
struct Shares {
  std::map<std::string, Held> held;  // by project; none of those that hold nothing
  /// Of all projects together, what firm jobs hold above the guarantee of their project: it is lent for good.
  Share beyond;
  bool operator==(const Shares&) const = default;

  Held of(const std::string& project) const;
};

/// What all tasks of the job hold while it runs.
Share devices_of(const JobSpec& spec);
/// What the living attempts of this one job hold. `stops`: jobs are stopped for others at all; else all of it
/// is firm.
Held held_by(const Job& job, bool stops);
/// A project's holdings change from what `before` was of them to what `after` is. Cost: O(log projects).
void change_held(Shares& shares, const Quotas& quotas, const std::string& project, const Held& before,
                 const Held& after);
/// From nothing: after the quotas changed, and to compare with.
Shares shares_of(const IdTable<JobId, Job>& jobs, const Quotas& quotas, bool stops);

}  // namespace busbar::model
