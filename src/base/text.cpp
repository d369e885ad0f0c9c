// SPDX-License-Identifier: Apache-2.0
// text.cpp: quantities shown to people, and the small tools for words. Reading quantities is in
// text_parse.cpp.
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace busbar::text {
namespace {

/// `whole` and hundredths or thousandths behind it, without trailing zeros: "1.5".
std::string decimal(std::uint64_t whole, std::uint64_t part, int digits) {
  std::string shown = std::to_string(whole);
  if (part == 0) return shown;
  std::string behind = std::to_string(part);
  behind.insert(0, static_cast<std::size_t>(digits) - behind.size(), '0');
  behind.erase(behind.find_last_not_of('0') + 1);
  return shown + "." + behind;
}

/// Its size as a positive number: also right for the one number that has no positive twin.
std::uint64_t magnitude(std::int64_t count) {
  return count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
}

std::string thousandths(std::int64_t count) {
  const std::uint64_t size = magnitude(count);
  return (count < 0 ? "-" : "") + decimal(size / 1000, size % 1000, 3);
}

/// Length of the UTF-8 sequence at the start of `text`; 0 where there is none. Source: RFC 3629, table of
/// section 4.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto within = [&](std::size_t at, unsigned low, unsigned high) {
    return at < text.size() && byte(at) >= low && byte(at) <= high;
  };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

/// Edits (insert, remove, replace, exchange neighbours) between two words; anything above `most` shows as
/// most + 1. Optimal string alignment with three rows; both words are short, as the caller saw to it.
std::size_t edits_between(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> two_above(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
    two_above.swap(above);
    above.swap(row);
  }
  return std::min(above[b.size()], most + 1);
}

void put(char* at, unsigned number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string show(Bytes bytes) {
  constexpr std::array<const char*, 7> names = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  const std::uint64_t size = magnitude(bytes.count);
  std::size_t step = 0;
  while (step + 1 < names.size() && (size >> (10 * (step + 1))) > 0) ++step;
  const std::uint64_t unit = std::uint64_t{1} << (10 * step);
  // The remainder is below 2^60; as hundredths it must not overflow, hence the shift by ten bits first.
  const std::uint64_t rest = size % unit;
  const std::uint64_t hundredths = step < 6 ? rest * 100 / unit : (rest >> 10) * 100 / (unit >> 10);
  return (bytes.count < 0 ? "-" : "") + decimal(size / unit, hundredths, 2) + names[step];
}

std::string show(Cpus cpus) { return thousandths(cpus.count); }
std::string show(Share share) { return thousandths(share.count); }

std::string show(Duration duration) {
  struct Unit {
    std::uint64_t milliseconds;
    const char* name;
  };
  constexpr std::array<Unit, 5> units = {Unit{86'400'000, " d"}, Unit{3'600'000, " h"}, Unit{60'000, " min"},
                                         Unit{1000, " s"}, Unit{1, " ms"}};
  const std::uint64_t whole = magnitude(duration.count());
  const std::string sign = duration.count() < 0 ? "-" : "";
  if (whole == 0) return "0 s";
  std::size_t first = 0;
  while (whole < units[first].milliseconds) ++first;
  std::string shown = sign + std::to_string(whole / units[first].milliseconds) + units[first].name;
  if (first + 1 >= units.size() - 1) return shown;  // behind seconds nothing is said
  const std::uint64_t next = whole % units[first].milliseconds / units[first + 1].milliseconds;
  return next == 0 ? shown : shown + " " + std::to_string(next) + units[first + 1].name;
}

std::string rfc3339(Instant at) {
  using std::chrono::days, std::chrono::sys_days;
  constexpr std::int64_t earliest = -62'167'219'200'000, latest = 253'402'300'799'999;  // years 0000 to 9999
  const Duration since{std::clamp(at.time_since_epoch().count(), earliest, latest)};
  const days day = std::chrono::floor<days>(since);
  const std::chrono::year_month_day date{sys_days{day}};
  const auto of_day = static_cast<unsigned>((since - day).count());
  char shown[] = "0000-00-00T00:00:00.000Z";
  put(shown, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put(shown + 5, static_cast<unsigned>(date.month()), 2);
  put(shown + 8, static_cast<unsigned>(date.day()), 2);
  put(shown + 11, of_day / 3'600'000, 2);
  put(shown + 14, of_day / 60'000 % 60, 2);
  put(shown + 17, of_day / 1000 % 60, 2);
  put(shown + 20, of_day % 1000, 3);
  return {shown, sizeof shown - 1};
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(at, from);
    parts.emplace_back(text.substr(from, to == std::string_view::npos ? to : to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string joined;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) joined += between;
    joined += parts[i];
  }
  return joined;
}

std::string quote(std::string_view text) {
  constexpr std::size_t most_shown = 60;
  std::string shown = "\"";
  for (std::size_t at = 0, characters = 0; at < text.size(); ++characters) {
    if (characters == most_shown) {
      shown += "...";
      break;
    }
    const std::size_t length = utf8_length(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    // C1 controls (U+0080 to U+009F) move cursors on some terminals, too.
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length == 0 || byte < 0x20 || byte == 0x7F || c1) {
      constexpr std::string_view hex = "0123456789ABCDEF";
      if (byte == '\n')
        shown += "\\n";
      else if (byte == '\t')
        shown += "\\t";
      else
        shown += std::string("\\x") + hex[byte >> 4] + hex[byte & 15];
      at += 1;
    } else {
      shown += text.substr(at, length);
      at += length;
    }
  }
  return shown + "\"";
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (text.size() >= 8) {  // plain ASCII, which nearly all text is, eight at a time
      std::uint64_t eight;
      std::memcpy(&eight, text.data(), 8);
      if ((eight & 0x8080'8080'8080'8080u) == 0) {
        text.remove_prefix(8);
        continue;
      }
    }
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t most_edits = 2, longest = 64;
  if (word.size() > longest) return {};
  const std::string wanted = lower(word);
  std::string best;
  std::size_t fewest = most_edits + 1;
  for (const std::string& candidate : known) {
    const std::size_t edits = edits_between(wanted, lower(candidate), most_edits);
    if (edits < fewest && edits * 2 < wanted.size()) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

}  // namespace busbar::text
