// SPDX-License-Identifier: Apache-2.0
// text_parse.cpp: quantities as people write them, read exactly: whole-number arithmetic, nothing guessed.
#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <optional>

#include "base/text.hpp"

namespace busbar::text {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

Error wrong(std::string_view found, const std::string& right) {
  return {Errc::invalid, "found " + quote(found) + "; " + right + " would be right"};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits at the start of `text`, as a number, taken off it. Nothing when there are none or too many.
std::optional<std::int64_t> take_whole(std::string_view& text) {
  constexpr std::size_t most_digits = 18;  // every such number fits
  std::size_t length = 0;
  std::int64_t number = 0;
  while (length < text.size() && is_digit(text[length])) {
    if (length == most_digits) return std::nullopt;
    number = number * 10 + (text[length++] - '0');
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

/// "12", "0.5", "1.": a decimal number as whole * 10^-places.
struct Decimal {
  std::int64_t digits = 0;  // without the point
  std::int64_t scale = 1;   // 10^places
};
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  std::string_view rest = text;
  const auto whole = take_whole(rest);
  if (!whole) return std::nullopt;
  number.digits = *whole;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    std::size_t places = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++places) {
      if (number.digits > largest / 100 || places == 12) return std::nullopt;
      number.digits = number.digits * 10 + (rest.front() - '0');
      number.scale *= 10;
    }
    if (places == 0) return std::nullopt;
  }
  text = rest;
  return number;
}

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

/// "4", "0.125" in thousandths; nothing when it is finer or no number.
std::optional<std::int64_t> parse_thousandths(std::string_view text) {
  const auto number = take_decimal(text);
  if (!number || !text.empty()) return std::nullopt;
  const Wide scaled = Wide{number->digits} * 1000;
  if (scaled % number->scale != 0 || scaled / number->scale > largest) return std::nullopt;
  return static_cast<std::int64_t>(scaled / number->scale);
}

/// The factor of "", "b", "k", "ki", "kib", "kb" and their larger brothers.
std::optional<std::int64_t> byte_unit(std::string_view unit, Bytes bare) {
  constexpr std::string_view letters = "kmgtpe";
  if (unit.empty()) return bare.count;
  if (unit == "b") return 1;
  const std::size_t step = letters.find(unit.front());
  if (step == std::string_view::npos) return std::nullopt;
  const std::string_view rest = unit.substr(1);
  if (!rest.empty() && rest != "i" && rest != "ib" && rest != "b") return std::nullopt;
  std::int64_t factor = 1;
  for (std::size_t i = 0; i <= step; ++i) factor *= rest == "b" ? 1000 : 1024;
  return factor;
}

constexpr Duration longest_duration = std::chrono::hours(24 * 365 * 100);
const char* const right_duration =
    "a duration such as 30m, 2h30m, 90s, a number of minutes, HH:MM:SS or D-HH:MM:SS (at most 100 years)";

/// "2h30m": units from large to small, each once.
std::optional<Duration> units_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  constexpr std::array<Unit, 7> units = {Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                         Unit{"min", 60'000},    Unit{"m", 60'000},     Unit{"s", 1000},
                                         Unit{"ms", 1}};
  Wide sum = 0;
  std::int64_t smaller_than = largest;
  for (text = skip_blanks(text); !text.empty(); text = skip_blanks(text)) {
    const auto number = take_decimal(text);
    if (!number) return std::nullopt;
    text = skip_blanks(text);
    const std::string_view name =
        text.substr(0, std::min(text.size(), text.find_first_not_of("abcdefghijklmnopqrstuvwxyz")));
    const auto unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& each) { return each.name == name; });
    if (unit == units.end() || unit->milliseconds >= smaller_than) return std::nullopt;
    const Wide scaled = Wide{number->digits} * unit->milliseconds;
    if (scaled % number->scale != 0) return std::nullopt;  // finer than a millisecond
    sum += scaled / number->scale;
    if (sum > longest_duration.count()) return std::nullopt;
    smaller_than = unit->milliseconds;
    text.remove_prefix(name.size());
  }
  return Duration(static_cast<std::int64_t>(sum));
}

