// SPDX-License-Identifier: Apache-2.0
// queue.hpp: the jobs that could be launched, in an order from which a pass takes only as many as it looks
// at.
#pragma once
#include <compare>
#include <map>
#include <queue>
#include <set>
#include <vector>

#include "base/id_table.hpp"
#include "model/use.hpp"
#include "sched/lending.hpp"
#include "sched/space.hpp"

namespace busbar::sched {

/// Before the account counts: larger priority first, then the lower id, which is the older job.
struct Place {
  int priority = 0;
  JobId id;
  Instant since;  // when it began to wait
  bool operator==(const Place&) const = default;
  std::strong_ordering operator<=>(const Place& other) const {
    if (const auto order = other.priority <=> priority; order != 0) return order;
    return id <=> other.id;
  }
};

/// Jobs of one account that are alike to the scheduler. Where the first cannot start, none of them can, so a
/// lane is looked at once in a pass, however long it is.
struct LaneKey {
  JobId array;         // of elements of which only so many may run at once; else 0
  int at_once = 0;     // that many
  Duration length{0};  // as the order compares it; 0 where it does not
  Shape shape;
  auto operator<=>(const LaneKey&) const = default;
};
struct Lane {
  std::set<Place> jobs;
  bool resting =
      false;  // none of them could start, whatever is free: array full, or no node that large is up
  bool operator==(const Lane&) const = default;
};

/// What a job means to the share of its project (docs/adr/0025), and to the room that is kept for machines
/// that fail (docs/adr/0036).
enum class Footing {
  any,    // nothing: it takes no devices, or there are no shares
  loose,  // likewise, and it may be stopped where such room is kept
  firm,   // it may not be stopped
  lent,   // it may
  guest,  // it takes no devices, and may run on CPUs that are lent (docs/adr/0034)
};
/// Whose jobs stand together: one account's, of one footing.
struct Party {
  model::Account account;
  Footing footing = Footing::any;
  auto operator<=>(const Party&) const = default;
};

/// Where a lane stands among those of its account: larger priority first, then the shorter one, then age.
struct Head {
  Place first;         // its first job
  Duration length{0};  // of all its jobs
  bool operator==(const Head&) const = default;
  std::strong_ordering operator<=>(const Head& other) const {
    if (const auto order = other.first.priority <=> first.priority; order != 0) return order;
    if (const auto order = length <=> other.length; order != 0) return order;
    return first.id <=> other.first.id;
  }
};

/// All lanes of one party. Only what is not resting stands in `heads`.
struct AccountQueue {
  std::map<LaneKey, Lane> lanes;
  std::map<Head, LaneKey> heads;
  bool operator==(const AccountQueue&) const = default;
};

class Queue {
 public:
  explicit Queue(const model::Settings& settings)
      : order_(settings.rules.order),
        has_shares_(!settings.shares.empty()),
        has_spare_(settings.spare > 0),
        lends_(settings.lend_cpus > 0) {}

  /// `resting` is asked about a lane that is new or was asked to be looked at again.
  template <class Resting>
  void add(const model::Job& job, Resting resting);
  /// Where it was added, whatever became of it since; nothing where it was not.
  void remove(const model::Job& job);
  template <class Resting>
  void ask_array_again(const model::Job& element, Resting resting);
  template <class Resting>
  void ask_all_again(Resting resting);

  const std::map<Party, AccountQueue>& accounts() const { return accounts_; }
  bool operator==(const Queue&) const = default;
  model::Rules::Order order() const { return order_; }

  LaneKey lane_of(const model::Job& job) const;
  Party party_of(const model::Job& job) const;
  static Place place_of(const model::Job& job) { return {job.spec->priority, job.id, job.eligible}; }

 private:
  static Head head_of(const LaneKey& key, const Lane& lane) { return {*lane.jobs.begin(), key.length}; }
  static void rest(AccountQueue& account, const LaneKey& key, Lane& lane, bool resting);

  model::Rules::Order order_;
  bool has_shares_ = false, has_spare_ = false, lends_ = false;
  /// What may change of a job while it waits, as it was when it was added.
  struct Standing {
    Duration length;
    Instant since;
    bool operator==(const Standing&) const = default;
  };

