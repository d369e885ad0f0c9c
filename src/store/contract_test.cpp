// SPDX-License-Identifier: Apache-2.0
// contract_test.cpp: what every journal promises, whatever it is made of.
#include <gtest/gtest.h>

#include <filesystem>

#include "store/journal.hpp"
#include "store/journal_samples_test.hpp"

namespace busbar::store {
namespace {

using samples::ended_job;
using samples::record;

/// Makes a journal, and, where it can outlive the process, opens it again.
class Contract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { open(); }

  void open() {
    if (!is_sqlite()) {
      journal_ = memory_journal();
      return;
    }
    journal_.reset();  // lets go of the lock
    auto opened = sqlite_journal(folder_.path());
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }
  bool is_sqlite() const { return GetParam() == std::string("sqlite"); }

  Epoch lead() {
    const Result<Epoch> epoch = journal_->raise_epoch();
    EXPECT_TRUE(epoch) << epoch.error().message;
    return *epoch;
  }
  Status append(std::int64_t expected, Epoch epoch, int count) {
    Batch batch;
    for (int k = 1; k <= count; ++k) batch.records.push_back(record(expected + k, epoch));
    return journal_->append(Seq{expected}, epoch, batch);
  }
  std::vector<model::Record> all(Seq after = {}) {
    std::vector<model::Record> records;
    const Status read = journal_->read(after, [&](model::Record&& each) -> Status {
      records.push_back(std::move(each));
      return Done{};
    });
    EXPECT_TRUE(read) << read.error().message;
    return records;
  }
  std::vector<std::int64_t> ids(const Result<std::vector<model::Job>>& jobs) {
    EXPECT_TRUE(jobs) << jobs.error().message;
    std::vector<std::int64_t> ids;
    for (const model::Job& job : *jobs) ids.push_back(job.id.value);
    return ids;
  }
  void expect_refused(const Status& status, Errc code, const char* says) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, code);
    EXPECT_EQ(status.error().message, says);
  }

  samples::Folder folder_;
  std::unique_ptr<Journal> journal_;
};

INSTANTIATE_TEST_SUITE_P(Journals, Contract, testing::Values("memory", "sqlite"),
                         [](const auto& each) { return std::string(each.param); });

using Ids = std::vector<std::int64_t>;

TEST_P(Contract, AFreshJournalIsEmpty) {
  EXPECT_EQ(journal_->last()->value, 0);
  EXPECT_FALSE(journal_->snapshot()->has_value());
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(ids(journal_->ended({})), Ids{});
  EXPECT_FALSE(journal_->ended_job(JobId{1})->has_value());
}

TEST_P(Contract, WhatWasAppendedIsReadBackInOrder) {
  const Epoch epoch = lead();
  ASSERT_TRUE(append(0, epoch, 3));
  ASSERT_TRUE(append(3, epoch, 2));
  EXPECT_EQ(journal_->last()->value, 5);
  if (is_sqlite()) open();
  const auto records = all();
  ASSERT_EQ(records.size(), 5u);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(records[k], record(static_cast<std::int64_t>(k) + 1, epoch));
  EXPECT_EQ(all(Seq{3}).size(), 2u);
  EXPECT_EQ(all(Seq{3})[0].seq.value, 4);
}

TEST_P(Contract, EveryKindOfEventComesBackAsItWas) {
  const Epoch epoch = lead();
  Batch batch;
  for (model::Event& event : samples::every_event())
    batch.records.push_back({Seq{static_cast<std::int64_t>(batch.records.size()) + 1}, epoch,
                             Instant(Duration(7)), std::move(event)});
  ASSERT_TRUE(journal_->append(Seq{}, epoch, batch));
  EXPECT_EQ(all(), batch.records);
}

TEST_P(Contract, ASinkThatSaysStopStopsTheReadingAndIsHeard) {
  const Epoch epoch = lead();
  ASSERT_TRUE(append(0, epoch, 3));
  int seen = 0;
  const Status read = journal_->read(Seq{}, [&](model::Record&&) -> Status {
    if (++seen == 2) return Error{Errc::internal, "enough"};
    return Done{};
  });
  expect_refused(read, Errc::internal, "enough");
  EXPECT_EQ(seen, 2);
  EXPECT_TRUE(append(3, epoch, 1));  // no read is left open
}

TEST_P(Contract, WhoNoLongerLeadsIsRefused) {
  const Epoch old = lead();
  ASSERT_TRUE(append(0, old, 1));
  const Epoch now = lead();
  EXPECT_GT(now, old);
  expect_refused(append(1, old, 1), Errc::conflict,
                 "leadership 1 is over: another server took the lead as 2");
  EXPECT_TRUE(append(1, now, 1));
  EXPECT_EQ(journal_->last()->value, 2);
}

TEST_P(Contract, ABatchThatDoesNotFollowIsRefused) {
  const Epoch epoch = lead();
  ASSERT_TRUE(append(0, epoch, 2));
  expect_refused(append(1, epoch, 1), Errc::conflict, "the journal ends at record 2, not at 1");
  expect_refused(append(3, epoch, 1), Errc::conflict, "the journal ends at record 2, not at 3");
  EXPECT_EQ(journal_->last()->value, 2);
}

