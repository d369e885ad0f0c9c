// SPDX-License-Identifier: Apache-2.0
#include "estimate/sheet.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "estimate/names.hpp"

namespace busbar::estimate {
namespace {

/// Takes rows off the front of a text; a field in quotes may hold line breaks.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  /// Past lines that begin with '#'.
  void pass_comments() {
    while (rest_.starts_with('#')) {
      const std::size_t end = rest_.find('\n');
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++line_;
    }
  }

  /// The next line's fields. Nothing, and why, where a quote does not close or is followed by text.
  Result<std::vector<std::string>> row() {
    std::vector<std::string> fields(1);
    bool quoted = false, closed = false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\n') ++line_;
      if (quoted) {
        if (c != '"') {
          fields.back() += c;
        } else if (rest_.starts_with('"')) {
          fields.back() += '"';
          rest_.remove_prefix(1);
        } else {
          quoted = false, closed = true;
        }
      } else if (c == '\n') {
        return fields;
      } else if (c == ',') {
        fields.emplace_back(), closed = false;
      } else if (c == '\r' && (rest_.empty() || rest_.front() == '\n')) {
        continue;
      } else if (c == '"' && fields.back().empty() && !closed) {
        quoted = true;
      } else if (closed) {
        return Error{Errc::invalid, "a closed quote is followed by text; a comma would be right"};
      } else {
        fields.back() += c;
      }
    }
    if (quoted) return Error{Errc::invalid, "a quote is not closed"};
    return fields;
  }

 private:
  std::string_view rest_;
  std::size_t line_ = 1;
};

bool is_blank(const std::vector<std::string>& fields) { return fields.size() == 1 && fields[0].empty(); }

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

Result<Sheet> Sheet::parse(std::string name, std::string_view text) {
  Sheet sheet;
  sheet.name_ = std::move(name);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Cutter cutter(text);
  for (cutter.pass_comments(); !cutter.done(); cutter.pass_comments()) {
    const std::size_t line = cutter.line();
    const auto refused = [&](const std::string& why) {
      return Error{Errc::invalid, sheet.name_ + ":" + std::to_string(line) + ": " + why};
    };
    auto fields = cutter.row();
    if (!fields) return refused(fields.error().message);
    if (is_blank(*fields)) continue;
    for (const std::string& field : *fields) {
      if (!text::is_utf8(field)) return refused("found " + text::quote(field) + "; UTF-8 would be right");
    }
    if (sheet.names_.empty()) {
      sheet.names_ = std::move(*fields);
      for (const std::string& column : sheet.names_) {
        if (std::ranges::any_of(column, [](unsigned char c) { return c < ' ' || c == 127; }))
          return refused("found a column " + text::quote(column) + "; a name in plain text would be right");
        if (std::ranges::count(sheet.names_, column) > 1)
          return refused("the column " + text::quote(column) + " is there twice");
      }
      continue;
    }
    if (fields->size() != sheet.names_.size())
      return refused("found " + std::to_string(fields->size()) + " fields; " +
                     std::to_string(sheet.names_.size()) + ", as in the header, would be right");
    std::ranges::move(*fields, std::back_inserter(sheet.cells_));
    sheet.lines_.push_back(line);
  }
  if (sheet.names_.empty())
    return Error{Errc::invalid,
                 sheet.name_ + ": is empty; a line with the names of the columns would be right"};
  return sheet;
}

std::optional<std::size_t> Sheet::column(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

Result<std::size_t> Sheet::needed(std::string_view name) const {
  if (const auto found = column(name)) return *found;
  std::string there;
  for (std::size_t k = 0; k < std::min<std::size_t>(names_.size(), 40); ++k)
    there += (k > 0 ? ", " : "") + printable(names_[k]);
  return Error{Errc::invalid, name_ + ": has no column " + std::string(name) + "; there are " + there};
}

std::string_view Sheet::at(std::size_t row, std::string_view name) const {
  const auto found = column(name);
  return found ? std::string_view(at(row, *found)) : std::string_view();
}

Result<std::optional<double>> Sheet::number(std::size_t row, std::string_view name, double low,
                                            double high) const {
  const std::string_view field = at(row, name);
  if (field.empty()) return std::optional<double>();
  const auto number = parse_number(field);
  if (number && *number >= low && *number <= high) return number;
  const auto shown = [](double bound) {
    char digits[32];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, bound).ptr);
  };
  return wrong(row, name,
               "found " + text::quote(field) + "; a number from " + shown(low) + " to " + shown(high) +
                   " would be right");
}

Error Sheet::wrong(std::size_t row, std::string_view column, std::string_view message) const {
  return {Errc::invalid, name_ + ":" + std::to_string(lines_[row]) + ": " + std::string(column) + ": " +
                             std::string(message)};
}

}  // namespace busbar::estimate
