// SPDX-License-Identifier: Apache-2.0
// journal.cpp: the journal on SQLite (docs/adr/0008). One connection writes; jobs that are over are read on
// others.
#include "store/journal.hpp"

#include "store/sqlite/database.hpp"
#include "store/sqlite/ended.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/schema.hpp"
#include "wire/codec.hpp"

namespace busbar::store {
namespace sqlite {
namespace {

/// WAL with FULL syncs the log once at each commit, and nothing else. Copying the log back into the table
/// file (a checkpoint) costs two more syncs and the pages written again; at 4096 pages (16 MiB) that is less
/// than one part in a hundred of the commits, the pause stays in the tens of milliseconds, and a log of 16
/// MiB is still read back at once when a server starts.
/// A batch stays in memory until it is committed: spilled into the log half-way, the end of 100,000 jobs at
/// once took twenty minutes, as each spilled page was searched for in all that were spilled before.
constexpr const char* settings = R"sql(
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 4096;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_spill = OFF;
)sql";

Status write_ahead(Database& database, const std::string& folder) {
  Result<Statement> mode = database.prepare("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  const Result<bool> row = mode->next();
  if (!row) return row.error();
  if (mode->text(0) != "wal")
    return Error{Errc::unavailable, "the file system of " + folder +
                                        " cannot hold a write-ahead log, as network file systems cannot; put "
                                        "the state folder on a local disk"};
  return database.run(settings);
}

/// The statements of one connection, prepared once.
struct Statements {
  Statement head, read, newest_snapshot;
  Statement begin, append, end_job, spec_of_array, share_spec, commit, rollback, raise_epoch, keep,
      drop_older;
};

Status prepare_all(Database& database, Statements& into) {
  const std::pair<Statement*, const char*> wanted[] = {
      {&into.head, "SELECT epoch, (SELECT max(seq) FROM journal) FROM meta"},
      {&into.read, "SELECT seq, epoch, at, kind, version, body FROM journal WHERE seq > ?1 ORDER BY seq"},
      {&into.newest_snapshot, "SELECT seq, version, body, balances FROM snapshot ORDER BY seq DESC LIMIT 1"},
      {&into.begin, "BEGIN IMMEDIATE"},
      {&into.append, "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&into.end_job, "INSERT INTO ended VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {&into.spec_of_array, spec_of_array},
      {&into.share_spec, "INSERT INTO array_spec VALUES (?1, ?2, ?3)"},
      {&into.commit, "COMMIT"},
      {&into.rollback, "ROLLBACK"},
      {&into.raise_epoch, "UPDATE meta SET epoch = epoch + 1"},
      {&into.keep, "INSERT OR REPLACE INTO snapshot VALUES (?1, ?2, ?3, ?4)"},
      {&into.drop_older,
       "DELETE FROM snapshot WHERE seq NOT IN (SELECT seq FROM snapshot ORDER BY seq DESC LIMIT 2)"},
  };
  for (const auto& [statement, sql] : wanted) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return Done{};
}

Error at_record(std::int64_t seq, const Error& error) {
  return {error.code, "record " + std::to_string(seq) + " of the journal: " + error.message};
}

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(std::string path, std::optional<FolderLock> lock, Database database, Statements statements)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        statements_(std::move(statements)),
        ended_(std::move(path)) {}

  Result<std::optional<Snapshot>> snapshot() override {
    Statement& newest = statements_.newest_snapshot.with();
    const Result<bool> row = newest.next();
    if (!row) return row.error();
    if (!*row) return std::optional<Snapshot>();
    Result<model::Cluster> cluster = wire::decode_cluster(static_cast<int>(newest.whole(1)), newest.text(2));
    const std::int64_t seq = newest.whole(0);
    std::string balances(newest.text(3));
    newest.reset();
    if (!cluster)
      return Error{cluster.error().code,
                   "the snapshot at record " + std::to_string(seq) + ": " + cluster.error().message};
    return std::optional(Snapshot{std::move(*cluster), std::move(balances)});
  }

  Status read(Seq after, const std::function<Status(model::Record&&)>& sink) override {
    Statement& rows = statements_.read.with(after.value);
    const Status read = each_record(rows, after.value, sink);
    rows.reset();
    return read;
  }

  Result<Seq> last() override {
    const Result<Head> head = read_head();
    if (!head) return head.error();
    return head->last;
  }

  Result<Epoch> raise_epoch() override {
    Head head;
    const Status raised = transaction([&]() -> Status {
      if (Status updated = statements_.raise_epoch.with().run(); !updated) return updated;
      const Result<Head> now = read_head();
      if (!now) return now.error();
      head = *now;
      return Done{};
    });
    if (!raised) return raised.error();
    return head.epoch;
  }

  Status append(Seq expected, Epoch epoch, const Batch& batch) override {
    return transaction([&] { return write(expected, epoch, batch); });
  }

  Status keep_snapshot(const model::Cluster& cluster, const std::string& balances) override {
    const std::string body = wire::encode(cluster);
    return transaction([&]() -> Status {
      const Result<Head> head = read_head();
      if (!head) return head.error();
      if (cluster.seq > head->last)
        return Error{Errc::conflict, "a snapshot of record " + std::to_string(cluster.seq.value) +
                                         ", but the journal ends at " + std::to_string(head->last.value)};
      const Status kept =
          statements_.keep.with(cluster.seq.value, wire::format_version, body, balances).run();
      return kept ? statements_.drop_older.with().run() : kept;
    });
  }

  Result<std::vector<model::Job>> ended(const EndedQuery& query) override { return ended_.matching(query); }
  Result<std::optional<model::Job>> ended_job(JobId id) override { return ended_.by_id(id); }
  Result<std::vector<model::Job>> ended_array(JobId array) override { return ended_.of_array(array); }
  Result<std::optional<model::Job>> ended_by_key(std::uint32_t uid, const std::string& key) override {
    return ended_.by_key(uid, key);
  }

 private:
  struct Head {
    Epoch epoch;
    Seq last;
  };

  Result<Head> read_head() {
    const Result<bool> row = statements_.head.with().next();
    if (!row) return row.error();
    const Head head{Epoch{statements_.head.whole(0)}, Seq{statements_.head.whole(1)}};
    statements_.head.reset();
    return head;
  }

  Status each_record(Statement& rows, std::int64_t seq, const std::function<Status(model::Record&&)>& sink) {
    while (true) {
      const Result<bool> row = rows.next();
      if (!row) return row.error();
      if (!*row) return Done{};
      if (rows.whole(0) != seq + 1)
        return at_record(seq + 1, {Errc::conflict, "it is missing; the next that is there is " +
                                                       std::to_string(rows.whole(0))});
      ++seq;
      Result<model::Event> event =
          wire::decode_event(rows.text(3), static_cast<int>(rows.whole(4)), rows.text(5));
      if (!event) return at_record(seq, event.error());
      const Status taken =
          sink({Seq{seq}, Epoch{rows.whole(1)}, Instant(Duration(rows.whole(2))), std::move(*event)});
      if (!taken) return taken;
    }
  }

  Status write(Seq expected, Epoch epoch, const Batch& batch) {
    const Result<Head> head = read_head();
    if (!head) return head.error();
    if (head->epoch != epoch)
      return Error{Errc::conflict, "leadership " + std::to_string(epoch.value) +
                                       " is over: another server took the lead as " +
                                       std::to_string(head->epoch.value)};
    if (head->last != expected)
      return Error{Errc::conflict, "the journal ends at record " + std::to_string(head->last.value) +
                                       ", not at " + std::to_string(expected.value)};
    std::int64_t seq = expected.value;
    for (const model::Record& record : batch.records) {
      if (record.seq.value != ++seq)
        return Error{Errc::conflict, "record " + std::to_string(record.seq.value) + " where " +
                                         std::to_string(seq) + " is due"};
      const std::string body = wire::encode(record.event);
      const Status written = statements_.append
                                 .with(seq, record.epoch.value, record.at.time_since_epoch().count(),
                                       wire::kind_of(record.event), wire::format_version, body)
                                 .run();
      if (!written) return written;
    }
    for (const model::Job& job : batch.ended)
      if (const Status written = write_ended(job); !written) return written;
    return Done{};
  }

  Status write_ended(const model::Job& job) {
    model::Job row = job;
    if (job.array.value != 0) {
      if (const Status shared = share_spec(job); !shared) return shared;
      row.spec = nullptr;
    }
    const std::string body = wire::encode(row);
    return statements_.end_job
        .with(job.id.value, job.array.value, job.spec->project, job.owner.uid, job.key,
              job.ended.time_since_epoch().count(), wire::format_version, body)
        .run();
  }

  Status share_spec(const model::Job& element) {
    const Result<bool> there = statements_.spec_of_array.with(element.array.value).next();
    if (!there) return there.error();
    statements_.spec_of_array.reset();
    if (*there) return Done{};
    const std::string body = wire::encode(*element.spec);
    return statements_.share_spec.with(element.array.value, wire::format_version, body).run();
  }

  /// Runs `work` between BEGIN and COMMIT. Whatever fails before the commit, or for want of space, has left
  /// nothing behind: Errc::exhausted, try again later. Where the sync itself failed, the log may hold the
  /// commit or not: from there on nothing more is written, because the kernel may have dropped pages that it
  /// could not write.
  template <class Work>
  Status transaction(Work&& work) {
    if (broken_) return *broken_;
    Status done = statements_.begin.with().run();
    if (done) done = work();
    if (!done) return undo(done.error());
    done = statements_.commit.with().run();
    if (done) return done;
    const int code = database_.code();
    const bool unknown = (code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_WRITE;
    if (!unknown) return undo(done.error());
    broken_ =
        Error{Errc::unavailable, "whether the last batch was written is not known (" + done.error().message +
                                     "); restart the server, which reads what is there"};
    return *broken_;
  }

  Error undo(Error error) {
    const bool undone = !database_.in_transaction() || statements_.rollback.with().run();
    if (!undone) broken_ = Error{Errc::unavailable, "a failed batch could not be undone: " + error.message};
    if (!undone) return *broken_;
    if (error.code == Errc::unavailable)
      error.code = Errc::exhausted;  // its outcome is known: nothing was written
    return error;
  }

  std::optional<FolderLock> lock_;  // first, so that it is let go of last
  Database database_;
  Statements statements_;
  EndedJobs ended_;
  std::optional<Error> broken_;
};

Result<std::unique_ptr<Journal>> opened(std::string path, std::optional<FolderLock> lock, Database database) {
  Statements statements;
  if (Status prepared = prepare_all(database, statements); !prepared) return prepared.error();
  return std::unique_ptr<Journal>(std::make_unique<SqliteJournal>(
      std::move(path), std::move(lock), std::move(database), std::move(statements)));
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Journal>> sqlite_journal(const std::string& folder) {
  using namespace sqlite;
  const Result<std::string> real = real_folder(folder);
  if (!real) return real.error();
  Result<FolderLock> lock = FolderLock::take(*real);
  if (!lock) return lock.error();
  const Result<bool> there = has_journal(*real);
  if (!there) return there.error();
  if (!*there)
    if (Status created = create(*real); !created) return created.error();
  std::string path = *real + "/journal.db";
  Result<Database> database = Database::open(path, Access::write);
  if (!database) return database.error();
  if (Status known = recognise(*database); !known) return known.error();
  if (Status set = write_ahead(*database, *real); !set) return set.error();
  if (Status current = migrate(*database); !current) return current.error();
  return opened(std::move(path), std::move(*lock), std::move(*database));
}

Result<std::unique_ptr<Journal>> sqlite_journal_to_read(const std::string& folder) {
  using namespace sqlite;
  const Result<std::string> real = real_folder(folder);
  if (!real) return real.error();
  const Result<bool> there = has_journal(*real);
  if (!there) return there.error();
  if (!*there)
    return Error{Errc::not_found, "there is no journal in " + *real + ": no server has ever run there"};
  std::string path = *real + "/journal.db";
  Result<Database> database = Database::open(path, Access::read);
  if (!database) return database.error();
  // One transaction for its whole life: what a living server writes meanwhile must not stand in one reading
  // and be missing in another.
  if (Status begun = database->run("BEGIN"); !begun) return begun.error();
  if (Status current = require_current(*database); !current) return current.error();
  if (Status sound = require_sound(*database); !sound) return sound.error();
  return opened(std::move(path), std::nullopt, std::move(*database));
}

}  // namespace busbar::store
