// SPDX-License-Identifier: Apache-2.0
#include "cli/render/nodes.hpp"

#include <boost/json/array.hpp>
#include <cmath>
#include <vector>

#include "base/text.hpp"

namespace busbar::cli::render {
namespace {

std::string size(std::int64_t bytes) { return text::show(Bytes{bytes}); }

/// "1 CPU", "0.5 CPUs"; the API tells CPUs as a decimal number.
std::string cpus(double count) {
  const Cpus exact{std::llround(count * 1000)};
  return text::show(exact) + (exact.count == 1000 ? " CPU" : " CPUs");
}

std::string of_kind(const json::value& gpu) {
  const std::string memory = whole_at(gpu, "memory") == 0 ? "" : " " + size(whole_at(gpu, "memory"));
  return harmless(text_at(gpu, "model")) + memory + (truth_at(gpu, "declared") ? " (declared)" : "");
}

std::string line(const std::string& label, const std::string& value) {
  std::string text = "  " + label;
  text.resize(14, ' ');
  return text + value + "\n";
}

std::string cpu_line(const json::value& node) {
  const json::value& count = at(node, "cpus");
  std::string text = cpus(number_at(count, "total")) + ", " +
                     text::show(Cpus{std::llround(number_at(count, "held") * 1000)}) + " held";
  const json::array& numa = list_at(node, "numa");
  if (numa.size() > 1) text += ", " + std::to_string(numa.size()) + " NUMA nodes";
  const std::string model = text_at(node, "cpu_model");
  return line("cpus", model.empty() ? text : text + ", " + harmless(model));
}

/// "1 of 1.9 idle CPUs lent; somebody went short in 3 of 100 samples (budget 5 %)"
std::string lending_line(const json::value& node) {
  const json::value& lending = at(node, "lending");
  if (!lending.is_object()) return "";
  const auto amount = [&](const char* field) { return Cpus{std::llround(number_at(lending, field) * 1000)}; };
  const std::int64_t samples = whole_at(lending, "samples"), window = whole_at(lending, "window");
  const std::string budget = text::show(amount("budget_percent")) + " %";
  std::string text = text::show(amount("lent")) + " of " + text::show(amount("idle")) + " idle CPUs lent";
  if (samples < window) {
    text += "; learning, " + std::to_string(samples) + " of " + std::to_string(window) + " samples";
  } else {
    text += "; somebody went short in " + std::to_string(whole_at(lending, "short")) + " of the last " +
            std::to_string(samples) + " samples (budget " + budget + ")";
  }
  return line("lending", truth_at(lending, "over") ? text + ": nobody new borrows" : text);
}

std::string gpu_lines(const json::value& node) {
  const json::array& gpus = list_at(node, "gpus");
  if (gpus.empty()) return line("gpus", "none");
  std::string text;
  for (const json::value& gpu : gpus) {
    const Share held{whole_at(gpu, "milli_held")};
    const std::string state = held.count == 0                              ? "free"
                              : held.count == whole_at(gpu, "milli", 1000) ? "held"
                                                                           : text::show(held) + " held";
    const std::int64_t link = whole_at(gpu, "link");
    text += line("gpu " + std::to_string(whole_at(gpu, "index")),
                 of_kind(gpu) + (link == 0 ? "" : ", link " + std::to_string(link)) + ", " + state);
  }
  return text;
}

/// ", by root: new fan"
std::string drained(const json::value& node) {
  const std::string by = text_at(node, "drained_by"), reason = text_at(node, "drain_reason");
  return (by.empty() ? "" : ", by " + harmless(by)) + (reason.empty() ? "" : ": " + harmless(reason));
}

std::string node(const json::value& node, const Screen& screen) {
  const std::string state = text_at(node, "state");
  std::string text = paint(screen, Tone::title, harmless(text_at(node, "name"))) + "  " +
                     paint(screen, state == "up" ? Tone::good : Tone::bad, state) + drained(node) + "\n";
  text += cpu_line(node);
  text += lending_line(node);
  const json::value& memory = at(node, "memory");
  text += line("memory", size(whole_at(memory, "total")) + ", " + size(whole_at(memory, "held")) + " held");
  text += gpu_lines(node);
  std::string labels;
  for (const json::value& label : list_at(node, "labels"))
    labels += (labels.empty() ? "" : ", ") + harmless(std::string(label.as_string()));
  if (!labels.empty()) text += line("labels", labels);
  text += line("disk", size(whole_at(node, "disk")) + ", " + size(whole_at(node, "disk_held")) + " held");
  const json::value& limits = at(node, "limits");
  text += line("limits", "memory " + text_at(limits, "memory") + "; cpus " + text_at(limits, "cpus") +
                             "; processes " + text_at(limits, "processes"));
  return text + line("isolation", harmless(text_at(node, "isolation")));
}

}  // namespace

std::string nodes(const json::value& answer, const Screen& screen) {
  std::string text;
  for (const json::value& each : list_at(answer, "nodes"))
    text += (text.empty() ? "" : "\n") + node(each, screen);
  return text.empty() ? "no machine has reported itself yet\n" : text;
}

std::string inventory(const json::value& answer) {
  double cpu_count = 0;
  std::int64_t memory = 0;
  std::vector<std::pair<std::string, int>> kinds;  // in the order in which they come
  const json::array& all = list_at(answer, "nodes");
  for (const json::value& each : all) {
    cpu_count += number_at(at(each, "cpus"), "total");
    memory += whole_at(at(each, "memory"), "total");
    for (const json::value& gpu : list_at(each, "gpus")) {
      const std::string kind = of_kind(gpu);
      if (kinds.empty() || kinds.back().first != kind) kinds.emplace_back(kind, 0);
      ++kinds.back().second;
    }
  }
  if (all.empty()) return "";
  std::string text = cpus(cpu_count) + ", " + size(memory) + " of memory";
  for (const auto& [kind, count] : kinds) text += ", " + std::to_string(count) + " x " + kind;
  return kinds.empty() ? text + ", no GPUs" : text;
}

}  // namespace busbar::cli::render
