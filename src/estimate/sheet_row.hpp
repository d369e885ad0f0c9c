// SPDX-License-Identifier: Apache-2.0
// sheet_row.hpp: one line of a catalogue's table, read field by field.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "estimate/names.hpp"
#include "estimate/sheet.hpp"

namespace busbar::estimate {

/// Reads one row of a sheet. The first error is kept, and after it nothing more is read: a reader takes every
/// field and asks once at its end.
class SheetRow {
 public:
  SheetRow(const Sheet& sheet, std::size_t row) : sheet_(sheet), row_(row) {}

  /// In [low, high]; nothing where the field is blank or the column is missing.
  std::optional<double> number(std::string_view column, double low, double high);
  /// Likewise, but `fallback` where it is blank.
  double number_or(std::string_view column, double low, double high, double fallback) {
    return number(column, low, high).value_or(fallback);
  }
  /// A blank is refused: `right` says what should stand there. Gives `low` after an error.
  double needed_number(std::string_view column, double low, double high, std::string_view right);
  /// A field with control characters is refused: it will stand in messages and tables.
  std::string text(std::string_view column);
  std::string needed(std::string_view column, std::string_view right);

  /// What the row is called, with letters or digits in it.
  std::string name();

  void refuse(std::string_view column, std::string_view message);
  const std::optional<Error>& error() const { return error_; }

 private:
  const Sheet& sheet_;
  std::size_t row_;
  std::optional<Error> error_;
};

/// Errors: a column of `needed` is missing, or one that is not in `known` is there (and which is meant).
Status check_columns(const Sheet& sheet, std::span<const std::string_view> needed,
                     std::span<const std::string_view> known);

/// Every row of a table whose rows have a name, as `read` takes one. Errors: those of check_columns and
/// `read`.
template <class What>
Result<std::vector<Named<What>>> read_named(const Sheet& sheet, std::span<const std::string_view> needed,
                                            std::span<const std::string_view> known,
                                            Result<What> (*read)(const Sheet&, std::size_t)) {
  if (Status fine = check_columns(sheet, needed, known); !fine) return fine.error();
  std::vector<Named<What>> all;
  for (std::size_t row = 0; row < sheet.rows(); ++row) {
    Result<What> one = read(sheet, row);
    if (!one) return one.error();
    all.push_back({std::move(*one), folded_names(sheet.at(row, "name"), sheet.at(row, "aliases"))});
  }
  return all;
}

/// What a blank of a column stands for.
struct Usual {
  const char* column;
  const char* says;
};
/// Of a user's table, the columns with a blank and what it stands for, in one sentence: "blank in mine.csv:
/// fp8_tflops (no such units), node_devices (1)". Adds nothing where nothing is blank.
void note_blanks(const Sheet& sheet, std::span<const Usual> usual, std::vector<std::string>& assumed);

}  // namespace busbar::estimate
