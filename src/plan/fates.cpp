// SPDX-License-Identifier: Apache-2.0
#include "plan/fates.hpp"

#include <algorithm>
#include <vector>

namespace busbar::plan {
namespace {

Duration elapsed_of(const model::Job& job, Instant now) {
  Duration elapsed{0};
  for (const auto& [id, run] : model::live_attempts(job))
    if (run->state == model::Attempt::State::running) elapsed = std::max(elapsed, now - run->started);
  return elapsed;
}

Duration within(Duration length, Duration limit) {
  return limit > Duration{0} ? std::min(length, limit) : length;
}

}  // namespace

Fates::Fates(const model::Cluster& cluster, Instant now, const Tide& tide, std::uint64_t seed)
    : cluster_(cluster), tide_(tide), seed_(seed) {
  for (const auto& [id, job] : cluster.jobs)
    living_.emplace(id, drawn(id, model::kin_of(job), job.batch, elapsed_of(job, now), job.spec->time_limit));
}

Duration Fates::drawn(JobId job, const model::Kin& kin, std::int64_t batch, Duration elapsed,
                      Duration limit) const {
  Rng chance(Rng(seed_).next() ^ Rng(std::uint64_t(job.value)).next());
  auto spread = spreads_.find(kin);
  if (spread == spreads_.end()) spread = spreads_.emplace(kin, model::Spread(cluster_.history, kin)).first;
  if (spread->second.count() == 0 && limit > Duration{0}) return limit;  // nobody has ended yet
  // One of its own batch counts 2^reach, one of a batch beside it half of that, and so on; all its kin half
  // as much as one of its own batch.
  constexpr std::int64_t own_counts = std::int64_t{1} << model::batch_reach, kin_counts = own_counts / 2,
                         unit = 1024;
  struct Like {
    std::int64_t weight;
    Duration length;
  };
  std::vector<Like> like;
  std::int64_t total = 0;
  const auto consider = [&](std::int64_t weight, Duration length) {
    if (length <= elapsed) return;
    like.push_back({weight, length});
    total += weight;
  };
  if (const auto past = cluster_.history.find(kin); past != cluster_.history.end()) {
    const auto& batches = past->second.batches;
    auto at = batches.lower_bound(batch - model::batch_reach);
    for (; at != batches.end() && at->first <= batch + model::batch_reach; ++at) {
      const std::int64_t weight = unit * own_counts >> std::abs(at->first - batch);
      for (const int step : at->second.lengths) consider(weight, model::within_step(step, chance));
      for (const JobId other : at->second.jobs) {
        if (other >= job) break;
        if (const auto lives = living_.find(other); lives != living_.end()) consider(weight, lives->second);
      }
    }
  }
  // Where nobody is known to have run as long, the neighbours are all there is; where nobody has ended,
  // neither is.
  const std::int64_t goes_on = spread->second.count() == 0 ? unit : spread->second.beyond(elapsed) >> 20;
  const std::int64_t kins = std::max<std::int64_t>(kin_counts * goes_on, like.empty() ? 1 : 0);
  auto pick = std::int64_t(chance.below(std::uint64_t(total + kins)));
  if (pick < kins) return spread->second.draw(elapsed, chance);
  pick -= kins;
  for (const Like& each : like) {
    pick -= each.weight;
    if (pick < 0)
      return std::max(model::within_step(model::step_of(each.length), chance), elapsed + Duration{1});
  }
  return elapsed;  // not reached: the weights sum up to the total
}

Duration Fates::of(JobId job, const model::Principal& owner,
                   const std::shared_ptr<const model::JobSpec>& spec) const {
  if (const auto past = again_.find(job); past != again_.end()) {
    if (const auto ran = tide_.ran(past->second)) return within(*ran, spec->time_limit);
    if (const auto lives = living_.find(past->second); lives != living_.end())
      return within(lives->second, spec->time_limit);
  }
  if (const auto lives = living_.find(job); lives != living_.end())
    return within(lives->second, spec->time_limit);
  model::Job fresh;
  fresh.owner = owner;
  fresh.spec = spec;
  const model::Kin kin = model::kin_of(fresh);
  const auto past = cluster_.history.find(kin);
  const std::int64_t batch = past == cluster_.history.end() ? 0 : past->second.next;
  return within(drawn(job, kin, batch, Duration{0}, spec->time_limit), spec->time_limit);
}

}  // namespace busbar::plan
