// SPDX-License-Identifier: Apache-2.0
#include "sched/queue.hpp"

#include <tuple>

namespace busbar::sched {

LaneKey Queue::lane_of(const model::Job& job) {
  const bool bounded = job.array.value != 0 && job.spec->array.at_once > 0;
  return {bounded ? job.array : JobId{}, bounded ? job.spec->array.at_once : 0, shape_of(*job.spec)};
}

Duration Queue::length_of(const LaneKey& lane) const {
  if (order_ != model::Rules::Order::shortest) return Duration{0};
  return lane.shape.time_limit > Duration{0} ? lane.shape.time_limit : Duration::max();
}

void Queue::remove(const model::Job& job) {
  const auto account = accounts_.find(model::account_of(job));
  if (account == accounts_.end()) return;
  const auto lane = account->second.lanes.find(lane_of(job));
  if (lane == account->second.lanes.end()) return;
  std::set<Place>& jobs = lane->second.jobs;
  const auto at = jobs.find(place_of(job));
  if (at == jobs.end()) return;
  const bool first = at == jobs.begin() && !lane->second.resting;
  if (first) account->second.heads.erase(head_of(lane->first, lane->second));
  jobs.erase(at);
  if (first && !jobs.empty()) account->second.heads.emplace(head_of(lane->first, lane->second), lane->first);
  if (jobs.empty()) account->second.lanes.erase(lane);
  if (account->second.lanes.empty()) accounts_.erase(account);
}

void Queue::rest(AccountQueue& account, const LaneKey& key, Lane& lane, bool resting) const {
  if (lane.resting == resting) return;
  lane.resting = resting;
  if (resting) {
    account.heads.erase(head_of(key, lane));
  } else {
    account.heads.emplace(head_of(key, lane), key);
  }
}

std::int64_t use_of(const model::Cluster& cluster, const model::Account& account, Instant now) {
  if (cluster.settings.rules.order != model::Rules::Order::fair) return 0;
  const auto use = cluster.use.find(account);
  return use == cluster.use.end() ? 0 : model::average_at(use->second, now, cluster.settings.half_life);
}

bool Walk::Entry::operator<(const Entry& other) const {
  return std::tuple(-std::int64_t{at->priority}, use, length, at->id) >
         std::tuple(-std::int64_t{other.at->priority}, other.use, other.length, other.at->id);
}

Walk::Walk(const Queue& queue, const model::Cluster& cluster, Instant now) {
  for (const auto& [name, account] : queue.accounts()) {
    if (!account.heads.empty()) enter(account, account.heads.begin(), use_of(cluster, name, now));
  }
}

void Walk::enter(const AccountQueue& account, std::map<Head, LaneKey>::const_iterator head,
                 std::int64_t use) {
  if (head == account.heads.end()) return;
  const auto lane = account.lanes.find(head->second);
  heap_.push(
      {use, head->first.length, lane->second.jobs.begin(), &lane->second, &lane->first, &account, head});
}

void Walk::next_in_lane() {
  Entry entry = heap_.top();
  heap_.pop();
  if (entry.head != entry.account->heads.end()) enter(*entry.account, std::next(entry.head), entry.use);
  if (++entry.at == entry.lane->jobs.end()) return;
  entry.head = entry.account->heads.end();
  heap_.push(entry);
}

void Walk::drop_lane() {
  const Entry entry = heap_.top();
  heap_.pop();
  if (entry.head != entry.account->heads.end()) enter(*entry.account, std::next(entry.head), entry.use);
}

}  // namespace busbar::sched
