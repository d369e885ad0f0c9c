// SPDX-License-Identifier: Apache-2.0
#include "plan/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "draw/axis.hpp"
#include "estimate/sheet_row.hpp"
#include "plan/measured_words.hpp"
#include "plan/need.hpp"

namespace busbar::plan {
namespace {

using estimate::SheetRow;

constexpr double hours_of_a_week = 168, most_gpus = 20'000;

constexpr std::array<std::string_view, 9> columns = {
    "name", "people", "gpus", "hours_a_week", "gpu_memory_gb", "model", "method", "tokens_a_week", "note"};

/// GPUs and hours of a training that is told by its tokens.
void reckon(SheetRow& row, const estimate::Catalogue& catalogue, const estimate::NodeKind& node,
            const estimate::Device& device, const estimate::Constants& constants, Work& work) {
  const auto model = catalogue.model(row.text("model"));
  if (!model) return row.refuse("model", model.error().message);
  const std::string word = row.text("method").empty() ? "full" : row.text("method");
  const auto method = method_of(word);
  if (!method)
    return row.refuse("method", "found " + text::quote(word) + "; full, lora or qlora would be right");
  const double tokens = row.needed_number("tokens_a_week", 1, 1e16, "how many tokens one of them trains on");
  if (row.error()) return;
  const TrainQuestion asked{.model = *model, .training = usual_training(*method), .tokens = tokens};
  constexpr int most = 1024;
  for (int gpus = 1; gpus <= most; gpus *= 2) {
    const std::optional<TrainAnswer> answered = best(asked, {device, gpus, {}}, constants);
    if (!answered || !answered->fits) continue;
    const double hours = answered->time.value.value / 3600;
    if (hours > hours_of_a_week) continue;
    work.gpus = gpus, work.hours = hours;
    work.how = fmt::format("{}, {}, {} tokens on {} x {}", model->name, name_of(*method),
                           draw::short_number(tokens), gpus, device.name);
    return;
  }
  row.refuse("tokens_a_week",
             fmt::format("found {}, which {} x {} of {} do not train within a week; fewer would be right",
                         row.text("tokens_a_week"), most, device.name, node.name));
}

Result<Work> read(const estimate::Sheet& sheet, std::size_t at, const estimate::Catalogue& catalogue,
                  const estimate::NodeKind& node, const estimate::Constants& constants) {
  SheetRow row(sheet, at);
  Work work;
  work.name = row.needed("name", "what is run");
  const auto whole = [&](const char* column, double low, double fallback) {
    const double value = row.number_or(column, low, most_gpus, fallback);
    if (value != std::floor(value)) row.refuse(column, "found a fraction; a whole number would be right");
    return int(value);
  };
  work.people = whole("people", 1, 1);
  const estimate::Device* device = catalogue.devices.find(node.device);
  const auto memory = row.number("gpu_memory_gb", 0, 1e5);
  if (memory && device &&
      estimate::GB * *memory > device->memory * 1.08)  // makers' 80 GB are 79.6 GiB or 85.5 GB
    row.refuse("gpu_memory_gb",
               fmt::format("found {:g}; a {} of a {} has {:.0f} GB, another --node would be right", *memory,
                           device->name, node.name, device->memory / estimate::GB));
  if (row.text("model").empty()) {
    work.gpus = whole("gpus", 1, 0);
    if (work.gpus == 0)
      row.refuse("gpus", "found nothing; GPUs of one run, or a model with tokens_a_week, would be right");
    work.hours =
        row.needed_number("hours_a_week", 0, hours_of_a_week, "hours that one of them has it running");
  } else if (!device) {
    row.refuse(
        "model",
        fmt::format("the kind of machine {} does not say its device; gpus and hours_a_week would be right",
                    node.name));
  } else {
    reckon(row, catalogue, node, *device, constants, work);
  }
  if (row.error()) return *row.error();
  return work;
}

}  // namespace

Result<std::vector<Work>> parse_work(const estimate::Sheet& sheet, const estimate::Catalogue& catalogue,
                                     const estimate::NodeKind& node, const estimate::Constants& constants) {
  constexpr std::array<std::string_view, 1> needed = {"name"};
  if (Status fine = estimate::check_columns(sheet, needed, columns); !fine) return fine.error();
  std::vector<Work> all;
  double together = 0;
  for (std::size_t row = 0; row < sheet.rows(); ++row) {
    Result<Work> work = read(sheet, row, catalogue, node, constants);
    if (!work) return work.error();
    together += double(work->people) * work->gpus;
    if (together > most_gpus)
      return sheet.wrong(
          row, "people",
          fmt::format("found {:g} GPUs together with the rows above; at most {:g} would be right", together,
                      most_gpus));
    all.push_back(std::move(*work));
  }
  if (all.empty())
    return Error{Errc::invalid, sheet.name() + ": has no rows; a line for each kind of work would be right"};
  return all;
}

AtWork at_work(const std::vector<Work>& work) {
  AtWork use;
  std::vector<double> chance = {1};  // of so many GPUs at work
  for (const Work& each : work) {
    use.mean += each.mean(), use.people += each.people, use.together += each.people * each.gpus;
    use.peak = std::max(use.peak, each.gpus);
    const double runs = each.hours / hours_of_a_week;
    const auto gpus = std::size_t(each.gpus);
    for (int person = 0; person < each.people; ++person) {
      chance.resize(chance.size() + gpus);
      for (std::size_t k = chance.size(); k-- > 0;)
        chance[k] = chance[k] * (1 - runs) + (k >= gpus ? chance[k - gpus] * runs : 0);
    }
  }
  constexpr double most_moments = 0.95, rounding = 1e-12;
  double sum = 0;
  for (std::size_t k = 0; k < chance.size(); ++k) {
    sum += chance[k];
    if (sum < most_moments - rounding) continue;
    use.peak = std::max(use.peak, int(k));
    break;
  }
  return use;
}

}  // namespace busbar::plan
