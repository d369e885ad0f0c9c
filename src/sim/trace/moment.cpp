// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/moment.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

Error wrong(std::string_view found, const std::string& right) {
  return {Errc::invalid, "found " + text::quote(found) + "; " + right + " would be right"};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes `digits` digits from the front; nothing when they are not there.
std::optional<int> take(std::string_view& rest, std::size_t digits) {
  if (rest.size() < digits || !std::all_of(rest.begin(), rest.begin() + std::ptrdiff_t(digits), is_digit))
    return std::nullopt;
  int value = 0;
  for (const char c : rest.substr(0, digits)) value = value * 10 + (c - '0');
  rest.remove_prefix(digits);
  return value;
}
bool take(std::string_view& rest, std::string_view one_of) {
  if (rest.empty() || one_of.find(rest[0]) == std::string_view::npos) return false;
  return rest.remove_prefix(1), true;
}

/// ".25" from the front as 250 milliseconds; none is 0. Nothing when there is a point and no digit.
std::optional<Duration> take_fraction(std::string_view& rest) {
  if (!take(rest, ".")) return Duration{0};
  std::size_t digits = 0;
  std::int64_t milli = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  for (std::size_t k = 0; k < 3; ++k) milli = milli * 10 + (k < digits ? rest[k] - '0' : 0);
  rest.remove_prefix(digits);
  if (digits == 0) return std::nullopt;
  return Duration{milli};
}

/// "T00:00:45.5Z" from the front.
std::optional<Duration> take_time_of_day(std::string_view& rest) {
  if (!take(rest, "T ")) return std::nullopt;
  const auto hour = take(rest, 2);
  if (!hour || !take(rest, ":")) return std::nullopt;
  const auto minute = take(rest, 2);
  if (!minute || !take(rest, ":")) return std::nullopt;
  const auto second = take(rest, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
  const auto fraction = take_fraction(rest);
  if (!fraction) return std::nullopt;
  take(rest, "Z");
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         *fraction;
}

std::optional<Instant> take_day(std::string_view& rest) {
  const auto year = take(rest, 4);
  if (!year || !take(rest, "-")) return std::nullopt;
  const auto month = take(rest, 2);
  if (!month || !take(rest, "-")) return std::nullopt;
  const auto day = take(rest, 2);
  if (!day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  if (!date.ok()) return std::nullopt;
  return Instant{std::chrono::sys_days(date).time_since_epoch()};
}

}  // namespace

Result<Instant> parse_moment(std::string_view text) {
  std::string_view rest = text;
  const auto day = take_day(rest);
  if (day && rest.empty()) return *day;
  const auto time = day ? take_time_of_day(rest) : std::nullopt;
  if (!time || !rest.empty()) return wrong(text, "a time such as 2017-10-01 or 2017-10-01 00:00:45");
  return *day + *time;
}

Result<Duration> parse_seconds(std::string_view text, Duration most) {
  const auto right = [&] { return wrong(text, "seconds from 0 to " + show_seconds(most)); };
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto whole = text::parse_whole(text.substr(0, digits), 0, most.count() / 1000);
  std::string_view rest = text.substr(digits);
  const auto fraction = take_fraction(rest);
  if (!whole || !fraction || !rest.empty()) return right();
  const Duration found = std::chrono::seconds(*whole) + *fraction;
  if (found > most) return right();
  return found;
}

std::string show_seconds(Duration duration) {
  std::string shown = std::to_string(duration.count() / 1000);
  const std::int64_t milli = duration.count() % 1000;
  if (milli == 0) return shown;
  std::string fraction = std::to_string(1000 + milli).substr(1);
  while (fraction.back() == '0') fraction.pop_back();
  return shown + "." + fraction;
}

}  // namespace busbar::sim
