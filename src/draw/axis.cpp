// SPDX-License-Identifier: Apache-2.0
#include "draw/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace busbar::draw {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// Round spans between dates. Beyond the last, multiples of it.
constexpr std::array<Duration, 12> date_steps = {hours(1), hours(3), hours(6), hours(12),
                                                 days(1),  days(2),  days(4),  days(7),
                                                 days(14), days(28), days(91), days(364)};

constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "1 Oct", or "06:00" where it is no midnight.
std::string date_label(Instant at) {
  const std::string text = text::rfc3339(at);  // 2017-10-01T06:00:00.000Z
  if (text.substr(11, 5) != "00:00") return text.substr(11, 5);
  const int month = std::stoi(text.substr(5, 2)), day = std::stoi(text.substr(8, 2));
  return std::to_string(day) + " " + months[month - 1];
}

struct WaitStep {
  double seconds;
  const char* label;
};
constexpr WaitStep wait_steps[] = {{1, "1 s"},
                                   {10, "10 s"},
                                   {60, "1 min"},
                                   {600, "10 min"},
                                   {3600, "1 h"},
                                   {6 * 3600, "6 h"},
                                   {24 * 3600, "1 day"},
                                   {7 * 86400, "1 week"},
                                   {28 * 86400, "4 weeks"},
                                   {91 * 86400, "3 months"},
                                   {365 * 86400.0, "1 year"},
                                   {3650 * 86400.0, "10 years"}};

}  // namespace

std::string short_number(double value) {
  if (value < 10 && value != std::floor(value)) {
    std::string text = std::to_string(std::round(value * 100) / 100);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
  }
  const std::string digits = std::to_string(std::llround(value));
  std::string text;
  for (std::size_t k = 0; k < digits.size(); ++k) {
    if (k > 0 && (digits.size() - k) % 3 == 0) text += ',';
    text += digits[k];
  }
  return text;
}

std::vector<Tick> number_ticks(double most, int count) {
  const double top = std::max(most, 1.0);
  double step = std::pow(10, std::floor(std::log10(top / count)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if (top / (step * factor) <= count) {
      step *= factor;
      break;
    }
  }
  std::vector<Tick> ticks;
  for (int k = 0; k == 0 || step * (k - 1) < top; ++k) ticks.push_back({step * k, short_number(step * k)});
  return ticks;
}

std::vector<Tick> date_ticks(Instant begin, Instant end, int count) {
  Duration step = date_steps.back();
  for (const Duration each : date_steps) {
    if ((end - begin) / each < count) {
      step = each;
      break;
    }
  }
  while ((end - begin) / step >= count) step *= 2;
  std::vector<Tick> ticks;
  const std::int64_t first = (begin.time_since_epoch() + step - Duration{1}) / step;
  for (Instant at = Instant{step * first}; at <= end; at += step)
    ticks.push_back({double((at - begin).count()) / 1000, date_label(at)});
  return ticks;
}

std::vector<Tick> wait_ticks(double longest) {
  std::vector<Tick> ticks;
  for (const WaitStep& step : wait_steps) {
    ticks.push_back({step.seconds, step.label});
    if (step.seconds >= longest && step.seconds >= 60) break;
  }
  return ticks;
}

double wait_place(double seconds, double last_tick) {
  return std::clamp(std::log(std::max(seconds, 1.0)) / std::log(last_tick), 0.0, 1.0);
}

double wait_at(double place, double last_tick) { return std::exp(place * std::log(last_tick)); }

}  // namespace busbar::draw
