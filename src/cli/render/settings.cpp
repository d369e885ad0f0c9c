// SPDX-License-Identifier: Apache-2.0
#include "cli/render/settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/render/jobs.hpp"
#include "cli/render/when.hpp"

namespace busbar::cli::render {
namespace {

std::string gpus(const model::Resources& each) {
  if (each.gpus.count == 0) return "none";
  return text::show(each.gpus) + (each.gpu_model.empty() ? ", any model" : " x " + each.gpu_model);
}

std::string array(const model::Array& array) {
  if (array.indices.empty()) return "no";
  std::string text = ranges(array.indices) + " (" + std::to_string(array.indices.size()) + " elements)";
  return text + (array.at_once == 0 ? ", as many at once as fit"
                                    : ", at most " + std::to_string(array.at_once) + " at once");
}

std::string after(const std::vector<model::Dependency>& dependencies) {
  if (dependencies.empty()) return "nothing";
  std::vector<std::string> parts;
  for (const model::Dependency& dependency : dependencies) {
    const char* when = "the failure of ";
    switch (dependency.when) {
      case model::Dependency::When::started:
        when = "the start of ";
        break;
      case model::Dependency::When::any:
        when = "the end of ";
        break;
      case model::Dependency::When::ok:
        when = "the success of ";
        break;
      case model::Dependency::When::not_ok:
        break;
    }
    parts.push_back(when + std::to_string(dependency.job.value));
  }
  return text::join(parts, ", ");
}

std::string warning(const model::Warning& warning) {
  return text::signal_name(warning.signal) + ", " + text::show(warning.ahead) + " before the time limit" +
         (warning.asked ? "" : ", if the program handles it");
}

std::string command(const model::JobSpec& spec) {
  if (spec.script.empty()) return shell_words(spec.command);
  const auto lines = std::count(spec.script.begin(), spec.script.end(), '\n');
  std::string text = "a script of " + std::to_string(lines) + (lines == 1 ? " line" : " lines");
  if (spec.command.size() > 1)
    text += ", with " + shell_words({spec.command.begin() + 1, spec.command.end()});
  return text;
}

/// Collects settings; what equals the default of a job that says nothing is marked.
class List {
 public:
  template <class Value>
  void add(const char* name, const Value& value, const Value& otherwise, std::string shown) {
    settings_.push_back({name, std::move(shown), value == otherwise});
  }
  void add(const char* name, std::string shown) { settings_.push_back({name, std::move(shown), false}); }
  std::vector<Setting> take() { return std::move(settings_); }

 private:
  std::vector<Setting> settings_;
};

}  // namespace

std::string shell_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char letter) {
      return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
             (letter >= '0' && letter <= '9') ||
             std::string_view("-_./=:,+@%").find(letter) != std::string_view::npos;
    });
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char letter : word) line += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    line += '\'';
  }
  return line;
}

std::vector<Setting> settings(const model::JobSpec& spec) {
  const model::JobSpec plain;
  const auto size = [](Bytes bytes, const char* none) {
    return bytes.count == 0 ? std::string(none) : text::show(bytes);
  };
  const auto file = [](const std::string& path) {
    return path.empty() ? std::string("kept by the server alone") : path;
  };
  List list;
  list.add("command", command(spec));
  list.add("workdir", spec.workdir);
  list.add("gpus", spec.each.gpus, plain.each.gpus, gpus(spec.each));
  list.add("gpu memory", spec.each.gpu_memory, plain.each.gpu_memory, size(spec.each.gpu_memory, "any"));
  list.add("cpus", spec.each.cpus, plain.each.cpus, text::show(spec.each.cpus));
  list.add("memory", spec.each.memory, plain.each.memory,
           size(spec.each.memory, "neither reserved nor limited"));
  list.add("disk", spec.each.disk, plain.each.disk, size(spec.each.disk, "none reserved"));
  list.add("time limit", spec.time_limit, plain.time_limit,
           spec.time_limit.count() == 0 ? "none" : text::show(spec.time_limit));
  list.add("tasks", spec.tasks, plain.tasks, std::to_string(spec.tasks));
  list.add("nodes", spec.nodes, plain.nodes,
           spec.nodes == 0 ? "wherever they fit" : std::to_string(spec.nodes));
  list.add("machines", spec.where, plain.where,
           spec.where == plain.where ? "any" : model::in_words(spec.where));
  list.add("priority", spec.priority, plain.priority, std::to_string(spec.priority));
  list.add("retries", spec.retries, plain.retries, std::to_string(spec.retries));
  list.add("preemptible", spec.preemptible, plain.preemptible,
           !spec.preemptible ? "no"
           : spec.requeue    ? "yes"
                             : "yes, and ends so");
  list.add("saves every", spec.saves_every, plain.saves_every,
           spec.saves_every.count() == 0 ? "not stated" : text::show(spec.saves_every));
  list.add("held", spec.hold, plain.hold, spec.hold ? "until it is released" : "no");
  list.add("begin", spec.begin, plain.begin, spec.begin == plain.begin ? "at once" : local_time(spec.begin));
  list.add("deadline", spec.deadline, plain.deadline,
           spec.deadline == plain.deadline ? "none" : local_time(spec.deadline));
  list.add("array", spec.array, plain.array, array(spec.array));
  list.add("after", spec.after, plain.after, after(spec.after));
  list.add("signal", spec.warning, plain.warning, warning(spec.warning));
  list.add("grace", spec.grace, plain.grace, text::show(spec.grace));
  list.add("output", spec.output, plain.output, file(spec.output));
  list.add("error", spec.error, plain.error, spec.error.empty() ? "with the output" : spec.error);
  list.add("hold for nodes", spec.hold_for_nodes, plain.hold_for_nodes, spec.hold_for_nodes ? "yes" : "no");
  list.add("slurm names", spec.slurm_env, plain.slurm_env, spec.slurm_env ? "yes" : "no");
  list.add("environment", std::to_string(spec.env.size()) +
                              (spec.env.size() == 1 ? " variable" : " variables") + " (see --json)");
  for (const std::string& kept : spec.kept) list.add("not known", kept);
  return list.take();
}

}  // namespace busbar::cli::render
