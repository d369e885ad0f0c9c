// SPDX-License-Identifier: Apache-2.0
#include "sim/share.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/text.hpp"
#include "sim/trace/csv.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t most_cells = 20'000'000, fewest_moments = 4;
constexpr std::int64_t least_known = 10;  // a tenth of the moments

/// A number with a fraction, in thousandths, within [low, high].
Result<std::int64_t> milli_of(const Csv& csv, std::size_t column, double low, double high,
                              const char* right) {
  const std::string_view field = csv[column];
  double value = 0;
  const auto [end, failed] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (failed != std::errc{} || end != field.data() + field.size() || !(value >= low && value <= high))
    return csv.wrong(column, "found " + text::quote(field) + "; " + right + " would be right");
  return std::llround(value * 1000);
}

struct Half {
  std::vector<model::Duty> programs;
  std::vector<std::size_t> which;  // of the record
};

Half half_of(const DutyRecord& record, std::int64_t from, std::int64_t to, std::int64_t fewest) {
  Half half;
  for (std::size_t k = 0; k < record.programs.size(); ++k) {
    const model::Duty& all = record.programs[k];
    model::Duty duty(all.begin() + from, all.begin() + to);
    const auto there = std::ranges::count_if(duty, [](int value) { return value != model::absent; });
    if (there < fewest) continue;
    half.programs.push_back(std::move(duty));
    half.which.push_back(k);
  }
  return half;
}

/// Who stands with whom, by the learned part, and each that it does not know alone; judged by the other.
ShareOutcome judge(const DutyRecord& record, const Half& learned, const Half& judged, model::Sharing sharing,
                   std::int64_t budget_milli, const char* rule) {
  ShareOutcome outcome{.rule = rule};
  std::map<std::size_t, std::size_t> place;  // in the judged half, by the record's
  for (std::size_t k = 0; k < judged.which.size(); ++k) place.emplace(judged.which[k], k);
  std::vector<std::vector<std::size_t>> devices;
  std::set<std::size_t> stands(learned.which.begin(), learned.which.end());
  for (const auto& device : model::share(learned.programs, sharing, budget_milli)) {
    devices.emplace_back();
    for (const std::size_t program : device)
      if (const auto there = place.find(learned.which[program]); there != place.end())
        devices.back().push_back(there->second);
  }
  for (std::size_t k = 0; k < record.programs.size(); ++k)
    if (place.contains(k) && !stands.contains(k)) devices.push_back({place.at(k)});
  for (const auto& device : devices) {
    const model::Pressed found = model::pressed(judged.programs, device);
    if (found.samples == 0) continue;
    ++outcome.devices;
    outcome.samples += found.samples;
    outcome.violated += found.violated;
    if (found.violated * std::max<std::int64_t>(outcome.worst_samples, 1) >=
        outcome.worst_violated * found.samples) {
      outcome.worst_samples = found.samples;
      outcome.worst_violated = found.violated;
    }
  }
  return outcome;
}

}  // namespace

Result<DutyRecord> read_duty(const std::string& path) {
  Result<Source> source = open_trace(path);
  if (!source) return source.error();
  return read_duty(path, std::move(*source));
}

Result<DutyRecord> read_duty(const std::string& called, Source source) {
  Result<Csv> csv = Csv::read(called, std::move(source));
  if (!csv) return csv.error();
  const auto time = csv->column("timestamp_anon"), value = csv->column("value"),
             name = csv->column("container_ip");
  for (const auto* column : {&time, &value, &name})
    if (!*column) return column->error();
  std::map<std::string, std::map<std::int64_t, int>, std::less<>> programs;
  std::set<std::int64_t> moments;
  for (;;) {
    const Result<bool> row = csv->next();
    if (!row) return row.error();
    if (!*row) break;
    const auto at = milli_of(*csv, *time, 0, 1e11, "a time in seconds since 1970");
    if (!at) return at.error();
    const auto percent = milli_of(*csv, *value, 0, 100, "0 to 100 percent of a device");
    if (!percent) return percent.error();
    if ((*csv)[*name].empty())
      return csv->wrong(*name, "found nothing; the name of a program would be right");
    moments.insert(*at);
    auto program = programs.find((*csv)[*name]);
    if (program == programs.end())
      program = programs.emplace(std::string((*csv)[*name]), std::map<std::int64_t, int>{}).first;
    if (!program->second.emplace(*at, int((*percent + 50) / 100)).second)
      return csv->wrong(*name, text::quote((*csv)[*name]) +
                                   " stands here a second time at this moment; each once would be right");
    if (std::ssize(moments) * std::ssize(programs) > most_cells)
      return csv->wrong("found more than " + std::to_string(most_cells) +
                        " programs times moments; a part of the record would be right");
  }
  if (std::ssize(moments) < fewest_moments)
    return csv->wrong("found " + std::to_string(moments.size()) + " moments; " +
                      std::to_string(fewest_moments) + " at least would be right");
  DutyRecord record;
  record.moments = std::ssize(moments);
  for (const auto& [of, samples] : programs) {
    record.names.push_back(of);
    model::Duty& duty = record.programs.emplace_back();
    for (const std::int64_t at : moments) {
      const auto sample = samples.find(at);
      duty.push_back(sample == samples.end() ? model::absent : sample->second);
    }
  }
  return record;
}

ShareAnswer share_experiment(const DutyRecord& record, std::int64_t budget_milli) {
  using Sharing = model::Sharing;
  const std::int64_t middle = record.moments / 2;
  const Half learned = half_of(record, 0, middle, std::max<std::int64_t>(middle / least_known, 1));
  const Half judged = half_of(record, middle, record.moments, 1);
  ShareAnswer answer;
  answer.programs = std::ssize(judged.which);
  answer.moments = record.moments - middle;
  for (const std::size_t k : judged.which) answer.unknown += std::ranges::count(learned.which, k) == 0;
  const struct {
    Sharing sharing;
    const char* rule;
  } rules[] = {{Sharing::alone, "each alone"},
               {Sharing::peaks, "sum of peaks"},
               {Sharing::sigma, "mean + 5 sigma"},
               {Sharing::means, "sum of means"},
               {Sharing::samples, "busbar"}};
  for (const auto& [sharing, rule] : rules)
    answer.outcomes.push_back(judge(record, learned, judged, sharing, budget_milli, rule));
  answer.foresight = judge(record, judged, judged, Sharing::samples, budget_milli, "foresight");
  return answer;
}

}  // namespace busbar::sim
