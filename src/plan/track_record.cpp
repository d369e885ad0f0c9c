// SPDX-License-Identifier: Apache-2.0
#include "plan/track_record.hpp"

#include <algorithm>

namespace busbar::plan {
namespace {

constexpr std::size_t trusted = 8;
constexpr std::int64_t whole = 1024, most = std::int64_t{1} << 20;
constexpr Duration a_minute = std::chrono::minutes(1), longest = std::chrono::hours(24 * 366);

/// A wait that nothing is known of was right.
std::int64_t ratio(Duration wait, std::optional<Instant> told, Instant at) {
  if (!told) return whole;
  const Duration long_told = std::clamp(*told - at, Duration{0}, longest) + a_minute;
  return std::min((std::clamp(wait, Duration{0}, longest) + a_minute).count() * whole / long_told.count(),
                  most);
}

std::optional<Instant> stretched(std::optional<Instant> told, Instant at, std::int64_t by) {
  if (!told) return told;
  const Duration wait = std::clamp(*told - at, Duration{0}, longest);
  const Duration right = std::min(Duration{(wait + a_minute).count() * by / whole} - a_minute, longest);
  return at + std::max(right, Duration{0});
}

}  // namespace

bool holds(const Interval& interval, Instant start) {
  return interval.from && start >= *interval.from && (!interval.to || start <= *interval.to);
}

void TrackRecord::asked(JobId job, Instant at, const Interval& played, const Interval& told) {
  open_.insert_or_assign(job, Asked{at, played, told});
  if (open_.size() > most_open) open_.erase(open_.begin());
}

void TrackRecord::started(JobId job, Instant at) {
  const auto found = open_.find(job);
  if (found == open_.end()) return;
  const Asked asked = found->second;
  open_.erase(found);
  if (at < asked.at) return;  // an earlier run: it never started again
  const Duration wait = at - asked.at;
  kept_.push_back({ratio(wait, asked.played.from, asked.at), ratio(wait, asked.played.to, asked.at),
                   holds(asked.told, at)});
  if (kept_.size() > most_kept) kept_.pop_front();
}

std::vector<JobId> TrackRecord::open() const {
  std::vector<JobId> jobs;
  for (const auto& [job, asked] : open_) jobs.push_back(job);
  return jobs;
}

Interval TrackRecord::corrected(const Interval& played, Instant at) const {
  std::vector<std::int64_t> from(trusted, whole), to(trusted, whole);
  for (const Judged& judged : kept_) {
    from.push_back(judged.from);
    to.push_back(judged.to);
  }
  const std::size_t tenth = std::max<std::size_t>((from.size() + 1) / 10, 1);
  std::ranges::nth_element(from, from.begin() + std::ptrdiff_t(tenth - 1));
  std::ranges::nth_element(to, to.end() - std::ptrdiff_t(tenth));
  Interval told{stretched(played.from, at, from[tenth - 1]), stretched(played.to, at, to[to.size() - tenth])};
  if (told.from && told.to) told.to = std::max(*told.from, *told.to);
  return told;
}

std::int64_t TrackRecord::held() const { return std::ranges::count(kept_, true, &Judged::held); }

}  // namespace busbar::plan
