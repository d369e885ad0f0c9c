// SPDX-License-Identifier: Apache-2.0
// memory.cpp: the journal as plain values, for tests and the simulator.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "store/journal.hpp"

namespace busbar::store {
namespace {

class MemoryJournal final : public Journal {
 public:
  Result<std::optional<Snapshot>> snapshot() override { return snapshot_; }

  Status read(Seq after, const std::function<Status(model::Record&&)>& sink) override {
    for (std::size_t k = static_cast<std::size_t>(after.value); k < records_.size(); ++k) {
      model::Record copy = records_[k];
      if (Status taken = sink(std::move(copy)); !taken) return taken;
    }
    return Done{};
  }

  Result<Seq> last() override { return end(); }

  Result<Epoch> raise_epoch() override { return Epoch{++epoch_.value}; }

  Status append(Seq expected, Epoch epoch, const Batch& batch) override {
    if (epoch != epoch_)
      return Error{Errc::conflict, "leadership " + std::to_string(epoch.value) +
                                       " is over: another server took the lead as " +
                                       std::to_string(epoch_.value)};
    if (expected != end())
      return Error{Errc::conflict, "the journal ends at record " + std::to_string(end().value) + ", not at " +
                                       std::to_string(expected.value)};
    for (std::size_t k = 0; k < batch.records.size(); ++k) {
      const std::int64_t due = expected.value + 1 + static_cast<std::int64_t>(k);
      if (batch.records[k].seq.value != due)
        return Error{Errc::conflict, "record " + std::to_string(batch.records[k].seq.value) + " where " +
                                         std::to_string(due) + " is due"};
    }
    const std::lock_guard lock(mutex_);
    for (const model::Job& job : batch.ended)
      if (ended_.contains(job.id))
        return Error{Errc::internal, "job " + std::to_string(job.id.value) + " is over already"};
    records_.insert(records_.end(), batch.records.begin(), batch.records.end());
    for (const model::Job& job : batch.ended) {
      ended_.emplace(job.id, job);
      by_time_.emplace(job.ended, job.id);
      if (job.key.empty()) continue;
      JobId& first = by_key_.emplace(std::pair(job.owner.uid, job.key), job.id).first->second;
      first = std::min(first, job.id);
    }
    return Done{};
  }

  Status keep_snapshot(const model::Cluster& cluster, const std::string& balances) override {
    if (cluster.seq > end())
      return Error{Errc::conflict, "a snapshot of record " + std::to_string(cluster.seq.value) +
                                       ", but the journal ends at " + std::to_string(end().value)};
    snapshot_ = Snapshot{cluster, balances};
    return Done{};
  }

  Result<std::vector<model::Job>> ended(const EndedQuery& query) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::Job> jobs;
    for (auto it = by_time_.rbegin(); it != by_time_.rend() && jobs.size() < query.most; ++it) {
      const model::Job& job = ended_.at(it->second);
      if (query.since && job.ended < *query.since) break;
      if (query.project && job.spec->project != *query.project) continue;
      if (query.uid && job.owner.uid != *query.uid) continue;
      jobs.push_back(job);
    }
    return jobs;
  }

  Result<std::optional<model::Job>> ended_job(JobId id) override {
    const std::lock_guard lock(mutex_);
    const auto found = ended_.find(id);
    return found == ended_.end() ? std::optional<model::Job>() : std::optional(found->second);
  }

  Result<std::vector<model::Job>> ended_array(JobId array) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::Job> jobs;
    for (auto it = ended_.lower_bound(array);
         it != ended_.end() && it->second.array == array && array.value != 0; ++it)
      jobs.push_back(it->second);  // the ids of its elements lie together
    return jobs;
  }

  Result<std::optional<model::Job>> ended_by_key(std::uint32_t uid, const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find({uid, key});
    return found == by_key_.end() ? std::optional<model::Job>() : std::optional(ended_.at(found->second));
  }

 private:
  Seq end() const { return Seq{static_cast<std::int64_t>(records_.size())}; }

  std::vector<model::Record> records_;  // record k at k - 1
  std::optional<Snapshot> snapshot_;
  Epoch epoch_;
  std::mutex mutex_;  // of what follows, which any thread may ask
  std::map<JobId, model::Job> ended_;
  std::set<std::pair<Instant, JobId>> by_time_;
  std::map<std::pair<std::uint32_t, std::string>, JobId> by_key_;  // the lowest id
};

}  // namespace

std::unique_ptr<Journal> memory_journal() { return std::make_unique<MemoryJournal>(); }

}  // namespace busbar::store
