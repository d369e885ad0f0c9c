// SPDX-License-Identifier: Apache-2.0
#include "cli/render/forecast.hpp"

#include <boost/json/array.hpp>
#include <vector>

#include "base/text.hpp"
#include "cli/render/table.hpp"
#include "cli/render/when.hpp"

namespace busbar::cli::render {
namespace {

/// "2026-11-21 09:05"; "" for nothing.
std::string minute(const std::optional<Instant>& at) { return at ? local_time(*at).substr(0, 16) : ""; }

/// "between A and B, most likely about C", "about C", "not before A".
std::string interval(const json::value& moments) {
  const std::string p10 = minute(time_at(moments, "p10")), p50 = minute(time_at(moments, "p50")),
                    p90 = minute(time_at(moments, "p90"));
  if (p10.empty()) return "later than could be looked at";
  if (p10 == p90) return "about " + p50;
  const std::string middle = p50.empty() ? "" : ", most likely about " + p50;
  return (p90.empty() ? "not before " + p10 : "between " + p10 + " and " + p90) + middle;
}

std::string span(const json::value& lengths) {
  const auto shown = [&](const char* name) { return text::show(Duration{whole_at(lengths, name)}); };
  const std::string p10 = shown("p10"), p90 = shown("p90");
  return p10 == p90 ? p10 : p10 + " to " + p90;
}

std::string counted(std::int64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string futures(const json::value& answer) {
  return "(80 % of " + counted(whole_at(answer, "futures"), "future", "futures") + ")";
}

/// Where too little was submitted yet to foresee more.
std::string undisturbed(const json::value& answer) {
  return whole_at(answer, "submissions") == 0 ? ", if nobody submits anything more" : "";
}

/// How often such intervals held: here, where enough of them are judged; else where that was measured
/// (docs/benchmarks.md). Nothing of those that rest on limits, or on nobody coming.
std::string worth(const json::value& answer) {
  if (whole_at(answer, "learned") == 0 || whole_at(answer, "submissions") == 0) return "";
  const json::value& record = at(answer, "record");
  const std::int64_t judged = whole_at(record, "judged");
  if (judged < 20) return "  on recorded days 8 of 10 such intervals held\n";
  return "  here " + std::to_string(whole_at(record, "held")) + " of the last " + std::to_string(judged) +
         " such intervals held\n";
}

/// What the numbers rest on.
std::string grounds(const json::value& answer) {
  const std::int64_t learned = whole_at(answer, "learned");
  return learned == 0
             ? "  no job has ended yet to learn from: stated limits count as run times\n"
             : "  by the run times of " + counted(learned, "job that has", "jobs that have") + " ended\n";
}

/// Millionths of the currency: "12.50".
std::string money(std::int64_t micro) {
  const std::int64_t cents = (micro + 5000) / 10000;
  const std::string rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
}

/// "box GPU 0 1; other GPU 3"
std::string places(const json::value& answer) {
  std::vector<std::string> all;
  for (const json::value& task : list_at(answer, "tasks")) {
    std::string place = harmless(text_at(task, "node"));
    for (const json::value& gpu : list_at(task, "gpus"))
      place +=
          (place.find(" GPU") == place.npos ? " GPU " : " ") + std::to_string(gpu.to_number<std::int64_t>());
    all.push_back(std::move(place));
  }
  return text::join(all, "; ");
}

std::string victims(const json::value& answer) {
  std::vector<std::string> all;
  for (const json::value& victim : list_at(answer, "preempts"))
    all.push_back("job " + std::to_string(whole_at(victim, "id")) + " of " +
                  harmless(text_at(victim, "user")) + " (in " + std::to_string(whole_at(victim, "futures")) +
                  " of " + std::to_string(whole_at(answer, "futures")) + " futures)");
  return all.empty() ? "" : "  stops " + text::join(all, ", ") + "\n";
}

}  // namespace

std::string when(const json::value& answer) {
  std::string text;
  if (text_at(answer, "state") != "PENDING") {
    text = "  ends " + interval(at(answer, "end")) + " " + futures(answer) + "\n";
  } else {
    text = "  starts " + interval(at(answer, "start")) + " " + futures(answer) + undisturbed(answer) + "\n";
    if (whole_at(answer, "started") > 0) text += "  runs " + span(at(answer, "runs_ms")) + "\n";
    text += worth(answer);
  }
  return text + grounds(answer);
}

std::string outlook(const json::value& answer, const model::JobSpec& spec) {
  std::string text = harmless(spec.name);
  const std::string where = places(answer);
  if (truth_at(answer, "at_once")) {
    text += " would start at once on " + where + "\n";
  } else {
    text +=
        " would start " + interval(at(answer, "start")) + " " + futures(answer) + undisturbed(answer) + "\n";
    const std::string words = text_at(at(answer, "reason"), "words");
    if (!words.empty()) text += "  " + words + "\n";
    if (!where.empty()) text += "  likely on " + where + "\n";
    text += worth(answer);
  }
  text += victims(answer);
  if (whole_at(answer, "started") > 0) text += "  runs " + span(at(answer, "runs_ms")) + "\n";
  if (const json::value& cost = at(answer, "cost_micro"); cost.is_object())
    text += "  costs " + money(whole_at(cost, "p10")) + " to " + money(whole_at(cost, "p90")) + "\n";
  return text + grounds(answer);
}

}  // namespace busbar::cli::render
