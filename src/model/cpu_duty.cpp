// SPDX-License-Identifier: Apache-2.0
#include "model/cpu_duty.hpp"

#include <algorithm>

#include "model/share.hpp"

namespace busbar::model {
namespace {

constexpr std::int64_t tolerance = 20;  // a twentieth of what was asked for

template <class Value>
void push(std::deque<Value>& ring, Value value) {
  ring.push_back(value);
  if (std::ssize(ring) > CpuDuty::window) ring.pop_front();
}

}  // namespace

Cpus wanted_by(const CpuSample& task) {
  return task.used ? std::min(task.asked, *task.used + task.waited) : task.asked;
}

bool went_short(const CpuSample& task) {
  return !task.lent && task.used && (wanted_by(task) - *task.used) * tolerance > task.asked;
}

void CpuDuty::sample(Cpus others, const std::vector<CpuSample>& tasks) {
  std::map<AttemptId, Record> owners;
  for (const CpuSample& task : tasks) {
    if (task.lent) continue;
    const auto known = owners_.find(task.attempt);
    Record& record = owners[task.attempt];
    if (known != owners_.end()) record = std::move(known->second);
    record.asked = task.asked;
    push(record.wanted, wanted_by(task).count);
  }
  owners_ = std::move(owners);
  push(others_, others.count);
  const bool any_short = std::ranges::any_of(tasks, went_short);
  push(short_, any_short);
  ++all_samples_;
  all_violated_ += any_short;
}

void CpuDuty::forget(const AttemptId& attempt) { owners_.erase(attempt); }

Cpus CpuDuty::learned(std::int64_t budget_milli) const {
  std::vector<std::int64_t> wanted(others_.begin(), others_.end());
  Cpus held;
  for (const auto& [attempt, record] : owners_) {
    held += record.asked;
    const std::size_t unknown = wanted.size() - record.wanted.size();
    for (std::size_t k = 0; k < wanted.size(); ++k)
      wanted[k] += k < unknown ? record.asked.count : record.wanted[k - unknown];
  }
  return Cpus{room_beside(std::move(wanted), held.count, budget_milli)};
}

std::int64_t CpuDuty::violated() const { return std::ranges::count(short_, true); }

std::optional<IdleChanged> CpuDuty::news(const Node& node, std::int64_t budget_milli) {
  if (samples() < window) return std::nullopt;
  const std::int64_t step = std::max<std::int64_t>(node.facts.cpus.count / 64, 100);
  const auto rounded = [&](Cpus cpus) { return Cpus{cpus.count / step * step}; };
  const std::int64_t milli = violated() * 1000 / window;
  const Idle& now = node.idle;
  const bool over = milli > budget_milli || (now.over && milli * 2 > budget_milli);
  const bool rested = all_samples_ - changed_at_ >= patience;
  Cpus most = rounded(std::min(learned(budget_milli), node.cpus_held));
  if (over) {
    most = std::min(most, !now.over || rested ? rounded(Cpus{now.most.count / 2}) : now.most);
  } else if (!rested) {
    most = std::min(most, now.most);
  }
  if (most == now.most && over == now.over) return std::nullopt;
  changed_at_ = all_samples_;
  return IdleChanged{node.facts.id, most, over, milli};
}

}  // namespace busbar::model
