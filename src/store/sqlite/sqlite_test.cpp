// SPDX-License-Identifier: Apache-2.0
// sqlite_test.cpp: what only a journal on a disk can suffer: a second server, strange files, older and newer
// programs.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "base/chance.hpp"
#include "store/journal.hpp"
#include "store/journal_samples_test.hpp"
#include "store/sqlite/schema.hpp"

namespace busbar::store {
namespace {

namespace fs = std::filesystem;
using samples::ended_job;
using samples::record;

constexpr int records_made = 200;

/// A folder with a journal of 200 submissions in it, closed.
class Sqlite : public testing::Test {
 protected:
  Sqlite() {
    auto journal = sqlite_journal(folder.path());
    EXPECT_TRUE(journal) << journal.error().message;
    const Epoch epoch = *(*journal)->raise_epoch();
    Batch batch;
    for (int k = 1; k <= records_made; ++k) batch.records.push_back(samples::submission(k, epoch, JobId{k}));
    batch.ended.push_back(ended_job(7));
    EXPECT_TRUE((*journal)->append(Seq{}, epoch, batch));
  }

  void sql(const char* statement) {
    auto database = sqlite::Database::open(folder.file("journal.db"), sqlite::Access::write);
    ASSERT_TRUE(database) << database.error().message;
    const Status done = database->run(statement);
    ASSERT_TRUE(done) << done.error().message;
  }

