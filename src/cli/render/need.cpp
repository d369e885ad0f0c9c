// SPDX-License-Identifier: Apache-2.0
#include "cli/render/need.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "cli/render/table.hpp"
#include "estimate/constants.hpp"

namespace busbar::cli::render {
namespace {

using estimate::Bytes;
using estimate::GiB;
using estimate::Seconds;

/// So many blocks of 30 as `part` is of `whole`.
std::string bar(double part, double whole) {
  std::string blocks;
  const double full = std::clamp(30 * part / whole, 0.0, 60.0);
  blocks.assign(std::size_t(std::lround(full)), '#');
  return blocks;
}

std::string cut_of(const estimate::Training& t) {
  const estimate::Parallelism& cut = t.cut;
  std::string text = fmt::format("micro-batch {:.0f}", t.micro_batch);
  const auto add = [&](const char* name, int ways) {
    if (ways > 1) text += fmt::format(", {} {}", name, ways);
  };
  add("tensor", cut.tp), add("pipeline", cut.pp), add("data", cut.dp), add("context", cut.cp),
      add("expert", cut.ep);
  if (cut.zero > 0) text += fmt::format(", ZeRO-{}", cut.zero);
  constexpr const char* again[] = {"nothing recomputed", "some recomputed", "all recomputed",
                                   "activations on the host"};
  return text + ", " + again[static_cast<std::size_t>(t.recompute)];
}

std::string method_of(const estimate::Training& t) {
  constexpr const char* words[] = {"all weights", "LoRA", "QLoRA", "adapter", "adapter v2"};
  return words[static_cast<std::size_t>(t.method)];
}

std::string place_of(const plan::Place& place) {
  return fmt::format("{} x {}", place.devices, place.device.name);
}

struct Part {
  const char* name;
  double value;
};

std::string parts(std::initializer_list<Part> all, double whole, const Screen& screen,
                  std::string (*show)(double)) {
  std::vector<std::vector<Cell>> rows;
  for (const Part& part : all) {
    if (part.value <= whole * 0.0005) continue;
    rows.push_back({{fmt::format("  {}", part.name)}, {show(part.value)}, {bar(part.value, whole)}});
  }
  return table({{""}, {"", true}, {""}}, rows, screen);
}

/// As people say it: 6567, 77.3k, 10M, 1.5B.
std::string short_count(double count) {
  constexpr const char* units[] = {"", "k", "M", "B", "T"};
  std::size_t unit = 0;
  if (count >= 10'000)
    while (count >= 1000 && unit + 1 < std::size(units)) count /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f}", count) : fmt::format("{:.4g}{}", count, units[unit]);
}

std::string headline(const TrainStory& story, const plan::TrainAnswer& said_of) {
  const estimate::Training& t = said_of.training;
  std::string text =
      fmt::format("{}, {}, on {}: ", story.question.model.name, method_of(t), place_of(said_of.place));
  if (!said_of.fits)
    return text + fmt::format("does not fit: {} of {} a device\n", said(said_of.memory.total()),
                              said(said_of.place.device.memory));
  text += fmt::format("fits, {} ({} to {}), {:.3g} GPU-hours, {:.3g} kWh", said(said_of.time.value),
                      said(said_of.time.low), said(said_of.time.high), said_of.device_hours(),
                      said_of.energy.value.value / 3.6e6);
  if (said_of.cost)
    text += fmt::format(", {} ({} to {})", said(said_of.cost->value), said(said_of.cost->low),
                        said(said_of.cost->high));
  return text + "\n";
}

std::string in_full(const TrainStory& story, const plan::TrainAnswer& a, const Screen& screen) {
  const estimate::TrainingMemory& m = a.memory;
  std::string text = "\n" + cut_of(a.training) + "\n";
  text += fmt::format("\nmemory of a device: {} ({} to {}) of {}\n", said(m.total()), said(a.need.low),
                      said(a.need.high), said(a.place.device.memory));
  text += parts({{"weights", m.weights.value},
                 {"gradients", m.gradients.value},
                 {"optimizer", m.optimizer.value},
                 {"activations", m.activations.value},
                 {"logits", m.logits.value},
                 {"buffers", m.buffers.value},
                 {"overhead", m.overhead.value}},
                a.place.device.memory.value, screen, [](double bytes) { return said(Bytes{bytes}); });
  const double scale = story.question.tokens / a.place.devices;
  text += fmt::format("\ntime for {} tokens, {} tokens/s\n", short_count(story.question.tokens),
                      short_count(story.question.tokens / a.time.value.value));
  const estimate::TokenTime& t = a.token;
  text += parts({{"matrices", t.matrices.value * scale},
                 {"attention", t.attention.value * scale},
                 {"memory", t.memory.value * scale},
                 {"logits", t.output.value * scale},
                 {"host", t.host.value * scale},
                 {"network", t.network.value * scale},
                 {"pipeline bubble", t.bubble.value * scale},
                 {"optimizer", t.optimizer.value * scale}},
                a.time.value.value, screen, [](double seconds) { return said(Seconds{seconds}); });
  text += fmt::format("\nfiles: {} to use it, {} to go on from\n", said(a.weights_file), said(a.checkpoint));
  return text;
}

std::string notes(const std::vector<std::string>& assumed, const std::string& stack) {
  std::string text;
  for (const std::string& each : assumed) text += "assumed: " + each + "\n";
  return text +
         (stack.empty()
              ? "intervals hold four of five times; they are as wide as errors were for programs that "
                "nothing was learned from "
                "(--program torchtune, litgpt, torchtitan, megatron, foundry narrows them)\n"
              : "intervals hold four of five times, as errors of this program's other runs were spread\n");
}

}  // namespace

std::string said(Bytes bytes) {
  return bytes < GiB * 0.1 ? fmt::format("{:.0f} MiB", bytes / estimate::MiB)
                           : fmt::format("{:.1f} GiB", bytes / GiB);
}

std::string said(Seconds time) {
  const double s = time.value;
  if (s < 1) return fmt::format("{:.0f} ms", s * 1000);
  if (s < 100) return fmt::format("{:.0f} s", s);
  if (s < 3600 * 1.5) return fmt::format("{:.0f} min", s / 60);
  if (s < 86400 * 2) return fmt::format("{:.1f} h", s / 3600);
  if (s < 86400.0 * 800) return fmt::format("{:.1f} days", s / 86400);
  return fmt::format("{:.3g} years", s / 86400 / 365.25);
}

std::string said(estimate::Usd money) {
  if (money.value < 1000) return fmt::format("${:.2f}", money.value);
  const std::string plain = fmt::format("{:.0f}", money.value);
  std::string digits;
  for (std::size_t k = 0; k < plain.size(); ++k) {
    if (k > 0 && (plain.size() - k) % 3 == 0) digits += ',';
    digits += plain[k];
  }
  return fmt::format("${}", digits);
}

std::string train(const TrainStory& story, const Screen& screen) {
  const plan::TrainAnswer* shown = story.front.empty() ? &story.answers.front() : &story.front.front();
  std::string text = headline(story, *shown) + in_full(story, *shown, screen);
  if (story.answers.size() > 1) {
    std::vector<std::vector<Cell>> rows;
    for (const plan::TrainAnswer& a : story.answers) {
      const bool best = std::ranges::any_of(story.front, [&](const plan::TrainAnswer& each) {
        return each.place.device.name == a.place.device.name && each.place.devices == a.place.devices;
      });
      rows.push_back({{place_of(a.place)},
                      {a.fits ? "yes" : "no", a.fits ? Tone::good : Tone::bad},
                      {said(a.memory.total())},
                      {a.fits ? said(a.time.value) : "-"},
                      {a.fits ? fmt::format("{:.4g}", a.device_hours()) : "-"},
                      {a.fits && a.cost ? said(a.cost->value) : "-"},
                      {best ? "*" : ""},
                      {a.fits ? cut_of(a.training) : "", Tone::faint}});
    }
    text += "\n" +
            table({{"PLACE"},
                   {"FITS"},
                   {"OF EACH", true},
                   {"TIME", true},
                   {"GPU-HOURS", true},
                   {"COST", true},
                   {"*"},
                   {"HOW"}},
                  rows, screen) +
            "*: nothing here is both faster and cheaper\n";
  }
  if (!shown->fits) {
    text += "\n";
    if (story.remedies.empty()) text += "nothing that is known here would hold it\n";
    for (const std::string& remedy : story.remedies) text += "it would fit with " + remedy + "\n";
  }
  return text + "\n" + notes(story.assumed, story.question.training.stack);
}

std::string serve(const ServeStory& story, const Screen& screen) {
  std::string text;
  std::vector<std::vector<Cell>> rows;
  const plan::ServeAnswer* shown = nullptr;
  for (const plan::ServeAnswer& a : story.answers) {
    if (a.fits &&
        (shown == nullptr || (a.per_million && shown->per_million && *a.per_million < *shown->per_million)))
      shown = &a;
    rows.push_back({{place_of(a.place)},
                    {a.fits ? "yes" : "no", a.fits ? Tone::good : Tone::bad},
                    {said(a.memory.weights)},
                    {said(std::max(a.room, Bytes{}))},
                    {a.fits ? fmt::format("{:.1f}", a.alone.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.full.value.value) : "-"},
                    {a.fits ? fmt::format("{:.0f}", a.batch) : "-"},
                    {a.fits ? said(a.first_token) : "-"},
                    {a.fits ? std::to_string(a.copies) : "-"},
                    {a.fits && a.per_million ? said(*a.per_million) : "-"}});
  }
  const std::string& name = story.question.model.name;
  if (shown == nullptr) {
    text += name +
            ": fits on none of these; fewer bits (--quant fp8, Q4_K_M), more devices or larger ones would "
            "hold it\n\n";
  } else {
    const plan::ServeAnswer& a = *shown;
    text += fmt::format(
        "{} on {}: fits; one user reads {:.0f} tokens/s ({:.0f} to {:.0f}), {:.0f} at once {:.0f} tokens/s "
        "({:.0f} to {:.0f})\n",
        name, place_of(a.place), a.alone.value.value, a.alone.low.value, a.alone.high.value, a.batch,
        a.full.value.value, a.full.low.value, a.full.high.value);
    if (story.question.requests > 0)
      text +=
          fmt::format("{:.4g} requests a second need {} cop{} of it: {} devices\n", story.question.requests,
                      a.copies, a.copies == 1 ? "y" : "ies", a.copies * a.place.devices);
    text += fmt::format("\nmemory of a device: {}\n", said(a.place.device.memory));
    text += parts(
        {{"weights", a.memory.weights.value},
         {"keys and values", a.room.value},
         {"work, overhead", (a.place.device.memory * a.serving.share - a.memory.weights - a.room).value}},
        a.place.device.memory.value, screen, [](double bytes) { return said(Bytes{bytes}); });
    text += fmt::format("keys and values of {:.0f} tokens\n\n", a.tokens_in_room);
  }
  text += table({{"PLACE"},
                 {"FITS"},
                 {"WEIGHTS", true},
                 {"ROOM", true},
                 {"ALONE tok/s", true},
                 {"ALL tok/s", true},
                 {"AT ONCE", true},
                 {"FIRST TOKEN", true},
                 {"COPIES", true},
                 {"$/M TOKENS", true}},
                rows, screen);
  return text + "\n" + notes(story.assumed, story.question.serving.stack);
}

}  // namespace busbar::cli::render
