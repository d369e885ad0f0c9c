// SPDX-License-Identifier: Apache-2.0
#include "wire/moment.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace busbar::wire {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Date = std::chrono::sys_days;

constexpr std::int64_t longest_wait = std::int64_t{100} * 365 * 24 * 3600;  // seconds

Error wrong(std::string_view found) {
  return {Errc::invalid,
          "found " + text::quote(found) +
              "; a moment such as now+2hours, 16:00, 4:30pm, noon, tomorrow 8:00, 2026-12-01 or "
              "2026-12-01T08:00 would be right"};
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A number of one or two digits in [low, high].
std::optional<int> small(std::string_view text, int low, int high) {
  if (text.size() > 2 || !is_digits(text)) return std::nullopt;
  const auto number = text::parse_whole(text, low, high);
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::optional<Date> date_of(int year, std::optional<int> month, std::optional<int> day) {
  if (!month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(Date(date)) : std::nullopt;
}

/// "2026-12-01".
std::optional<Date> iso_date(std::string_view text) {
  const std::vector<std::string> parts = text::split(text, '-');
  if (parts.size() != 3 || parts[0].size() != 4 || !is_digits(parts[0])) return std::nullopt;
  const auto year = text::parse_whole(parts[0], 1970, 9998);
  if (!year) return std::nullopt;
  return date_of(static_cast<int>(*year), small(parts[1], 1, 12), small(parts[2], 1, 31));
}

/// "12/01", the next one; "12/01/26".
std::optional<Date> slashed_date(std::string_view text, Date today) {
  const std::vector<std::string> parts = text::split(text, '/');
  if (parts.size() != 2 && parts.size() != 3) return std::nullopt;
  const auto month = small(parts[0], 1, 12), day = small(parts[1], 1, 31);
  if (parts.size() == 3) {
    const auto year = small(parts[2], 0, 99);
    return year ? date_of(2000 + *year, month, day) : std::nullopt;
  }
  const int year = static_cast<int>(std::chrono::year_month_day(today).year());
  const auto date = date_of(year, month, day);
  return date && *date < today ? date_of(year + 1, month, day) : date;
}

std::optional<Date> date_in(std::string_view word, Date today) {
  if (word == "today") return today;
  if (word == "tomorrow") return today + days(1);
  if (word.find('/') != std::string_view::npos) return slashed_date(word, today);
  return iso_date(word);
}

/// "16:00", "16:00:30", "4pm", "4:30am", "noon".
std::optional<Duration> time_in(std::string_view word) {
  struct Named {
    std::string_view name;
    int hour;
  };
  for (const Named& named :
       {Named{"midnight", 0}, Named{"noon", 12}, Named{"fika", 15}, Named{"teatime", 16}})
    if (word == named.name) return hours(named.hour);
  const bool am = word.ends_with("am"), pm = word.ends_with("pm");
  if (am || pm) word.remove_suffix(2);
  const std::vector<std::string> parts = text::split(word, ':');
  if (parts.size() > 3 || (parts.size() == 1 && !am && !pm)) return std::nullopt;
  std::array<std::optional<int>, 3> numbers = {am || pm ? small(parts[0], 1, 12) : small(parts[0], 0, 23), 0,
                                               0};
  for (std::size_t k = 1; k < parts.size(); ++k)
    numbers[k] = parts[k].size() == 2 ? small(parts[k], 0, 59) : std::nullopt;
  if (!numbers[0] || !numbers[1] || !numbers[2]) return std::nullopt;
  const int hour = am || pm ? *numbers[0] % 12 + (pm ? 12 : 0) : *numbers[0];
  return hours(hour) + minutes(*numbers[1]) + seconds(*numbers[2]);
}

/// What stands behind "now+": a number of seconds, one with Slurm's name of a unit, or a duration.
std::optional<Duration> wait_in(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  struct Unit {
    std::string_view name;
    std::int64_t seconds;
  };
  constexpr Unit units[] = {{"", 1},        {"second", 1},   {"minute", 60},
                            {"hour", 3600}, {"day", 86'400}, {"week", 604'800}};
  std::string_view name = text::trim(text.substr(digits));
  if (name.size() > 1 && name.ends_with('s')) name.remove_suffix(1);
  for (const Unit& unit : units) {
    if (digits == 0 || name != unit.name) continue;
    const auto count = text::parse_whole(text.substr(0, digits), 0, longest_wait / unit.seconds);
    return count ? std::optional<Duration>(seconds(*count * unit.seconds)) : std::nullopt;
  }
  const auto duration = text::parse_duration(text);
  const bool fine = duration && *duration > Duration{0} && *duration <= seconds(longest_wait);
  return fine ? std::optional(*duration) : std::nullopt;
}

/// Reads one moment against the calendar of a place.
class Calendar {
 public:
  explicit Calendar(const LocalTime& local) : local_(local) {
    const Duration here = local.now.time_since_epoch() + local.offset(local.now);
    today_ = Date(std::chrono::floor<days>(here));
    time_ = here - today_.time_since_epoch();
  }

  std::optional<Instant> read(const std::vector<std::string>& words) const {
    std::optional<Date> date;
    std::optional<Duration> time;
    for (const std::string& word : words) {
      const auto is_date = date_in(word, today_);
      const auto is_time = time_in(word);
      if (is_date ? date.has_value() : !is_time || time) return std::nullopt;
      if (is_date) date = is_date;
      if (is_time) time = is_time;
    }
    if (!date && !time) return std::nullopt;
    if (!date) date = *time <= time_ ? today_ + days(1) : today_;
    return from_local(date->time_since_epoch() + time.value_or(Duration{0}));
  }

 private:
  /// Where the clock is put forward or back, an hour that there is twice or never is taken by one of its
  /// offsets.
  Instant from_local(Duration here) const {
    const Instant about(here - local_.offset(Instant(here)));
    return Instant(here - local_.offset(about));
  }

  const LocalTime& local_;
  Date today_;
  Duration time_{0};  // of day
};

}  // namespace

Result<Instant> parse_moment(std::string_view text, const LocalTime& local) {
  std::string moment = text::lower(text::trim(text));
  if (moment == "now") return local.now;
  if (moment.starts_with("now+")) {
    const auto wait = wait_in(text::trim(std::string_view(moment).substr(4)));
    return wait ? Result<Instant>(local.now + *wait) : wrong(text);
  }
  const bool dated = moment.size() > 10 && iso_date(std::string_view(moment).substr(0, 10));
  if (dated && moment[10] == 't') moment[10] = ' ';
  const bool utc = dated && moment.ends_with('z');
  if (utc) moment.pop_back();
  std::vector<std::string> words;
  for (std::string& word : text::split(moment, ' ')) {
    if (word == "am" || word == "pm") {  // "4 pm"
      if (words.empty()) return wrong(text);
      words.back() += word;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
    }
  }
  const LocalTime greenwich{local.now};
  const auto read = Calendar(utc ? greenwich : local).read(words);
  return read ? Result<Instant>(*read) : wrong(text);
}

}  // namespace busbar::wire