  samples::Folder folder;
};

Status read_all(Journal& journal, int* count = nullptr) {
  return journal.read(Seq{}, [count](model::Record&&) -> Status {
    if (count) ++*count;
    return Done{};
  });
}

/// Opens, reads the snapshot and every record: the first failure of it.
Status use(const std::string& folder) {
  auto journal = sqlite_journal(folder);
  if (!journal) return journal.error();
  if (auto snapshot = (*journal)->snapshot(); !snapshot) return snapshot.error();
  return read_all(**journal);
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string garbage(std::size_t size) {
  Rng rng(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.next() & 0xff);
  return bytes;
}

TEST_F(Sqlite, ASecondServerIsToldWhoHoldsTheFolder) {
  auto first = sqlite_journal(folder.path());
  ASSERT_TRUE(first);
  const auto second = sqlite_journal(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_EQ(second.error().message, "the state folder " + folder.path() +
                                        " is in use by the server with pid " + std::to_string(getpid()));
  first->reset();
  EXPECT_TRUE(sqlite_journal(folder.path()));
}

TEST_F(Sqlite, NobodyElseMayReadItsFiles) {
  auto journal = sqlite_journal(folder.path());
  ASSERT_TRUE(journal);
  ASSERT_TRUE((*journal)->raise_epoch());
  for (const char* name : {"journal.db", "journal.db-wal", "lock"}) {
    struct stat found{};
    ASSERT_EQ(stat(folder.file(name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(Sqlite, EpochsRiseOverRestarts) {
  EXPECT_EQ((*sqlite_journal(folder.path()))->raise_epoch()->value, 2);
  EXPECT_EQ((*sqlite_journal(folder.path()))->raise_epoch()->value, 3);
}

TEST_F(Sqlite, TwoSnapshotsAreKept) {
  {
    auto journal = sqlite_journal(folder.path());
    for (const std::int64_t seq : {10, 20, 30}) {
      model::Cluster cluster;
      cluster.seq = Seq{seq};
      ASSERT_TRUE((*journal)->keep_snapshot(cluster, ""));
    }
  }
  auto database = sqlite::Database::open(folder.file("journal.db"), sqlite::Access::read);
  auto count = database->prepare("SELECT count(*), min(seq) FROM snapshot");
  ASSERT_TRUE(*count->next());
  EXPECT_EQ(count->whole(0), 2);
  EXPECT_EQ(count->whole(1), 20);
}

TEST_F(Sqlite, AFolderThatIsNotThereIsSaid) {
  const auto journal = sqlite_journal(folder.path() + "/nowhere");
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().message, "there is no state folder " + folder.path() + "/nowhere");
  EXPECT_EQ(journal.error().code, Errc::not_found);
  const samples::Folder empty;
  EXPECT_EQ(sqlite_journal_to_read(empty.path()).error().code, Errc::not_found);
}

struct Harm {
  const char* name;
  std::function<void(const std::string& path)> done;  // to journal.db
  const char* says;
};

TEST_F(Sqlite, WhatIsDamagedIsNamedAndLeftAsItIs) {
  const std::string whole = bytes_of(folder.file("journal.db"));
  ASSERT_GT(whole.size(), 100'000u);
  const auto put = [](std::string bytes) {
    return [bytes](const std::string& path) { write_bytes(path, bytes); };
  };
  std::string holed = whole;
  const std::string noise = garbage(40'000);
  holed.replace(40'000, noise.size(), noise);
  const Harm harms[] = {
      {"empty", put(""), "is damaged: it is empty"},
      {"cut in half", put(whole.substr(0, whole.size() / 2)), "is damaged"},
      {"cut behind its first page", put(whole.substr(0, 4096)), "is damaged"},
      {"cut to 100 bytes", put(whole.substr(0, 100)), "is damaged"},
      {"noise in the middle", put(holed), "journal"},
      {"a text",
       put("This is not a journal. It is a text of more than a hundred bytes, so that it could be taken for "
           "the header of one."),
       "is damaged: file is not a database"},
      {"10 MB of noise", put(garbage(10'000'000)), "is damaged: file is not a database"},
      {"another program's database",
       [](const std::string& path) {
         write_bytes(path, "");
         auto database = sqlite::Database::open(path, sqlite::Access::write);
         EXPECT_TRUE(database->run("CREATE TABLE other (x)"));
       },
       "not a Busbar journal"},
      {"a link to somewhere else",
       [](const std::string& path) {
         fs::rename(path, path + ".aside");
         fs::create_symlink(path + ".aside", path);
       },
       "is no ordinary file"},
      {"a folder",
       [](const std::string& path) {
         fs::remove(path);
         fs::create_directory(path);
       },
       "is no ordinary file"},
      {"gone, its log left behind",
       [](const std::string& path) {
         fs::remove(path);
         write_bytes(path + "-wal", "log");
       },
       "is missing, but its write-ahead log"},
  };
  for (const Harm& harm : harms) {
    SCOPED_TRACE(harm.name);
    const std::string path = folder.file("journal.db");
    fs::remove_all(path);
    fs::remove(path + "-wal");
    write_bytes(path, whole);
    harm.done(path);
    const std::string before = fs::is_regular_file(path) ? bytes_of(path) : "";
    const Status used = use(folder.path());
    ASSERT_FALSE(used);
    EXPECT_NE(used.error().message.find(harm.says), std::string::npos) << used.error().message;
    EXPECT_NE(used.error().message.find("journal"), std::string::npos) << used.error().message;
    EXPECT_TRUE(!fs::is_regular_file(path) || bytes_of(path) == before) << "it was changed";
    const auto reader = sqlite_journal_to_read(folder.path());
    EXPECT_FALSE(reader && read_all(**reader));
  }
}

TEST_F(Sqlite, WhatANewerProgramWroteIsRefused) {
  struct Row {
    const char* change;
    const char* says;
  };
  for (const Row& row :
       {Row{"UPDATE journal SET version = 2 WHERE seq = 3",
            "record 3 of the journal: written by a newer Busbar (format 2; this one reads up to 1)"},
        Row{"UPDATE journal SET version = 1, kind = 'Married' WHERE seq = 3",
            "record 3 of the journal: a record of the unknown kind \"Married\""},
        Row{"UPDATE journal SET kind = 'Submitted' WHERE seq = 3; DELETE FROM journal WHERE seq = 2",
            "record 2 of the journal: it is missing; the next that is there is 3"},
        Row{"UPDATE meta SET format = 3",
            "the journal was written by a newer Busbar (format 3; this one reads up to 2)"}}) {
    SCOPED_TRACE(row.change);
    sql(row.change);
    const Status used = use(folder.path());
    ASSERT_FALSE(used);
    EXPECT_EQ(used.error().code, Errc::conflict);
    EXPECT_EQ(used.error().message, row.says);
  }
}

TEST_F(Sqlite, ARecordThatIsNoJsonIsNamed) {
  sql("UPDATE journal SET body = '{\"first\":1,\"spec\":{\"tasks\":\"two\"}}' WHERE seq = 5");
  const Status used = use(folder.path());
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().message,
            "record 5 of the journal: spec.tasks: found \"two\", a whole number would be right");
}

TEST_F(Sqlite, AReaderSeesWhatALivingServerWritesAndChangesNothing) {
  auto server = sqlite_journal(folder.path());
  ASSERT_TRUE(server);
  const Epoch epoch = *(*server)->raise_epoch();
  ASSERT_TRUE((*server)->append(Seq{records_made}, epoch, {{record(records_made + 1, epoch)}, {}}));
  const std::string before = bytes_of(folder.file("journal.db")),
                    log = bytes_of(folder.file("journal.db-wal"));
  {
    auto reader = sqlite_journal_to_read(folder.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->last()->value, records_made + 1);
    int count = 0;
    EXPECT_TRUE(read_all(**reader, &count));
    EXPECT_EQ(count, records_made + 1);
    EXPECT_TRUE((*reader)->ended_job(JobId{7})->has_value());
    EXPECT_FALSE((*reader)->raise_epoch());
    EXPECT_FALSE((*reader)->append(Seq{records_made + 1}, epoch, {{record(records_made + 2, epoch)}, {}}));
    EXPECT_FALSE((*reader)->keep_snapshot({}, ""));
  }
  EXPECT_TRUE(bytes_of(folder.file("journal.db")) == before);
  EXPECT_TRUE(bytes_of(folder.file("journal.db-wal")) == log);
  EXPECT_TRUE((*server)->append(Seq{records_made + 1}, epoch, {{record(records_made + 2, epoch)}, {}}));
}

TEST_F(Sqlite, AReaderSeesOneMomentHoweverMuchIsWrittenMeanwhile) {
  auto server = sqlite_journal(folder.path());
  ASSERT_TRUE(server);
  const Epoch epoch = *(*server)->raise_epoch();
  auto reader = sqlite_journal_to_read(folder.path());
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE((*server)->append(Seq{records_made}, epoch, {{record(records_made + 1, epoch)}, {}}));
  int count = 0;
  EXPECT_TRUE(read_all(**reader, &count));
  EXPECT_EQ(count, records_made);
  EXPECT_EQ((*reader)->last()->value, records_made);
  EXPECT_EQ((*(*server)->last()).value, records_made + 1);
}

TEST_F(Sqlite, AReaderSeesWhatAServerThatWasKilledLeftInItsLog) {
  const samples::Folder left;
  {
    auto server = sqlite_journal(folder.path());
    const Epoch epoch = *(*server)->raise_epoch();
    ASSERT_TRUE((*server)->append(Seq{records_made}, epoch, {{record(records_made + 1, epoch)}, {}}));
    for (const char* name : {"journal.db", "journal.db-wal"}) fs::copy(folder.file(name), left.file(name));
  }
  const std::string before = bytes_of(left.file("journal.db")), log = bytes_of(left.file("journal.db-wal"));
  {
    auto reader = sqlite_journal_to_read(left.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->last()->value, records_made + 1);
  }
  EXPECT_TRUE(bytes_of(left.file("journal.db")) == before);
  EXPECT_TRUE(bytes_of(left.file("journal.db-wal")) == log);
  EXPECT_FALSE(fs::exists(left.file("lock")));
}

TEST_F(Sqlite, OthersReadJobsThatAreOverWhileOneWrites) {
  auto journal = sqlite_journal(folder.path());
  const Epoch epoch = *(*journal)->raise_epoch();
  std::atomic<bool> written = false;
  std::vector<std::thread> readers;
  std::atomic<int> failures = 0;
  for (int k = 0; k < 3; ++k)
    readers.emplace_back([&] {
      std::size_t seen = 0;
      while (!written) {
        const auto jobs = (*journal)->ended({});
        if (!jobs || jobs->size() < seen) ++failures;  // what was there stays there
        if (jobs) seen = jobs->size();
      }
    });
  for (int k = 1; k <= 50; ++k)
    EXPECT_TRUE((*journal)->append(Seq{records_made + k - 1}, epoch,
                                   {{record(records_made + k, epoch)}, {ended_job(100 + k)}}));
  written = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ((*journal)->ended({})->size(), 51u);
}

TEST_F(Sqlite, ElementsOfAnArrayShareOneSpecOnTheDiskAndInTheAnswer) {
  auto journal = sqlite_journal(folder.path());
  ASSERT_TRUE(journal);
  const Epoch epoch = *(*journal)->raise_epoch();
  const auto size = [&] { return fs::file_size(folder.file("journal.db-wal")); };
  constexpr int count = 1000;
  auto spec = std::make_shared<model::JobSpec>(*ended_job(1).spec);
  for (int index = 0; index < count; ++index) spec->array.indices.push_back(index);
  Batch batch{{record(records_made + 1, epoch)}, {}};
  for (int index = 0; index < count; ++index) {
    model::Job job = ended_job(1000 + index);
    job.array = JobId{1000};
    job.array_index = index;
    job.spec = spec;
    batch.ended.push_back(job);
  }
  const auto before = size();
  ASSERT_TRUE((*journal)->append(Seq{records_made}, epoch, batch));
  EXPECT_LT(size() - before, 2'000'000u);  // with a list of 1,000 beside each it was 6 MB
  const auto stored = (*journal)->ended_array(JobId{1000});
  ASSERT_TRUE(stored);
  EXPECT_EQ(*stored, batch.ended);
  EXPECT_EQ(stored->front().spec, stored->back().spec);
}

TEST_F(Sqlite, EveryQuestionIsAnsweredByAnIndexWithoutSorting) {
  struct Row {
    const char* question;
    const char* plan;
  };
  const Row rows[] = {
      {sqlite::ended_question(false, false), "SEARCH ended USING INDEX ended_by_time (ended_at>?)"},
      {sqlite::ended_question(true, false),
       "SEARCH ended USING INDEX ended_by_project (project=? AND ended_at>?)"},
      {sqlite::ended_question(false, true), "SEARCH ended USING INDEX ended_by_uid (uid=? AND ended_at>?)"},
      {sqlite::ended_question(true, true), "SEARCH ended USING INDEX ended_by_uid (uid=? AND ended_at>?)"},
      {sqlite::ended_by_id, "SEARCH ended USING INTEGER PRIMARY KEY (rowid=?)"},
      {sqlite::ended_by_array, "SEARCH ended USING INDEX ended_by_array (array=?)"},
      {sqlite::ended_by_client_key, "SEARCH ended USING INDEX ended_by_key (uid=? AND key=?)"},
      {sqlite::spec_of_array, "SEARCH array_spec USING INTEGER PRIMARY KEY (rowid=?)"},
      {"SELECT seq FROM journal WHERE seq > ?1 ORDER BY seq",
       "SEARCH journal USING INTEGER PRIMARY KEY (rowid>?)"},
  };
  auto database = sqlite::Database::open(folder.file("journal.db"), sqlite::Access::read);
  ASSERT_TRUE(database);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.question);
    auto plan = database->prepare((std::string("EXPLAIN QUERY PLAN ") + row.question).c_str());
    ASSERT_TRUE(plan) << plan.error().message;
    std::string told;
    while (*plan->next()) told += (told.empty() ? "" : "; ") + std::string(plan->text(3));
    EXPECT_EQ(told, row.plan);  // a second line would be a sort
  }
}

}  // namespace
}  // namespace busbar::store