/// Slurm's forms: with a day and a dash hours come next, without one a lone number is minutes and two are
/// MM:SS.
std::optional<Duration> clock_duration(std::string_view text) {
  const std::size_t dash = text.find('-');
  const bool with_days = dash != std::string_view::npos;
  const std::vector<std::string> parts = split(with_days ? text.substr(dash + 1) : text, ':');
  if (parts.size() > 3) return std::nullopt;
  constexpr std::array<std::int64_t, 3> from_hours = {3600, 60, 1}, from_minutes = {60, 1, 0};
  const auto& seconds_of = with_days || parts.size() == 3 ? from_hours : from_minutes;
  Wide seconds = 0;
  const auto add = [&](std::string_view part, std::int64_t factor) {
    const auto number = take_whole(part);
    if (!number || !part.empty()) return false;
    seconds += Wide{*number} * factor;
    return true;
  };
  if (with_days && !add(text.substr(0, dash), 86'400)) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!add(parts[i], seconds_of[i])) return std::nullopt;
  }
  if (seconds > longest_duration.count() / 1000) return std::nullopt;
  return Duration(static_cast<std::int64_t>(seconds) * 1000);
}

struct NamedSignal {
  int number;
  std::string_view name;
};
constexpr std::array named_signals = {
    NamedSignal{SIGHUP, "HUP"},       NamedSignal{SIGINT, "INT"},   NamedSignal{SIGQUIT, "QUIT"},
    NamedSignal{SIGILL, "ILL"},       NamedSignal{SIGTRAP, "TRAP"}, NamedSignal{SIGABRT, "ABRT"},
    NamedSignal{SIGBUS, "BUS"},       NamedSignal{SIGFPE, "FPE"},   NamedSignal{SIGKILL, "KILL"},
    NamedSignal{SIGUSR1, "USR1"},     NamedSignal{SIGSEGV, "SEGV"}, NamedSignal{SIGUSR2, "USR2"},
    NamedSignal{SIGPIPE, "PIPE"},     NamedSignal{SIGALRM, "ALRM"}, NamedSignal{SIGTERM, "TERM"},
    NamedSignal{SIGCHLD, "CHLD"},     NamedSignal{SIGCONT, "CONT"}, NamedSignal{SIGSTOP, "STOP"},
    NamedSignal{SIGTSTP, "TSTP"},     NamedSignal{SIGTTIN, "TTIN"}, NamedSignal{SIGTTOU, "TTOU"},
    NamedSignal{SIGURG, "URG"},       NamedSignal{SIGXCPU, "XCPU"}, NamedSignal{SIGXFSZ, "XFSZ"},
    NamedSignal{SIGVTALRM, "VTALRM"}, NamedSignal{SIGPROF, "PROF"}, NamedSignal{SIGWINCH, "WINCH"},
    NamedSignal{SIGIO, "IO"},         NamedSignal{SIGSYS, "SYS"}};

constexpr std::int64_t largest_index = 2'147'483'646;

/// "4", "0-9", "0-20:5": first, last and step of one clause.
struct Clause {
  std::int64_t first = 0, last = 0, step = 1;
};
std::optional<Clause> parse_clause(std::string_view text) {
  Clause clause;
  const auto first = take_whole(text);
  if (!first) return std::nullopt;
  clause.first = clause.last = *first;
  if (!text.empty() && text.front() == '-') {
    text.remove_prefix(1);
    const auto last = take_whole(text);
    if (!last) return std::nullopt;
    clause.last = *last;
    if (!text.empty() && text.front() == ':') {
      text.remove_prefix(1);
      const auto step = take_whole(text);
      if (!step) return std::nullopt;
      clause.step = *step;
    }
  }
  if (!text.empty() || clause.last < clause.first || clause.step < 1 || clause.last > largest_index) {
    return std::nullopt;
  }
  return clause;
}

}  // namespace

