// SPDX-License-Identifier: Apache-2.0
// recover.cpp: from the journal to the state, and `check`, which walks the same way with open eyes.
#include <algorithm>
#include <map>

#include "control/controller.hpp"

namespace busbar::control {
namespace {

/// Folds one record into both.
Result<model::Changes> fold(Recovered& into, const model::Record& record) {
  into.balances.fold(into.scheduler.cluster(), record);
  return into.scheduler.fold(record);
}

}  // namespace

Result<Recovered> recover(store::Journal& journal, const model::Workload& known) {
  Recovered recovered{sched::Scheduler(model::Cluster{.workload = known}), {}};
  Result<std::optional<store::Snapshot>> snapshot = journal.snapshot();
  if (!snapshot) return snapshot.error();
  if (*snapshot) {
    recovered.scheduler = sched::Scheduler((*snapshot)->cluster);
    Result<ledger::Balances> balances = ledger::Balances::read((*snapshot)->balances);
    if (!balances) return balances.error();
    recovered.balances = std::move(*balances);
  }
  Status read = journal.read(recovered.scheduler.cluster().seq, [&](model::Record&& record) -> Status {
    Result<model::Changes> changes = fold(recovered, record);
    if (!changes) return changes.error();
    return Done{};
  });
  if (!read) return read.error();
  return recovered;
}

namespace {

/// The walk of `check`.
class Checker {
 public:
  explicit Checker(store::Journal& journal) : journal_(journal) {}

  Result<std::vector<Finding>> run() {
    Status read = journal_.read(Seq{0}, [this](model::Record&& record) { return check(record); });
    if (!read) return read.error();
    for (const auto& end : {audit(), compare_ended(), compare_snapshot()})
      if (!end) return end.error();
    return findings();
  }

 private:
  const model::Cluster& cluster() const { return state_.scheduler.cluster(); }

  Status check(const model::Record& record) {
    if (const auto* decided = std::get_if<model::Decided>(&record.event)) {
      if (Status same = decide_again(record, *decided); !same) return same;
    }
    if (const auto* submitted = std::get_if<model::Submitted>(&record.event))
      ids_ += submitted->spec->is_array() ? std::int64_t(submitted->spec->array.indices.size()) : 1;
    Result<model::Changes> changes = fold(state_, record);
    if (!changes) return changes.error();
    ++records_;
    for (model::Job& job : changes->ended) {
      for (const model::Task& task : job.tasks) attempts_ += std::int64_t(task.attempts.size());
      ended_.emplace(job.id, std::move(job));
    }
    // The whole state is summed afresh as often as that costs no more than folding does.
    if (++since_audit_ * 8 > std::int64_t(cluster().jobs.size())) return audit();
    return Done{};
  }

  Status decide_again(const model::Record& record, const model::Decided& decided) {
    const model::Decided again = state_.scheduler.decide(record.at);
    if (again.stops != decided.stops || again.launches != decided.launches || again.owning != decided.owning)
      return Error{Errc::internal,
                   "I12 is broken: record " + std::to_string(record.seq.value) +
                       " holds a decision that the scheduler does not make from what it knew"};
    ++decisions_;
    return Done{};
  }

  Status audit() {
    since_audit_ = 0;
    Result<int> audited = model::audit(cluster());
    if (!audited) return audited.error();
    facts_ += *audited;
    return Done{};
  }

  /// What the store shows of jobs that are over is what the journal says of them.
  Status compare_ended() {
    Result<std::vector<model::Job>> stored = journal_.ended({.most = ended_.size() + 1});
    if (!stored) return stored.error();
    if (stored->size() != ended_.size())
      return Error{Errc::internal, "I11 is broken: the journal ends " + std::to_string(ended_.size()) +
                                       " jobs, the table of ended jobs has " +
                                       std::to_string(stored->size())};
    for (const model::Job& job : *stored) {
      const auto mine = ended_.find(job.id);
      if (mine == ended_.end() || !(mine->second == job))
        return Error{Errc::internal, "I11 is broken: ended job " + std::to_string(job.id.value) +
                                         " is not what the journal made of it"};
    }
    return Done{};
  }

  /// Recovery from the last snapshot comes to the same state as the whole journal.
  Status compare_snapshot() {
    Result<Recovered> recovered = recover(journal_);
    if (!recovered) return recovered.error();
    if (recovered->scheduler.cluster() != cluster())
      return Error{Errc::internal, "I11 is broken: the snapshot and the journal lead to different states"};
    if (recovered->balances != state_.balances)
      return Error{Errc::internal, "I6 is broken: the snapshot and the journal lead to different balances"};
    return Done{};
  }

  std::vector<Finding> findings() const {
    return {
        {"I2 at most one live attempt of a task: attempts of ended jobs", attempts_},
        {"I3 I4 nothing given out beyond what there is, gangs whole: facts summed afresh", facts_},
        {"I8 only listed changes, no id used twice: ids", ids_},
        {"I11 state is the fold of the journal: records", records_},
        {"I11 ended jobs stand in the table as the journal ended them: jobs", std::int64_t(ended_.size())},
        {"I12 the same journal gives the same decisions: decisions made again", decisions_},
    };
  }

  store::Journal& journal_;
  Recovered state_;
  std::map<JobId, model::Job> ended_;
  std::int64_t records_ = 0, decisions_ = 0, attempts_ = 0, ids_ = 0, facts_ = 0, since_audit_ = 0;
};

}  // namespace

Result<std::vector<Finding>> check(store::Journal& journal) { return Checker(journal).run(); }

}  // namespace busbar::control
