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

Party Queue::party_of(const model::Job& job) const {
  Footing footing = has_spare_ && job.spec->preemptible ? Footing::loose : Footing::any;
  if (has_shares_ && job.spec->each.gpus > Share{0})
    footing = job.spec->preemptible ? Footing::lent : Footing::firm;
  if (lends_ && job.spec->each.gpus == Share{0} && job.spec->preemptible) footing = Footing::guest;
  return {model::account_of(job), footing};
}

void Queue::remove(const model::Job& job) {
  const auto standing = standing_.find(job.id);
  if (standing == standing_.end()) return;
  LaneKey key = lane_of(job);
  key.length = standing->second.length;
  const Place place{job.spec->priority, job.id, standing->second.since};
  standing_.erase(standing);

  const auto account = accounts_.find(party_of(job));
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
  return std::tuple(borrows, -std::int64_t{priority}, use, turn, id) >
         std::tuple(other.borrows, -std::int64_t{other.priority}, other.use, other.turn, other.id);
}

Walk::Walk(const Queue& queue, const model::Cluster& cluster, const Lending& lending, Instant now)
    : order_(queue.order()), lending_(lending), now_(now) {
  const auto waits = [](const auto& entry) { return !entry.second.heads.empty(); };
  const auto waiting = std::ranges::count_if(queue.accounts(), waits);
  std::vector<Entry> room;
  room.reserve(static_cast<std::size_t>(waiting) * 2);
  heap_ = std::priority_queue<Entry>(std::less<Entry>(), std::move(room));
  for (const auto& [party, account] : queue.accounts()) {
    if (account.heads.empty()) continue;
    const auto first = account.heads.begin();
    const bool borrows = lending.on() && (party.footing == Footing::any || party.footing == Footing::loose ||
                                          party.footing == Footing::guest);  // nothing is guaranteed to those
    // Where one party waits alone, what it used compares with nothing.
    const std::int64_t use = waiting == 1 ? 0 : use_of(cluster, party.account, now);
    heap_.push({borrows, first->first.first.priority, use, -1, {}, &party, &account, first});
  }
  settle();
}

std::int64_t Walk::turn(const LaneKey& lane, const Place& place) const {
  return order_ == model::Rules::Order::fair ? turn_of(lane.length, now_ - place.since) : lane.length.count();
}

/// Until the front is a job that stands where it belongs.
void Walk::settle() {
  while (!heap_.empty()) {
    const Entry front = heap_.top();
    if (is_shut(front)) {
      heap_.pop();
    } else if (comes_to_borrow(front)) {
      heap_.pop();
      if (own_waits_.contains(front.party->account.project)) {
        shut(front.party->account.project, Footing::firm);
        shut(front.party->account.project, Footing::lent);
        continue;
      }
      Entry later = front;
      later.borrows = true;
      heap_.push(later);
    } else if (front.key) {
      return;
    } else {
      heap_.pop();
      open(front);
    }
  }
}

bool Walk::is_shut(const Entry& entry) const {
  return !shut_.empty() && shut_.contains({entry.party->account.project, entry.party->footing});
}

/// It stands among those that fit into their guarantee, and does not: nor may what comes after it in its
/// project, which would take for itself what this one waits for.
bool Walk::comes_to_borrow(const Entry& entry) {
  if (!lending_.on() || entry.borrows) return false;
  const std::string& project = entry.party->account.project;
  if (used_up_.contains(project)) return true;
  if (!entry.key) return false;  // not looked at yet
  const Shape& shape = entry.key->shape;
  if (lending_.is_own(project, shape.gpus * std::max(shape.tasks, 1))) return false;
  used_up_.insert(project);
  return true;
}

/// The first job of each length goes into the walk, and what has a lower priority waits for its turn.
void Walk::open(const Entry& closed) {
  const auto& heads = closed.account->heads;
  auto head = closed.head;
  while (head != heads.end() && head->first.first.priority == closed.priority) {
    enter(closed, head);
    Head last = head->first;
    last.first.id = JobId{std::numeric_limits<std::int64_t>::max()};
    head = heads.upper_bound(last);
  }
  if (head == heads.end()) return;
  Entry rest = closed;
  rest.priority = head->first.first.priority;
  rest.head = head;
  heap_.push(rest);
}

/// The lane at `head`, of the party and standing of `from`.
void Walk::enter(const Entry& from, HeadAt head) {
  const auto lane = from.account->lanes.find(head->second);
  const auto first = lane->second.jobs.begin();
  heap_.push({from.borrows, first->priority, from.use, turn(lane->first, *first), first->id, from.party,
              from.account, head, &lane->first, &lane->second, first});
}

/// Is there another lane of this priority and length?
bool Walk::has_next(const Entry& entry) {
  if (entry.head == entry.account->heads.end()) return false;
  const auto next = std::next(entry.head);
  return next != entry.account->heads.end() && next->first.length == entry.head->first.length &&
         next->first.first.priority == entry.head->first.first.priority;
}

void Walk::enter_next(const Entry& entry) {
  if (has_next(entry)) enter(entry, std::next(entry.head));
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

void Walk::shut(bool all) {
  const Entry entry = heap_.top();
  heap_.pop();
  for (const Footing footing : {Footing::firm, Footing::lent}) {
    if (all || footing == entry.party->footing) shut(entry.party->account.project, footing);
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
