// SPDX-License-Identifier: Apache-2.0
#include "cli/render/score.hpp"

#include <fmt/core.h>

#include "cli/render/table.hpp"
#include "wire/json_out.hpp"

namespace busbar::cli::render {
namespace {

void number(wire::JsonOut& out, const char* key, double value) {
  out.key(key), out.raw(fmt::format("{:.6g}", value));
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace

std::string predictions_json(const std::vector<plan::Answered>& rows) {
  wire::JsonOut out;
  for (const plan::Answered& row : rows) {
    const plan::Prediction& said = row.prediction;
    wire::JsonOut line;
    line.open('{');
    line.word("id", said.id);
    if (said.value) {
      number(line, "value", said.value->value);
      number(line, "low", said.value->low);
      number(line, "high", said.value->high);
    } else {
      line.null("value"), line.null("low"), line.null("high");
    }
    if (said.fits)
      line.truth("fits", *said.fits);
    else
      line.null("fits");
    if (!said.reason.empty()) line.word("reason", said.reason);
    line.close('}');
    out.text += line.text + "\n";
  }
  return out.text;
}

std::string predictions(const std::vector<plan::Answered>& rows, const Screen& screen) {
  std::vector<std::vector<Cell>> cells;
  for (const plan::Answered& row : rows) {
    const plan::Prediction& said = row.prediction;
    const auto shown = [](double value) { return fmt::format("{:.4g}", value); };
    cells.push_back({{said.id},
                     {row.row ? row.row->model.name : ""},
                     {row.row ? plan::word(row.row->kind) : ""},
                     {said.value ? shown(said.value->value) : "-"},
                     {said.value ? shown(said.value->low) + " .. " + shown(said.value->high) : "-"},
                     {said.fits ? (*said.fits ? "yes" : "no") : "-",
                      said.fits ? (*said.fits ? Tone::good : Tone::bad) : Tone::plain},
                     {said.reason, Tone::faint}});
  }
  return table({{"ID"}, {"MODEL"}, {"KIND"}, {"VALUE", true}, {"4 OF 5 WITHIN", true}, {"FITS"}, {"WHY NOT"}},
               cells, screen);
}

std::string score_json(const plan::Score& score) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.key("kinds"), out.open('[');
  for (const plan::KindScore& kind : score.kinds) {
    out.open('{');
    out.word("kind", plan::word(kind.kind));
    out.whole("rows", kind.rows);
    out.whole("groups", kind.groups);
    number(out, "median", kind.median);
    number(out, "p90", kind.p90);
    number(out, "bias", kind.bias);
    number(out, "coverage", kind.coverage);
    out.key("by_group"), out.open('{');
    for (const auto& [group, median] : score.groups.at(plan::word(kind.kind)))
      out.key(group), out.raw(fmt::format("{:.6g}", median));
    out.close('}');
    out.close('}');
  }
  out.close(']');
  out.key("fits"), out.open('{');
  out.whole("fits_right", score.fits.fits_right);
  out.whole("fits_wrong", score.fits.fits_wrong);
  out.whole("refused_right", score.fits.refused_right);
  out.whole("refused_wrong", score.fits.refused_wrong);
  out.whole("no_verdict", score.fits.silent);
  out.close('}');
  out.key("unsaid"), out.open('{');
  for (const auto& [reason, rows] : score.unsaid) out.key(std::string(out.utf8(reason))), out.whole(rows);
  out.close('}');
  out.close('}');
  return out.text + "\n";
}

std::string score(const plan::Score& score, const Screen& screen) {
  std::vector<std::vector<Cell>> cells;
  for (const plan::KindScore& kind : score.kinds)
    cells.push_back({{plan::word(kind.kind)},
                     {std::to_string(kind.rows)},
                     {std::to_string(kind.groups)},
                     {percent(kind.median)},
                     {percent(kind.p90)},
                     {fmt::format("{:+.1f} %", 100 * kind.bias)},
                     {percent(kind.coverage)}});
  std::string text = table({{"KIND"},
                            {"ROWS", true},
                            {"SOURCES", true},
                            {"MEDIAN", true},
                            {"P90", true},
                            {"BIAS", true},
                            {"WITHIN", true}},
                           cells, screen);
  const plan::FitsScore& fits = score.fits;
  text +=
      "\nmedian: mean over sources of each source's median error; within: rows whose value lies in the 80 % "
      "interval\n\n";
  text +=
      table({{"SAID"}, {"IT DID", true}, {"IT DID NOT", true}},
            {{{"fits"}, {std::to_string(fits.fits_right)}, {std::to_string(fits.fits_wrong)}},
             {{"does not fit"}, {std::to_string(fits.refused_wrong)}, {std::to_string(fits.refused_right)}}},
            screen);
  if (fits.judged() > 0)
    text += fmt::format("\n{} of {} verdicts right", fits.fits_right + fits.refused_right, fits.judged());
  if (fits.silent > 0) text += fmt::format("; {} rows without a verdict", fits.silent);
  text += "\n";
  for (const auto& [reason, rows] : score.unsaid)
    text += fmt::format("not predicted: {} x {}\n", rows, harmless(reason));
  return text;
}

}  // namespace busbar::cli::render
