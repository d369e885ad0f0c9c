// SPDX-License-Identifier: Apache-2.0
#include "estimate/sheet_row.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "estimate/names.hpp"

namespace busbar::estimate {

std::optional<double> SheetRow::number(std::string_view column, double low, double high) {
  if (error_) return std::nullopt;
  Result<std::optional<double>> read = sheet_.number(row_, column, low, high);
  if (!read) return error_ = read.error(), std::nullopt;
  return *read;
}

double SheetRow::needed_number(std::string_view column, double low, double high, std::string_view right) {
  const auto read = number(column, low, high);
  if (!read) refuse(column, "found nothing; " + std::string(right) + " would be right");
  return read.value_or(low);
}

std::string SheetRow::text(std::string_view column) {
  const std::string_view field = text::trim(sheet_.at(row_, column));
  if (std::ranges::any_of(field, [](unsigned char c) { return c < ' ' || c == 127; }))
    refuse(column, "found " + text::quote(field) + "; plain text would be right");
  return std::string(field);
}

std::string SheetRow::name() {
  std::string name = needed("name", "what it is called");
  if (folded(name).empty())
    refuse("name", "found " + text::quote(name) + "; a name with letters or digits would be right");
  return name;
}

std::string SheetRow::needed(std::string_view column, std::string_view right) {
  std::string read = text(column);
  if (read.empty()) refuse(column, "found nothing; " + std::string(right) + " would be right");
  return read;
}

void SheetRow::refuse(std::string_view column, std::string_view message) {
  if (!error_) error_ = sheet_.wrong(row_, column, message);
}

Status check_columns(const Sheet& sheet, std::span<const std::string_view> needed,
                     std::span<const std::string_view> known) {
  for (const std::string_view column : needed) {
    if (const auto there = sheet.needed(column); !there) return there.error();
  }
  for (const std::string& column : sheet.names()) {
    if (std::ranges::find(known, column) != known.end()) continue;
    const std::string near = text::nearest(column, {known.begin(), known.end()});
    return Error{Errc::invalid, sheet.name() + ": there is a column " + text::quote(column) +
                                    (near.empty() ? "; catalog/README.md lists those that are known"
                                                  : "; did you mean " + near + "?")};
  }
  return Done{};
}

void note_blanks(const Sheet& sheet, std::span<const Usual> usual, std::vector<std::string>& assumed) {
  std::string blank;
  for (const Usual& each : usual) {
    bool any = false;
    for (std::size_t row = 0; row < sheet.rows(); ++row) any = any || sheet.at(row, each.column).empty();
    if (any) blank += (blank.empty() ? "" : ", ") + std::string(each.column) + " (" + each.says + ")";
  }
  if (!blank.empty()) assumed.push_back("blank in " + sheet.name() + ": " + blank);
}

}  // namespace busbar::estimate
