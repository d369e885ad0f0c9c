// SPDX-License-Identifier: Apache-2.0
#include "plan/traffic.hpp"

#include <algorithm>

namespace busbar::plan {
namespace {

/// Fewer say nothing of a rate.
constexpr std::size_t fewest = 8;
constexpr Duration shortest = std::chrono::hours(1);

bool came_to_its_end(const model::Job& job) {
  return job.state != model::JobState::node_fail && job.state != model::JobState::preempted &&
         job.state != model::JobState::boot_fail && job.started != Instant{} && !job.tasks.empty() &&
         !job.tasks.front().attempts.empty();
}

}  // namespace

void Traffic::learn(const model::Job& ended) {
  if (ended.started == Instant{}) return;  // taken back while it waited
  Over over{ended.id, ended.array, ended.submitted, ended.ended, ended.owner, ended.spec, std::nullopt};
  if (came_to_its_end(ended)) over.ran = ended.tasks.front().attempts.back().ending.ran;
  kept_.push_back(std::move(over));
  if (kept_.size() <= most_kept) return;
  since_ = std::max(since_, kept_.front().ended);
  kept_.pop_front();
}

Tide::Tide(const model::Cluster& cluster, Instant now, const Traffic& traffic) : from_(now), now_(now) {
  std::map<JobId, Submission> by_id;
  const auto take = [&](JobId id, JobId array, Instant submitted, const model::Principal& by,
                        const std::shared_ptr<const model::JobSpec>& spec) {
    if (submitted <= traffic.since()) return;
    const JobId first = array == JobId{} ? id : array;
    by_id.try_emplace(first, Submission{submitted, first, by, spec});
  };
  for (const Traffic::Over& over : traffic.kept()) {
    take(over.id, over.array, over.submitted, over.by, over.spec);
    if (over.ran) ran_.emplace(over.id, *over.ran);
  }
  for (const auto& [id, job] : cluster.jobs) take(id, job.array, job.submitted, job.owner, job.spec);
  for (auto& [id, submission] : by_id) {
    if (!submission.spec->after.empty()) {
      auto alone = std::make_shared<model::JobSpec>(*submission.spec);
      alone->after.clear();
      submission.spec = std::move(alone);
    }
    all_.push_back(std::move(submission));
  }
  std::ranges::sort(all_, {}, [](const Submission& one) { return std::pair(one.at, one.first); });
  if (all_.size() < fewest) {
    all_.clear();
    return;
  }
  // Of a record shorter than that nobody knows how often it would come: before it there was nothing.
  from_ = std::min(all_.front().at, now - shortest);
}

std::optional<Duration> Tide::ran(JobId past) const {
  const auto found = ran_.find(past);
  return found == ran_.end() ? std::nullopt : std::optional(found->second);
}

Tide::Future::Future(const Tide& tide, std::uint64_t seed) : tide_(tide), chance_(seed) {
  if (tide.all_.empty()) return;
  const std::size_t from = std::size_t(chance_.below(tide.all_.size() - 1));
  next_ = from + 1;
  ahead_ = tide.now_ - tide.all_[from].at;
}

std::optional<Tide::Comer> Tide::Future::next() {
  if (tide_.all_.empty()) return std::nullopt;
  while (next_ == tide_.all_.size()) {
    const Instant seam = tide_.now_ + ahead_;
    const Instant anywhere =
        tide_.from_ +
        Duration{std::int64_t(chance_.below(std::uint64_t((tide_.now_ - tide_.from_).count() + 1)))};
    next_ =
        std::size_t(std::ranges::upper_bound(tide_.all_, anywhere, {}, &Submission::at) - tide_.all_.begin());
    ahead_ = seam - anywhere;
  }
  const Submission& again = tide_.all_[next_++];
  return Comer{again.at + ahead_, &again};
}

}  // namespace busbar::plan
