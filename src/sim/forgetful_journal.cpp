// SPDX-License-Identifier: Apache-2.0
#include "sim/forgetful_journal.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ledger/balances.hpp"

namespace busbar::sim {
namespace {

class ForgetfulJournal final : public store::Journal {
 public:
  ForgetfulJournal(std::shared_ptr<const model::Cluster> from, EndedBefore before)
      : from_(std::move(from)), before_(std::move(before)) {
    if (!from_) return;
    end_ = from_->seq;
    epoch_ = from_->epoch;
  }

  Result<std::optional<store::Snapshot>> snapshot() override {
    if (!from_) return std::optional<store::Snapshot>{};
    return std::optional(store::Snapshot{*from_, ledger::Balances().text()});
  }
  Status read(Seq after, const std::function<Status(model::Record&&)>&) override {
    if (after == end_) return Done{};
    return forgotten("records");
  }
  Result<Seq> last() override { return end_; }
  Result<Epoch> raise_epoch() override { return Epoch{++epoch_.value}; }

  Status append(Seq expected, Epoch epoch, const store::Batch& batch) override {
    if (epoch != epoch_ || expected != end_) return Error{Errc::conflict, "not the end of this journal"};
    end_.value += std::int64_t(batch.records.size());
    for (const model::Job& job : batch.ended) note(job);
    return Done{};
  }
  Status keep_snapshot(const model::Cluster&, const std::string&) override { return forgotten("snapshots"); }

  Result<std::vector<model::Job>> ended(const store::EndedQuery&) override { return forgotten("jobs"); }
  Result<std::vector<model::Job>> ended_array(JobId) override { return forgotten("jobs"); }

  Result<std::optional<model::Job>> ended_job(JobId id) override {
    const bool seen = id.value >= 0 && std::size_t(id.value) < states_.size();
    const auto state = seen ? model::JobState(states_[std::size_t(id.value)]) : model::JobState::pending;
    if (!model::is_over(state)) return before_ ? before_(id) : std::optional<model::Job>();
    model::Job job;
    job.id = id;
    job.state = state;
    job.spec = single_;
    const auto behind = arrays_.upper_bound(id);
    if (behind != arrays_.begin()) {
      const auto& [first, spec] = *std::prev(behind);
      if (id.value < first.value + std::int64_t(spec->array.indices.size())) {
        job.array = first;
        job.array_index = spec->array.indices[std::size_t(id.value - first.value)];
        job.spec = spec;
      }
    }
    return std::optional(std::move(job));
  }

  Result<std::optional<model::Job>> ended_by_key(std::uint32_t uid, const std::string& key) override {
    const auto found = keys_.find({uid, key});
    if (found == keys_.end()) return std::optional<model::Job>();
    Result<std::optional<model::Job>> job = ended_job(found->second);
    if (job && *job) {
      (*job)->owner.uid = uid;
      (*job)->key = key;
    }
    return job;
  }

 private:
  static Error forgotten(const char* what) {
    return {Errc::unavailable, std::string("this simulation keeps no ") + what};
  }

  void note(const model::Job& job) {
    const auto place = std::size_t(job.id.value);
    if (place >= states_.size()) states_.resize(std::max(place + 1, states_.size() * 2));
    states_[place] = static_cast<unsigned char>(job.state);
    if (job.array.value != 0) arrays_.emplace(job.array, job.spec);
    if (job.key.empty()) return;
    JobId& first = keys_.emplace(std::pair(job.owner.uid, job.key), job.id).first->second;
    first = std::min(first, job.id);
  }

  std::shared_ptr<const model::Cluster> from_;  // none: it began empty
  EndedBefore before_;
  Seq end_;
  Epoch epoch_;
  std::vector<unsigned char> states_;  // by job id; JobState::pending where it is not over
  std::map<JobId, std::shared_ptr<const model::JobSpec>> arrays_;
  std::map<std::pair<std::uint32_t, std::string>, JobId> keys_;  // the lowest id
  std::shared_ptr<const model::JobSpec> single_ = std::make_shared<const model::JobSpec>();
};

}  // namespace

std::unique_ptr<store::Journal> forgetful_journal() { return forgetful_journal(nullptr, {}); }

std::unique_ptr<store::Journal> forgetful_journal(std::shared_ptr<const model::Cluster> from,
                                                  EndedBefore before) {
  return std::make_unique<ForgetfulJournal>(std::move(from), std::move(before));
}

}  // namespace busbar::sim
