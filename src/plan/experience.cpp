// SPDX-License-Identifier: Apache-2.0
#include "plan/experience.hpp"

#include <algorithm>

namespace busbar::plan {
namespace {

constexpr std::uint64_t wider = 2;
constexpr Duration unknown = std::chrono::hours(1), longest = std::chrono::hours(24 * 366);

std::int64_t gpus_of(const model::JobSpec& spec) { return spec.each.gpus.count * spec.tasks; }

bool came_to_its_end(const model::Job& job) {
  return job.state != model::JobState::node_fail && job.state != model::JobState::preempted &&
         job.state != model::JobState::boot_fail && job.started != Instant{} && !job.tasks.empty() &&
         !job.tasks.front().attempts.empty();
}

/// Where nobody knows: t such that a fraction of 1 / (1 + t / h) goes on for longer (Lomax, exponent 1).
Duration guess(Duration elapsed, Rng& chance) {
  constexpr std::uint64_t parts = std::uint64_t{1} << 16;
  const auto survives = std::int64_t(1 + chance.below(parts));
  const std::int64_t head = (unknown + std::min(elapsed, longest)).count();
  return std::min(Duration{head * std::int64_t(parts) / survives} - unknown, longest + elapsed);
}

}  // namespace

std::vector<Experience::Kin> Experience::circles_of(const model::Principal& owner,
                                                    const model::JobSpec& spec) {
  const model::Account account{owner.tenant, spec.project, owner.user};
  std::string name = spec.name;
  std::erase_if(name, [](char letter) { return letter >= '0' && letter <= '9'; });
  std::vector<Kin> circles;
  if (!name.empty()) circles.push_back({account, std::move(name), gpus_of(spec)});
  circles.push_back({account, "", gpus_of(spec)});
  circles.push_back({{}, "", gpus_of(spec)});
  circles.push_back({});
  return circles;
}

void Experience::learn(const model::Job& ended) {
  if (!came_to_its_end(ended)) return;
  const Duration ran = ended.tasks.front().attempts.back().ending.ran;
  ++count_;
  for (const Kin& kin : circles_of(ended.owner, *ended.spec)) {
    Lengths& lengths = lengths_[kin];
    if (lengths.kept.size() < most_kept) {
      lengths.kept.push_back(ran);
    } else {
      lengths.kept[lengths.oldest] = ran;
      lengths.oldest = (lengths.oldest + 1) % most_kept;
    }
  }
}

Duration Experience::draw(const model::Principal& owner, const model::JobSpec& spec, Duration elapsed,
                          Rng& chance) const {
  const Duration limit = spec.time_limit;
  const auto within = [limit](Duration length) {
    return limit > Duration{0} ? std::min(length, limit) : length;
  };
  for (const Kin& kin : circles_of(owner, spec)) {
    const auto found = lengths_.find(kin);
    if (found == lengths_.end()) continue;
    const std::vector<Duration>& kept = found->second.kept;
    const auto longer = std::uint64_t(std::ranges::count_if(kept, [&](Duration d) { return d > elapsed; }));
    std::uint64_t pick = chance.below(longer + wider);
    if (pick >= longer) continue;
    for (const Duration length : kept)
      if (length > elapsed && pick-- == 0) return within(length);
  }
  return limit > Duration{0} ? limit : guess(elapsed, chance);
}

}  // namespace busbar::plan