  std::map<Party, AccountQueue> accounts_;  // none empty
  IdTable<JobId, Standing> standing_;       // of every job that is in
};

/// What the account used lately, as fair share compares it (model/use.hpp); 0 where the order is not by
/// account.
std::int64_t use_of(const model::Cluster& cluster, const model::Account& account, Instant now);

/// How a job that is expected to run for `length` stands in the fair order after it `waited`: the smaller
/// goes first. At first what it is expected to run; once it has waited for much longer than that, it shrinks
/// in proportion, so that nobody waits for ever (docs/adr/0015). Milliseconds.
std::int64_t turn_of(Duration length, Duration waited);

/// One walk through the queue, in the order of the rules. The lanes of a party are looked at when its turn
/// comes: of each length the first. Where projects have shares, first those jobs of each that fit into its
/// guarantee, up to the first in order that does not; then all others.
class Walk {
 public:
  /// `lending` is asked as the walk goes on, and must outlive it.
  Walk(const Queue& queue, const model::Cluster& cluster, const Lending& lending, Instant now);

  struct Candidate {
    Place place;
    const LaneKey* lane;
  };
  bool at_end() const { return heap_.empty(); }
  /// Is nobody else in the walk but the rest of this lane?
  bool is_last_lane() const;
  Candidate front() const { return {*heap_.top().at, heap_.top().key}; }
  /// Goes on to the next job of this lane: the front was launched.
  void next_in_lane();
  /// Goes on without the rest of this lane.
  void drop_lane();
  /// Does the front fit into what its project was guaranteed?
  bool is_own() const { return lending_.on() && !heap_.top().borrows; }
  /// The front is such a one and has to wait: until it runs its project borrows nothing more, which would
  /// then be counted against the guarantee that it waits for.
  void own_waits() { own_waits_.insert(heap_.top().party->account.project); }
  /// Goes on without all jobs of the front's project of its footing: the front is the first that has to wait
  /// for its share. `all`: nor with any that take devices.
  void shut(bool all);

 private:
  using HeadAt = std::map<Head, LaneKey>::const_iterator;
  struct Entry {
    bool borrows;
    int priority;
    std::int64_t use, turn;
    JobId id;
    const Party* party;
    const AccountQueue* account;
    HeadAt head;                   // account->heads.end(): came from within a lane
    const LaneKey* key = nullptr;  // null: all of this priority in the account, not looked at yet
    const Lane* lane = nullptr;
    std::set<Place>::const_iterator at{};
    bool operator<(const Entry& other) const;  // as std::priority_queue wants it: what goes first is greatest
  };
  void settle();
  bool is_shut(const Entry& entry) const;
  bool comes_to_borrow(const Entry& entry);
  void shut(const std::string& project, Footing footing) { shut_.emplace(project, footing); }
  void open(const Entry& closed);
  void enter(const Entry& from, HeadAt head);
  void enter_next(const Entry& entry);
  static bool has_next(const Entry& entry);
  std::int64_t turn(const LaneKey& lane, const Place& place) const;

  model::Rules::Order order_;
  const Lending& lending_;
  Instant now_;
  std::priority_queue<Entry> heap_;
  std::set<std::string> used_up_;  // projects of which the next in order does not fit into the guarantee
  std::set<std::string> own_waits_;
  std::set<std::pair<std::string, Footing>> shut_;
};

template <class Resting>
void Queue::add(const model::Job& job, Resting resting) {
  const LaneKey key = lane_of(job);
  standing_.emplace(job.id, Standing{key.length, job.eligible});
  AccountQueue& account = accounts_[party_of(job)];
  const auto [at, fresh] = account.lanes.try_emplace(key);
  Lane& lane = at->second;
  if (!fresh && !lane.resting) account.heads.erase(head_of(key, lane));
  lane.jobs.insert(place_of(job));
  if (fresh) lane.resting = resting(key);
  if (!lane.resting) account.heads.emplace(head_of(key, lane), key);
}

template <class Resting>
void Queue::ask_array_again(const model::Job& element, Resting resting) {
  const auto account = accounts_.find(party_of(element));
  if (account == accounts_.end()) return;
  auto& lanes = account->second.lanes;
  for (auto lane = lanes.lower_bound({element.array, 0, Duration::min(), {}});
       lane != lanes.end() && lane->first.array == element.array; ++lane)
    rest(account->second, lane->first, lane->second, resting(lane->first));
}

template <class Resting>
void Queue::ask_all_again(Resting resting) {
  for (auto& [name, account] : accounts_) {
    for (auto& [key, lane] : account.lanes) rest(account, key, lane, resting(key));
  }
}

}  // namespace busbar::sched
