// SPDX-License-Identifier: Apache-2.0
// use.hpp: how much of the machines an account has used lately, as fair share counts it (docs/adr/0009).
// Integers only.
#pragma once
#include <compare>
#include <string>

#include "model/job.hpp"

namespace busbar::model {

/// Who is charged by fair share: one user's work in one project.
struct Account {
  std::string tenant, project, user;
  bool operator==(const Account&) const = default;
  /// By user first, which tells two accounts apart soonest.
  std::strong_ordering operator<=>(const Account& other) const {
    if (const auto by_user = user <=> other.user; by_user != 0) return by_user;
    if (const auto by_project = project <=> other.project; by_project != 0) return by_project;
    return tenant <=> other.tenant;
  }
};
Account account_of(const Job& job);

/// What one running task of this job weighs, in thousandths of a CPU: one device counts as eight CPUs.
std::int64_t weight_of(const JobSpec& spec);
constexpr std::int64_t cpus_per_device = 8;

/// Use with exponential decay, held as the average that was held: an account that holds 2 CPUs for ever has
/// an average that nears 2 CPUs, and one that stops has half of it after one half-life. Between changes
/// nothing is written.
struct Use {
  std::int64_t average = 0;  // thousandths of a CPU, times use_scale, as of `as_of`
  std::int64_t rate = 0;     // thousandths of a CPU held since then
  Instant as_of;
  bool operator==(const Use&) const = default;
};
constexpr std::int64_t use_scale = std::int64_t{1} << 28;
/// The largest rate that does not overflow: 2 million devices held by one account.
constexpr std::int64_t most_rate = std::int64_t{1} << 34;

/// The average at `now` (not before `as_of`), times use_scale. A half-life of zero forgets at once: the rate
/// alone counts. Error: below one unit for each time it is settled, and 2^-55 of the value.
std::int64_t average_at(const Use& use, Instant now, Duration half_life);

/// Settles to `at`, then holds `by` more (or less) from there on.
void change_rate(Use& use, std::int64_t by, Instant at, Duration half_life);

/// 2^-(passed / half_life), times 2^62, for `passed` >= 0 and `half_life` > 0.
std::int64_t decay_of(Duration passed, Duration half_life);

}  // namespace busbar::model
