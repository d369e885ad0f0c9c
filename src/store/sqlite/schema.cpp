// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "store/sqlite/folder.hpp"

namespace busbar::store::sqlite {
namespace {

/// "Bbar" in SQLite's header, so that no other program's database is taken for a journal.
constexpr std::int64_t application_id = 0x42626172;

/// Step k takes a journal from format k to k + 1. A step that was released never changes.
constexpr std::array steps = {
    R"sql(
      PRAGMA application_id = 0x42626172;
      CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, epoch INTEGER NOT NULL);
      INSERT INTO meta VALUES (1, 0, 0);
      CREATE TABLE journal (
        seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
        version INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE snapshot (
        seq INTEGER PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL, balances TEXT NOT NULL);
      CREATE TABLE ended (
        id INTEGER PRIMARY KEY, array INTEGER NOT NULL, project TEXT NOT NULL, uid INTEGER NOT NULL, key TEXT NOT NULL,
        ended_at INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE INDEX ended_by_time ON ended (ended_at, id);
      CREATE INDEX ended_by_project ON ended (project, ended_at, id);
      CREATE INDEX ended_by_uid ON ended (uid, ended_at, id);
      CREATE INDEX ended_by_array ON ended (array, id) WHERE array <> 0;
      CREATE INDEX ended_by_key ON ended (uid, key, id) WHERE key <> '';
    )sql",
    // What the elements of an array were asked for stands here once; beside each of 100,000 it would take 60
    // GB.
    R"sql(
      CREATE TABLE array_spec (array INTEGER PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL);
    )sql",
};
constexpr std::int64_t newest = steps.size();

Result<std::int64_t> ask(Database& database, const char* sql) {
  Result<Statement> statement = database.prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->next();
  if (!row) return row.error();
  return *row ? statement->whole(0) : 0;
}

Result<std::int64_t> format_of(Database& database) {
  const Result<std::int64_t> application = ask(database, "PRAGMA application_id");
  if (!application) return application.error();
  if (*application != application_id)
    return Error{Errc::internal,
                 "journal.db is a database, but not a Busbar journal. Nothing was changed in it; move it "
                 "away to begin anew"};
  const Result<std::int64_t> format = ask(database, "SELECT format FROM meta");
  if (!format) return format.error();
  if (*format > newest)
    return Error{Errc::conflict, "the journal was written by a newer Busbar (format " +
                                     std::to_string(*format) + "; this one reads up to " +
                                     std::to_string(newest) + ")"};
  return *format;
}

Status take_steps(Database& database, std::int64_t format) {
  for (; format < newest; ++format) {
    if (Status begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
    Status taken = database.run(steps[static_cast<std::size_t>(format)]);
    const std::string stamp = "UPDATE meta SET format = " + std::to_string(format + 1) + "; COMMIT";
    if (taken) taken = database.run(stamp.c_str());
    if (!taken) {
      if (database.in_transaction()) static_cast<void>(bool(database.run("ROLLBACK")));
      return taken;
    }
  }
  return Done{};
}

}  // namespace

Status create(const std::string& folder) {
  const std::string path = folder + "/journal.db", fresh = path + ".new";
  for (const char* rest : {"", "-journal", "-wal", "-shm"})
    unlink((fresh + rest).c_str());  // of a crash in here
  const int file = open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Error{Errc::unavailable, fresh + ": cannot create it: " + std::strerror(errno)};
  close(file);
  {
    Result<Database> database = Database::open(fresh, Access::write);
    if (!database) return database.error();
    if (Status set = database->run("PRAGMA synchronous = FULL"); !set) return set;
    if (Status made = take_steps(*database, 0); !made) return made;
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0)
    return Error{Errc::unavailable, path + ": cannot put it in place: " + std::strerror(errno)};
  return sync_folder(folder);
}

Status recognise(Database& database) {
  const Result<std::int64_t> format = format_of(database);
  if (!format) return format.error();
  return Done{};
}

Status migrate(Database& database) {
  const Result<std::int64_t> format = format_of(database);
  if (!format) return format.error();
  return take_steps(database, *format);
}

Status require_current(Database& database) {
  const Result<std::int64_t> format = format_of(database);
  if (!format) return format.error();
  if (*format == newest) return Done{};
  return Error{Errc::conflict, "the journal is of an older Busbar (format " + std::to_string(*format) +
                                   "); start a server on it once, which brings it to format " +
                                   std::to_string(newest)};
}

Status require_sound(Database& database) {
  Result<Statement> check = database.prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  const Result<bool> row = check->next();
  if (!row) return row.error();
  if (*row && check->text(0) == "ok") return Done{};
  return Error{Errc::internal, "journal.db is damaged: " + std::string(check->text(0)) +
                                   ". Nothing was changed in it; put back a backup"};
}

const char* ended_question(bool by_project, bool by_uid) {
  // One user's jobs are fewer than a project's: where both are asked for, the + keeps the project from
  // choosing the index.
  if (by_project && by_uid)
    return "SELECT version, body, array FROM ended WHERE +project = ?1 AND uid = ?2 AND ended_at >= ?3"
           " ORDER BY ended_at DESC, id DESC LIMIT ?4";
  if (by_project)
    return "SELECT version, body, array FROM ended WHERE project = ?1 AND ended_at >= ?2 ORDER BY ended_at "
           "DESC, id "
           "DESC LIMIT ?3";
  if (by_uid)
    return "SELECT version, body, array FROM ended WHERE uid = ?1 AND ended_at >= ?2 ORDER BY ended_at DESC, "
           "id "
           "DESC LIMIT ?3";
  return "SELECT version, body, array FROM ended WHERE ended_at >= ?1 ORDER BY ended_at DESC, id DESC LIMIT "
         "?2";
}

}  // namespace busbar::store::sqlite
