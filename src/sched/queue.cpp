// SPDX-License-Identifier: Apache-2.0
#include "sched/queue.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

namespace busbar::sched {
namespace {

/// Of what a job has waited, one part in so many counts against what it is expected to run.
constexpr std::int64_t waiting_counts = 4;

}  // namespace

LaneKey Queue::lane_of(const model::Job& job) const {
  const bool bounded = job.array.value != 0 && job.spec->array.at_once > 0;
  Duration length{0};
  if (order_ == model::Rules::Order::fair) length = job.expected;
  if (order_ == model::Rules::Order::shortest)
    length = job.spec->time_limit > Duration{0} ? job.spec->time_limit : Duration::max();
  return {bounded ? job.array : JobId{}, bounded ? job.spec->array.at_once : 0, length, shape_of(*job.spec)};
}

void Queue::remove(const model::Job& job) {
  const auto standing = standing_.find(job.id);
  if (standing == standing_.end()) return;
  LaneKey key = lane_of(job);
  key.length = standing->second.length;
  const Place place{job.spec->priority, job.id, standing->second.since};
  standing_.erase(standing);

  const auto account = accounts_.find(model::account_of(job));
  const auto lane = account->second.lanes.find(key);
  std::set<Place>& jobs = lane->second.jobs;
  const auto at = jobs.find(place);
  const bool first = at == jobs.begin() && !lane->second.resting;
  if (first) account->second.heads.erase(head_of(lane->first, lane->second));
  jobs.erase(at);
  if (first && !jobs.empty()) account->second.heads.emplace(head_of(lane->first, lane->second), lane->first);
  if (jobs.empty()) account->second.lanes.erase(lane);
  if (account->second.lanes.empty()) accounts_.erase(account);
}

void Queue::rest(AccountQueue& account, const LaneKey& key, Lane& lane, bool resting) {
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

std::int64_t turn_of(Duration length, Duration waited) {
  __extension__ using Wide = __int128;
  const Wide expected = std::max<std::int64_t>(length.count(), 1);
  const Wide patience = expected + std::max<std::int64_t>(waited.count(), 0) / waiting_counts;
  return static_cast<std::int64_t>(expected * expected / patience);
}

bool Walk::Entry::operator<(const Entry& other) const {
  return std::tuple(-std::int64_t{priority}, use, turn, id) >
         std::tuple(-std::int64_t{other.priority}, other.use, other.turn, other.id);
}

Walk::Walk(const Queue& queue, const model::Cluster& cluster, Instant now)
    : order_(queue.order()), now_(now) {
  const auto waits = [](const auto& entry) { return !entry.second.heads.empty(); };
  const auto waiting = std::ranges::count_if(queue.accounts(), waits);
  std::vector<Entry> room;
  room.reserve(static_cast<std::size_t>(waiting) * 2);
  heap_ = std::priority_queue<Entry>(std::less<Entry>(), std::move(room));
  for (const auto& [name, account] : queue.accounts()) {
    if (account.heads.empty()) continue;
    const auto first = account.heads.begin();
    // Where one account waits alone, what it used compares with nothing.
    const std::int64_t use = waiting == 1 ? 0 : use_of(cluster, name, now);
    heap_.push({first->first.first.priority, use, -1, {}, &account, first});
  }
  settle();
}

std::int64_t Walk::turn(const LaneKey& lane, const Place& place) const {
  return order_ == model::Rules::Order::fair ? turn_of(lane.length, now_ - place.since) : lane.length.count();
}

/// Until the front is a job.
void Walk::settle() {
  while (!heap_.empty() && !heap_.top().key) {
    const Entry closed = heap_.top();
    heap_.pop();
    open(closed);
  }
}

/// The first job of each length goes into the walk, and what has a lower priority waits for its turn.
void Walk::open(const Entry& closed) {
  const auto& heads = closed.account->heads;
  auto head = closed.head;
  while (head != heads.end() && head->first.first.priority == closed.priority) {
    enter(*closed.account, head, closed.use);
    Head last = head->first;
    last.first.id = JobId{std::numeric_limits<std::int64_t>::max()};
    head = heads.upper_bound(last);
  }
  if (head != heads.end()) heap_.push({head->first.first.priority, closed.use, -1, {}, closed.account, head});
}

void Walk::enter(const AccountQueue& account, HeadAt head, std::int64_t use) {
  const auto lane = account.lanes.find(head->second);
  const auto first = lane->second.jobs.begin();
  heap_.push({first->priority, use, turn(lane->first, *first), first->id, &account, head, &lane->first,
              &lane->second, first});
}

/// Is there another lane of this priority and length?
bool Walk::has_next(const Entry& entry) {
  if (entry.head == entry.account->heads.end()) return false;
  const auto next = std::next(entry.head);
  return next != entry.account->heads.end() && next->first.length == entry.head->first.length &&
         next->first.first.priority == entry.head->first.first.priority;
}

void Walk::enter_next(const Entry& entry) {
  if (has_next(entry)) enter(*entry.account, std::next(entry.head), entry.use);
}

bool Walk::is_last_lane() const { return heap_.size() == 1 && !has_next(heap_.top()); }

void Walk::next_in_lane() {
  Entry entry = heap_.top();
  heap_.pop();
  enter_next(entry);
  if (++entry.at != entry.lane->jobs.end()) {
    entry.head = entry.account->heads.end();
    entry.priority = entry.at->priority;
    entry.turn = turn(*entry.key, *entry.at);
    entry.id = entry.at->id;
    heap_.push(entry);
  }
  settle();
}

void Walk::drop_lane() {
  const Entry entry = heap_.top();
  heap_.pop();
  enter_next(entry);
  settle();
}

}  // namespace busbar::sched
