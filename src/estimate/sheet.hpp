// SPDX-License-Identifier: Apache-2.0
// sheet.hpp: a table of text with a header line (RFC 4180), as catalogues and lists of runs have it, held in
// memory.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace busbar::estimate {

/// Rows of fields, all as long as the header. Blank lines and lines that begin with '#' are passed over.
class Sheet {
 public:
  /// `name` is what errors call it: a file's path. Errors (Errc::invalid): no header, a name in it twice, a
  /// row with other than the header's number of fields, a quote that does not close, text that is not UTF-8.
  /// Each names the line. Cost: O(length).
  static Result<Sheet> parse(std::string name, std::string_view text);

  const std::string& name() const { return name_; }
  std::size_t rows() const { return lines_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  std::optional<std::size_t> column(std::string_view name) const;
  /// Errors: there is none of this name; says which there are.
  Result<std::size_t> needed(std::string_view name) const;

  const std::string& at(std::size_t row, std::size_t column) const {
    return cells_[row * names_.size() + column];
  }
  /// "" where the sheet has no such column.
  std::string_view at(std::size_t row, std::string_view name) const;

  /// The field as a finite number in [low, high]; nothing where it is blank or the column is missing. Errors
  /// name file, line, column, what was found and what would be right.
  Result<std::optional<double>> number(std::size_t row, std::string_view name, double low, double high) const;

  /// "FILE:LINE: COLUMN: message"
  Error wrong(std::size_t row, std::string_view column, std::string_view message) const;

 private:
  std::string name_;
  std::vector<std::string> names_, cells_;
  std::vector<std::size_t> lines_;  // by row: where it stood
};

/// A finite decimal number, all of `text`: "12", "-0.5", "1e9".
std::optional<double> parse_number(std::string_view text);

}  // namespace busbar::estimate
