// SPDX-License-Identifier: Apache-2.0
#include "plan/load.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "estimate/offers.hpp"
#include "estimate/sheet.hpp"

namespace busbar::plan {
namespace {

using estimate::Sheet;

struct Columns {
  const char *at, *input, *output;
};
constexpr Columns azure{"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, plain{"arrival", "input", "output"};

/// Seconds of "2023-11-16 18:15:46.68", of "18:15:46" and of "46.68". Beyond the year 5138 a double no longer
/// tells one step of a model from the next.
std::optional<double> moment(std::string_view text) {
  constexpr double latest = 1e11;
  if (const auto seconds = estimate::parse_number(text); seconds && *seconds >= 0 && *seconds <= latest)
    return seconds;
  double day = 0;
  if (text.size() > 11 && (text[10] == ' ' || text[10] == 'T')) {
    const auto date = estimate::parse_date(text.substr(0, 10));
    if (!date) return std::nullopt;
    day = double(std::chrono::sys_days(*date).time_since_epoch().count());
    text.remove_prefix(11);
    if (text.ends_with('Z')) text.remove_suffix(1);
  }
  const auto parts = text::split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = text::parse_whole(parts[0], 0, 23), minutes = text::parse_whole(parts[1], 0, 59);
  const auto seconds = estimate::parse_number(parts[2]);
  if (!hours || !minutes || !seconds || *seconds < 0 || *seconds >= 61) return std::nullopt;
  return ((day * 24 + double(*hours)) * 60 + double(*minutes)) * 60 + *seconds;
}

Result<double> tokens(const Sheet& sheet, std::size_t row, const char* column, double least) {
  const auto number = sheet.number(row, column, 0, 1e7);
  if (!number) return number.error();
  if (!*number) return sheet.wrong(row, column, "is empty; a number of tokens would be right");
  return std::max(**number, least);
}

}  // namespace

double Load::rate() const { return double(requests.size() - 1) / span().value; }
double Load::input() const {
  return std::accumulate(requests.begin(), requests.end(), 0.0,
                         [](double sum, const Request& each) { return sum + each.input; }) /
         double(requests.size());
}
double Load::output() const {
  return std::accumulate(requests.begin(), requests.end(), 0.0,
                         [](double sum, const Request& each) { return sum + each.output; }) /
         double(requests.size());
}

Result<Load> parse_load(std::string name, std::string_view text) {
  const Result<Sheet> sheet = Sheet::parse(std::move(name), text);
  if (!sheet) return sheet.error();
  const Columns& columns = sheet->needed(plain.at) ? plain : azure;
  for (const char* column : {columns.at, columns.input, columns.output}) {
    if (!sheet->needed(column))
      return Error{Errc::invalid, sheet->name() + ": there is no column " + column +
                                      "; TIMESTAMP, ContextTokens and GeneratedTokens, or arrival, input "
                                      "and output would be right"};
  }
  Load load;
  load.requests.reserve(sheet->rows());
  double first = 0, last = 0;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    const auto at = moment(text::trim(sheet->at(row, columns.at)));
    if (!at)
      return sheet->wrong(row, columns.at,
                          "found " + text::quote(sheet->at(row, columns.at)) +
                              "; seconds, or a time such as 2023-11-16 18:15:46.68 would be right");
    if (row == 0) first = last = *at;
    if (*at < last)
      return sheet->wrong(row, columns.at,
                          "is before the request above it; the order of time would be right");
    last = *at;
    const auto input = tokens(*sheet, row, columns.input, 1), output = tokens(*sheet, row, columns.output, 1);
    if (!input) return input.error();
    if (!output) return output.error();
    load.requests.push_back({{*at - first}, *input, *output});
  }
  if (load.requests.size() < 2 || load.span().value <= 0)
    return Error{Errc::invalid,
                 sheet->name() + ": holds " + std::to_string(load.requests.size()) +
                     " requests within no time; two at different times at least would be right"};
  return load;
}

Load steady_load(double rate, double input, double output, Rng& chance) {
  constexpr double least = 300, seconds = 600, most = 60'000;
  const auto count = std::size_t(std::clamp(rate * seconds, least, most));
  Load load;
  load.requests.reserve(count);
  double at = 0;
  for (std::size_t k = 0; k < count; ++k) {
    load.requests.push_back({{at}, input, output});
    const double share = (double(chance.next() >> 11) + 0.5) * 0x1p-53;
    at -= std::log(share);
  }
  const double stretch = double(count - 1) / rate / load.span().value;  // to the very rate that was asked for
  for (Request& each : load.requests) each.at = each.at * stretch;
  return load;
}

}  // namespace busbar::plan
