// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/csv.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::sim {

Csv::Csv(std::string name, Source source, char separator)
    : lines_(std::move(name), std::move(source)), separator_(separator) {}

Result<Csv> Csv::open(const std::string& path, char separator) {
  Result<Source> source = open_trace(path);
  if (!source) return source.error();
  return read(path, std::move(*source), separator);
}

Result<Csv> Csv::read(std::string name, Source source, char separator) {
  Csv csv(std::move(name), std::move(source), separator);
  const Result<bool> header = csv.lines_.next();
  if (!header) return header.error();
  if (!*header || text::trim(csv.lines_.line()).empty())
    return Error{Errc::invalid,
                 csv.wrong("found nothing; a line with the names of the columns would be right").message};
  if (Status split = csv.split(); !split) return split.error();
  for (const std::string_view field : csv.fields_) {
    const std::string_view column = text::trim(field);
    if (column.empty()) return csv.wrong("a column has no name");
    if (std::ranges::any_of(column, [](unsigned char c) { return c < ' ' || c == 127; }))
      return csv.wrong("found a column " + text::quote(column) + "; a name in plain text would be right");
    if (csv.optional_column(column)) return csv.wrong("there are two columns " + text::quote(column));
    csv.names_.emplace_back(column);
  }
  return csv;
}

std::optional<std::size_t> Csv::optional_column(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

Status Csv::columns(std::initializer_list<std::pair<const char*, std::size_t*>> wanted) const {
  for (const auto& [name, place] : wanted) {
    const Result<std::size_t> found = column(name);
    if (!found) return found.error();
    *place = *found;
  }
  return Done{};
}

Result<std::size_t> Csv::column(std::string_view name) const {
  if (const auto found = optional_column(name)) return *found;
  std::vector<std::string> shown;
  for (const std::string& each : names_) shown.push_back(text::quote(each));
  constexpr std::size_t most_shown = 20;
  if (shown.size() > most_shown) shown.resize(most_shown);
  return lines_.wrong("there is no column " + text::quote(name) + "; the header names " +
                      text::join(shown, ", "));
}

Result<bool> Csv::next() {
  do {
    const Result<bool> line = lines_.next();
    if (!line) return line.error();
    if (!*line) return false;
  } while (lines_.line().empty());
  if (Status done = split(); !done) return done.error();
  if (fields_.size() != names_.size())
    return wrong("found " + std::to_string(fields_.size()) + " fields; " + std::to_string(names_.size()) +
                 ", as in the header, would be right");
  return true;
}

Status Csv::split() {
  fields_.clear();
  unquoted_.clear();
  std::string_view rest = lines_.line();
  unquoted_.reserve(rest.size());  // never more, so that fields_ may point into it
  for (;;) {
    if (rest.starts_with('"')) {
      const Result<std::string_view> field = quoted(rest);
      if (!field) return field.error();
      fields_.push_back(*field);
    } else {
      const std::string_view field = rest.substr(0, rest.find(separator_));
      fields_.push_back(field);
      rest.remove_prefix(field.size());
    }
    if (rest.empty()) return Done{};
    rest.remove_prefix(1);  // the separator
  }
}

/// Takes a field in quotes off `rest`, up to the separator behind it.
Result<std::string_view> Csv::quoted(std::string_view& rest) {
  const std::size_t start = unquoted_.size();
  rest.remove_prefix(1);
  for (;;) {
    const std::size_t stop = rest.find('"');
    if (stop == std::string_view::npos) return wrong("a quote is opened and not closed in this line");
    unquoted_ += rest.substr(0, stop);
    rest.remove_prefix(stop + 1);
    if (!rest.starts_with('"')) break;
    unquoted_ += '"';  // two stand for one
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() != separator_)
    return wrong("found " + text::quote(rest) + " behind a closing quote; the next field would be right");
  return std::string_view(unquoted_).substr(start);
}

Result<std::int64_t> Csv::whole(std::size_t column, std::int64_t low, std::int64_t high) const {
  Result<std::int64_t> number = text::parse_whole(fields_[column], low, high);
  if (!number) return wrong(column, number.error().message);
  return number;
}

Error Csv::wrong(std::size_t column, const std::string& message) const {
  return wrong(names_[column] + ": " + message);
}

Status each_row(Csv& csv, bool lenient, Refused& refused, const std::function<Status()>& take) {
  for (;;) {
    const Result<bool> row = csv.next();
    if (row && !*row) return Done{};
    const Status taken = row ? take() : Status(row.error());
    if (taken) continue;
    if (!lenient) return taken;
    if (refused.rows++ == 0) refused.first = taken.error().message;
  }
}

}  // namespace busbar::sim