TEST_P(Contract, ABatchIsWrittenAsAWholeOrNotAtAll) {
  const Epoch epoch = lead();
  const Batch gap{{record(1, epoch), record(2, epoch), record(4, epoch)}, {ended_job(1)}};
  expect_refused(journal_->append(Seq{}, epoch, gap), Errc::conflict, "record 4 where 3 is due");
  EXPECT_EQ(journal_->last()->value, 0);
  EXPECT_TRUE(all().empty());

  ASSERT_TRUE(journal_->append(Seq{}, epoch, {{record(1, epoch)}, {ended_job(1)}}));
  const Batch again{{record(2, epoch)}, {ended_job(2), ended_job(1)}};  // job 1 cannot end twice
  const Status refused = journal_->append(Seq{1}, epoch, again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_EQ(journal_->last()->value, 1);
  EXPECT_FALSE(journal_->ended_job(JobId{2})->has_value());
  EXPECT_TRUE(append(1, epoch, 1));
}

TEST_P(Contract, AnEmptyBatchIsNothing) {
  const Epoch epoch = lead();
  EXPECT_TRUE(journal_->append(Seq{}, epoch, {}));
  EXPECT_EQ(journal_->last()->value, 0);
}

TEST_P(Contract, ASnapshotComesBackAndTheRecordsBehindItFollow) {
  const Epoch epoch = lead();
  ASSERT_TRUE(append(0, epoch, 4));
  for (const std::int64_t seq : {1, 2, 3}) {
    model::Cluster cluster = samples::cluster();
    cluster.seq = Seq{seq};
    const Status kept = journal_->keep_snapshot(cluster, "balances at " + std::to_string(seq));
    ASSERT_TRUE(kept) << kept.error().message;
  }
  if (is_sqlite()) open();
  const auto snapshot = journal_->snapshot();
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  model::Cluster expected = samples::cluster();
  expected.seq = Seq{3};
  EXPECT_EQ((*snapshot)->cluster, expected);
  EXPECT_EQ((*snapshot)->balances, "balances at 3");
  EXPECT_EQ(all((*snapshot)->cluster.seq).size(), 1u);
  EXPECT_EQ(all().size(), 4u);  // older records stay
}

TEST_P(Contract, ASnapshotOfWhatIsNotDurableIsRefused) {
  const Epoch epoch = lead();
  ASSERT_TRUE(append(0, epoch, 1));
  model::Cluster cluster;
  cluster.seq = Seq{2};
  expect_refused(journal_->keep_snapshot(cluster, ""), Errc::conflict,
                 "a snapshot of record 2, but the journal ends at 1");
}

TEST_P(Contract, JobsThatAreOverAreFoundNewestFirst) {
  const Epoch epoch = lead();
  Batch batch{{record(1, epoch)}, {}};
  const auto over = [&](std::int64_t id, const char* project, std::uint32_t uid, std::int64_t at) {
    batch.ended.push_back(ended_job(id, project, uid, at));
  };
  over(1, "red", 100, 1000);
  over(2, "red", 200, 3000);
  over(3, "blue", 100, 2000);
  over(4, "blue", 200, 3000);
  over(5, "red", 100, 4000);
  ASSERT_TRUE(journal_->append(Seq{}, epoch, batch));
  if (is_sqlite()) open();
  const Instant at_3000(Duration(3000));

  struct Row {
    const char* says;
    EndedQuery query;
    Ids ids;
  };
  const Row rows[] = {
      {"all, the newest first, a tie by the higher id", {}, {5, 4, 2, 3, 1}},
      {"of a project", {.project = "red"}, {5, 2, 1}},
      {"of a user", {.uid = 100}, {5, 3, 1}},
      {"of a user in a project", {.project = "red", .uid = 100}, {5, 1}},
      {"ended at or after", {.since = at_3000}, {5, 4, 2}},
      {"of a project, ended at or after", {.project = "red", .since = at_3000}, {5, 2}},
      {"of a user, ended at or after", {.uid = 200, .since = at_3000}, {4, 2}},
      {"at most so many", {.most = 2}, {5, 4}},
      {"none at all", {.most = 0}, {}},
      {"of a project nobody has", {.project = "green"}, {}},
      {"of a project with a quote in its name", {.project = "red' OR '1'='1"}, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(ids(journal_->ended(row.query)), row.ids);
  }
  EXPECT_EQ(**journal_->ended_job(JobId{3}), batch.ended[2]);
}

TEST_P(Contract, AnArrayAndAKeyFindTheirJobs) {
  const Epoch epoch = lead();
  Batch batch{{record(1, epoch)}, {}};
  for (const std::int64_t id : {12, 10, 11, 20}) {
    model::Job job = ended_job(id, "red", 100, 1000 - id);
    if (id < 20) job.array = JobId{10};
    job.key = id < 20 ? "sweep" : "";
    batch.ended.push_back(job);
  }
  ASSERT_TRUE(journal_->append(Seq{}, epoch, batch));
  EXPECT_EQ(ids(journal_->ended_array(JobId{10})), (Ids{10, 11, 12}));
  EXPECT_EQ(ids(journal_->ended_array(JobId{20})), Ids{});
  EXPECT_EQ(ids(journal_->ended_array(JobId{0})), Ids{});
  EXPECT_EQ((*journal_->ended_by_key(100, "sweep"))->id.value, 10);
  EXPECT_FALSE(journal_->ended_by_key(101, "sweep")->has_value());
  EXPECT_FALSE(journal_->ended_by_key(100, "swee")->has_value());
  EXPECT_FALSE(journal_->ended_by_key(100, "")->has_value());
}

}  // namespace
}  // namespace busbar::store
