// SPDX-License-Identifier: Apache-2.0
// database.hpp: SQLite's C interface as values that clean up after themselves, and its codes as Errors. For
// store/sqlite.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace busbar::store::sqlite {

/// A prepared statement, kept and used again. Ends before its Database.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Starts over with these values. A text must stay where it is until the last step.
  template <class... Values>
  Statement& with(const Values&... values) {
    reset();
    int place = 0;
    (bind(++place, values), ...);
    return *this;
  }
  /// True when a row is there; at the end and at a failure the statement is reset, so that it holds no lock.
  Result<bool> next();
  /// Runs to the end, rows or not.
  Status run();
  void reset() { sqlite3_reset(statement_.get()); }

  std::int64_t whole(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  /// Valid until the next step.
  std::string_view text(int column) const;

 private:
  void bind(int place, std::int64_t value) { sqlite3_bind_int64(statement_.get(), place, value); }
  void bind(int place, std::string_view value);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class Access { read, write, create };

/// One connection; used by one thread at a time.
class Database {
 public:
  /// `path` may hold no symbolic link. With Access::read nothing is ever written, not even a checkpoint.
  static Result<Database> open(const std::string& path, Access access);

  Result<Statement> prepare(const char* sql);
  Status run(const char* sql);
  bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }
  /// SQLite's extended code of the last failure.
  int code() const { return sqlite3_extended_errcode(connection_.get()); }

 private:
  explicit Database(sqlite3* connection) : connection_(connection) {}
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

/// The last failure of a connection, with the name of its file.
Error fault(sqlite3* connection);

}  // namespace busbar::store::sqlite
