// SPDX-License-Identifier: Apache-2.0
// csv.hpp: rows of a table with a header line, fields found by the header's names, every error with its line.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/trace/lines.hpp"

namespace busbar::sim {

/// A table as RFC 4180 has it, but for line breaks within a field; `separator` is another one for some tools
/// (`sacct -P` writes '|'). Empty lines are passed over. Cost: one look at each byte, nothing kept of a row.
class Csv {
 public:
  /// Takes the header. Errors (Errc::invalid): no header, a name in it twice, and those of Lines.
  static Result<Csv> read(std::string name, Source source, char separator = ',');
  /// The same of a file, plain or gzip. Errors: those of open_trace, too.
  static Result<Csv> open(const std::string& path, char separator = ',');

  /// Which field of a row has this name. Errors: Errc::invalid, with the names that there are.
  Result<std::size_t> column(std::string_view name) const;
  /// Several of them, each into its place. Errors: that of the first that is not there.
  Status columns(std::initializer_list<std::pair<const char*, std::size_t*>> wanted) const;
  std::optional<std::size_t> optional_column(std::string_view name) const;

  /// Goes to the next row; false at the end. Errors: those of Lines, a row with other than the header's
  /// number of fields (as one that is cut has), a quote in the wrong place. The next call goes on behind it,
  /// so whoever is lenient counts the error and asks again.
  Result<bool> next();

  /// Field of the current row, valid until next().
  std::string_view operator[](std::size_t column) const { return fields_[column]; }
  /// The field as a whole number in [low, high]. Errors name file, line and column.
  Result<std::int64_t> whole(std::size_t column, std::int64_t low, std::int64_t high) const;

  std::int64_t line() const { return lines_.number(); }
  /// "FILE:LINE: message"
  Error wrong(const std::string& message) const { return lines_.wrong(message); }
  /// "FILE:LINE: COLUMN: message"
  Error wrong(std::size_t column, const std::string& message) const;

 private:
  Csv(std::string name, Source source, char separator);
  Status split();
  Result<std::string_view> quoted(std::string_view& rest);

  Lines lines_;
  char separator_;
  std::vector<std::string> names_;
  std::vector<std::string_view> fields_;
  std::string unquoted_;  // fields of this row that could not stay as they stand in the line
};

/// Rows that were wrong, where the reader is lenient.
struct Refused {
  std::int64_t rows = 0;
  std::string first;  // why the first of them was; "" where none was
};
/// Calls `take` at each row. An error of a row, or of `take`, ends the walk and is returned; a lenient reader
/// counts it and goes on.
Status each_row(Csv& csv, bool lenient, Refused& refused, const std::function<Status()>& take);

}  // namespace busbar::sim
