// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/database.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace busbar::store::sqlite {
namespace {

constexpr int patience_ms =
    5000;  // for a lock that somebody else holds: a copy being made, an administrator's shell

std::string free_space(const std::string& path) {
  struct statvfs system{};
  if (statvfs(path.c_str(), &system) != 0) return "an unknown amount";
  return text::show(Bytes{static_cast<std::int64_t>(system.f_bavail * system.f_frsize)});
}

bool is_full(int code, int system_error) {
  return (code & 0xff) == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR &&
          (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

}  // namespace

Error fault(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection);
  const int system_error = sqlite3_system_errno(connection);
  const char* name = sqlite3_db_filename(connection, "main");
  const std::string path = name && *name ? name : "the journal";
  if (is_full(code, system_error))
    return {Errc::exhausted,
            path + ": the disk is full (" + free_space(path) +
                " free, as far as this server may use it); free some space there and try again"};
  std::string why = sqlite3_errmsg(connection);
  if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
    why += std::string(" (") + std::strerror(system_error) + ")";
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::internal,
              path + " is damaged: " + why +
                  ". Nothing was changed in it; put back a backup, or move it away to begin anew"};
    case SQLITE_CONSTRAINT:
      return {Errc::internal, path + ": it holds this already: " + why};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable,
              path + ": another program has held it locked for " + std::to_string(patience_ms / 1000) + " s"};
    default:
      return {Errc::unavailable, path + ": " + why};
  }
}

Result<bool> Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return reset(), false;
  const Error error = fault(sqlite3_db_handle(statement_.get()));  // before reset, which clears it
  reset();
  return error;
}

Status Statement::run() {
  while (true) {
    const Result<bool> row = next();
    if (!row) return row.error();
    if (!*row) return Done{};
  }
}

std::string_view Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Statement::bind(int place, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), place, value.data() ? value.data() : "", value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

Result<Database> Database::open(const std::string& path, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  if (access == Access::read) flags |= SQLITE_OPEN_READONLY;
  if (access != Access::read) flags |= SQLITE_OPEN_READWRITE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database(connection);  // closes it in any case
  if (code != SQLITE_OK) {
    const Error error =
        connection ? fault(connection) : Error{Errc::unavailable, path + ": no memory to open it"};
    return Error{error.code, "the journal cannot be opened: " + error.message};
  }
  sqlite3_busy_timeout(connection, patience_ms);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (access == Access::read) sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK)
    return fault(connection_.get());
  return Statement(statement);
}

Status Database::run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return fault(connection_.get());
  return Done{};
}

}  // namespace busbar::store::sqlite