Result<std::int64_t> parse_whole(std::string_view text, std::int64_t low, std::int64_t high) {
  const auto refused = [&] {
    std::string right = "a whole number";
    if (high == largest)
      right += " from " + std::to_string(low) + " up";
    else
      right += " from " + std::to_string(low) + " to " + std::to_string(high);
    return wrong(text, right);
  };
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  if (rest.empty()) return refused();
  Wide number = 0;
  for (const char c : rest) {
    if (!is_digit(c)) return refused();
    number = number * 10 + (c - '0');
    if (number > Wide{largest} + 1) return refused();
  }
  if (negative) number = -number;
  if (number < low || number > high) return refused();
  return static_cast<std::int64_t>(number);
}

Result<Bytes> parse_bytes(std::string_view text, Bytes bare) {
  const char* const right = "a size such as 512M, 16GiB or 80GB";
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (!number) return wrong(text, right);
  const auto unit = byte_unit(lower(skip_blanks(rest)), bare);
  if (!unit) return wrong(text, right);
  const Wide bytes = Wide{number->digits} * *unit / number->scale;
  if (bytes > largest) return wrong(text, "a size below 8192P");
  return Bytes{static_cast<std::int64_t>(bytes)};
}

Result<Duration> parse_duration(std::string_view text) {
  const std::string word = lower(text);
  if (word == "unlimited" || word == "infinite") return Duration(0);
  const bool with_units = text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string_view::npos;
  const auto duration = with_units ? units_duration(text) : clock_duration(text);
  if (!duration) return wrong(text, right_duration);
  return *duration;
}

Result<Cpus> parse_cpus(std::string_view text) {
  constexpr std::int64_t most = 1'000'000'000;  // thousandths
  std::string_view digits = text;
  const bool milli = !text.empty() && text.back() == 'm';
  if (milli) digits.remove_suffix(1);
  std::optional<std::int64_t> count;
  if (!milli) {
    count = parse_thousandths(digits);
  } else if (const auto whole = take_whole(digits); whole && digits.empty()) {
    count = whole;
  }
  if (!count || *count < 1 || *count > most) {
    return wrong(text, "a number of CPUs such as 4, 0.5 or 500m (from 0.001 to 1000000)");
  }
  return Cpus{*count};
}

Result<Share> parse_share(std::string_view text) {
  constexpr std::int64_t most = 1'000'000'000;  // thousandths
  const auto count = parse_thousandths(text);
  if (!count || *count > most) {
    return wrong(text, "a whole number of GPUs such as 2, or a share of one such as 0.5 (in steps of 0.001)");
  }
  if (*count > whole_device.count && *count % whole_device.count != 0) {
    const std::int64_t whole = *count / whole_device.count;
    return wrong(text, std::to_string(whole) + " or " + std::to_string(whole + 1) +
                           " (shares exist below one GPU only)");
  }
  return Share{*count};
}

Result<int> parse_signal(std::string_view text) {
  constexpr std::int64_t last_signal = 64;
  std::string_view rest = text;
  if (const auto number = take_whole(rest);
      number && rest.empty() && *number >= 1 && *number <= last_signal) {
    return static_cast<int>(*number);
  }
  const std::string word = lower(text);
  for (const NamedSignal& signal : named_signals) {
    const std::string name = lower(signal.name);
    if (word == name || word == "sig" + name) return signal.number;
  }
  return wrong(text, "a signal such as USR1, SIGTERM or a number from 1 to 64");
}

std::string signal_name(int signal) {
  for (const NamedSignal& named : named_signals) {
    if (named.number == signal) return "SIG" + std::string(named.name);
  }
  return "signal " + std::to_string(signal);
}

Result<std::vector<int>> parse_indices(std::string_view text, std::size_t most) {
  std::vector<int> indices;
  for (const std::string& part : split(text, ',')) {
    const auto clause = parse_clause(part);
    if (!clause) return wrong(part, "an index or a range such as 4, 0-9 or 0-20:5 (at most 2147483646)");
    // Counted before anything is made, so that "0-2000000000" costs nothing.
    const auto count = static_cast<std::uint64_t>((clause->last - clause->first) / clause->step) + 1;
    if (count > most - indices.size()) {
      return wrong(text, "at most " + std::to_string(most) + " indices, repeats counted,");
    }
    for (std::int64_t index = clause->first; index <= clause->last; index += clause->step) {
      indices.push_back(static_cast<int>(index));
    }
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace busbar::text
