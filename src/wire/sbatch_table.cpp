// SPDX-License-Identifier: Apache-2.0
#include "wire/sbatch_table.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "wire/environment.hpp"
#include "wire/place.hpp"
#include "wire/where.hpp"

namespace busbar::wire {
namespace {

using Source = SbatchOptions::Source;
constexpr std::int64_t most_tasks = 100'000;
constexpr std::int64_t largest_int = std::numeric_limits<int>::max();

Error wrong(std::string_view found, std::string_view right) {
  return invalid("found " + text::quote(found) + "; " + std::string(right) + " would be right");
}

/// "ALL,A=1,B='x,y'" at the commas that stand outside of quotes; the quotes go.
Result<std::vector<std::string>> split_exports(std::string_view text) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (const char c : text) {
    if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (quote == 0 && c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (quote != 0) return wrong(text, std::string("a closing ") + quote);
  return parts;
}

/// gpu[:type][:count], Slurm's order; a lone "gpu" is one.
Result<GpuRequest> parse_gres(std::string_view text) {
  const auto refused = [&] {
    return wrong(text, "gpu:2 or gpu:H100:2 (other generic resources are not built into Busbar yet)");
  };
  std::string_view rest = text;
  if (rest.starts_with("gres/") || rest.starts_with("gres:")) rest.remove_prefix(5);
  if (!rest.starts_with("gpu")) return refused();
  rest.remove_prefix(3);
  if (rest.empty()) return GpuRequest{whole_device, ""};
  if (rest.front() != ':') return refused();
  auto request = parse_gpus(rest.substr(1));
  if (!request || request->gpus.count % whole_device.count != 0) return refused();
  return request;
}

/// -G and its kin count whole devices.
Result<GpuRequest> parse_whole_gpus(std::string_view text) {
  auto request = parse_gpus(text);
  if (!request) return request;
  if (request->gpus.count % whole_device.count != 0) return wrong(text, "a whole number of GPUs");
  return request;
}

}  // namespace

/// The one function of each option.
struct OptionTable::Takes {
  template <auto Member>
  static Status text_into(const Given& given) {
    if (given.value.empty()) return wrong("", "some text");
    given.spec().*Member = std::string(given.value);
    return Done{};
  }
  template <auto Member, std::int64_t low, std::int64_t high>
  static Status whole_into(const Given& given) {
    return assign(text::parse_whole(given.value, low, high), given.spec().*Member);
  }
  template <class Value, class Parsed>
  static Status wish(const Given& given, SbatchOptions::Wish<Value>& wish, Result<Parsed> parsed) {
    if (!parsed) return parsed.error();
    wish = {static_cast<Value>(*parsed), given.where, given.note};
    return Done{};
  }

  static Status time(const Given& given) {
    return assign(text::parse_duration(given.value), given.spec().time_limit);
  }
  static Status cpus(const Given& given) {
    return assign(text::parse_cpus(given.value), given.spec().each.cpus);
  }
  static Status array(const Given& given) { return assign(parse_array(given.value), given.spec().array); }
  static Status after(const Given& given) {
    return assign(parse_dependencies(given.value), given.spec().after);
  }
  static Status signal(const Given& given) {
    return assign(parse_warning(given.value), given.spec().warning);
  }
  static Status labels(const Given& given) {
    return assign(parse_labels(given.value), given.spec().where.labels);
  }
  static Status on(const Given& given) { return assign(parse_machines(given.value), given.spec().where.on); }
  static Status off(const Given& given) {
    return assign(parse_machines(given.value), given.spec().where.off);
  }
  static Status alone(const Given& given) {
    if (!given.value.empty()) return invalid("known to Slurm, not built into Busbar yet");  // =user
    return given.spec().where.alone = true, Done{};
  }
  static Status tasks_of_node(const Given& given) {
    return wish(given, given.options.tasks_of_node_, text::parse_whole(given.value, 1, most_tasks));
  }
  static Status hold_for_nodes(const Given& given) { return given.spec().hold_for_nodes = true, Done{}; }
  static Status hold(const Given& given) { return given.spec().hold = true, Done{}; }
  template <auto Member>
  static Status moment_into(const Given& given) {
    return assign(parse_moment(given.value, given.local()), given.spec().*Member);
  }
  /// Who asks to be queued again agrees to be stopped; the last word counts.
  static Status requeue(const Given& given) {
    given.spec().preemptible = given.spec().requeue = true;
    return Done{};
  }
  static Status no_requeue(const Given& given) { return given.spec().requeue = false, Done{}; }
  static Status preemptible(const Given& given) { return given.spec().preemptible = true, Done{}; }
  static Status tasks(const Given& given) {
    return wish(given, given.options.tasks_, text::parse_whole(given.value, 1, most_tasks));
  }
  static Status nodes(const Given& given) {
    return wish(given, given.options.nodes_, text::parse_whole(given.value, 1, most_tasks));
  }
  static Status gpus_in_all(const Given& given) {
    return wish(given, given.options.gpus_in_all_, parse_whole_gpus(given.value));
  }
  static Status gpus_of_node(const Given& given) {
    return wish(given, given.options.gpus_of_node_, parse_whole_gpus(given.value));
  }
  static Status gpus_of_task(const Given& given) {
    return wish(given, given.options.gpus_of_task_, parse_gpus(given.value));
  }
  static Status gres(const Given& given) {
    if (given.value == "none") return Done{};
    return wish(given, given.options.gpus_of_node_, parse_gres(given.value));
  }
  static Status memory(const Given& given) {
    auto memory = text::parse_bytes(given.value, MiB);
    if (memory && memory->count == 0)
      return invalid("all memory of a node (0) is known to Slurm, not built into Busbar yet");
    return wish(given, given.options.memory_of_node_, std::move(memory));
  }
  static Status tmp(const Given& given) {
    return wish(given, given.options.disk_of_node_, text::parse_bytes(given.value, MiB));
  }
  static Status gpu_memory(const Given& given) {
    // A bare number is refused: nobody means 80 MiB, and half the world would mean 80 GiB.
    const bool bare =
        !given.value.empty() && given.value.find_first_not_of("0123456789.") == std::string_view::npos;
    if (bare) return wrong(given.value, "a size with its unit such as 80GB");
    return assign(text::parse_bytes(given.value), given.spec().each.gpu_memory);
  }
  static Status workdir(const Given& given) {
    if (given.value.empty()) return wrong("", "a folder");
    std::string& workdir = given.spec().workdir;
    workdir =
        given.value.front() == '/' ? std::string(given.value) : workdir + "/" + std::string(given.value);
    return Done{};
  }
  static Status env(const Given& given) {
    const std::size_t equals = given.value.find('=');
    if (equals == 0 || equals == std::string_view::npos) return wrong(given.value, "NAME=value");
    return set_variable(given.spec().env, std::string(given.value.substr(0, equals)),
                        std::string(given.value.substr(equals + 1)));
  }
  static Status exported(const Given& given) {
    auto parts = split_exports(given.value);
    if (!parts) return parts.error();
    model::JobSpec& spec = given.spec();
    const auto submitter = spec.env;
    if (parts->front() != "ALL") spec.env.clear();
    if (parts->front() == "NONE" || parts->front() == "NIL" || parts->front() == "ALL")
      parts->erase(parts->begin());
    for (const std::string& part : *parts) {
      const std::size_t equals = part.find('=');
      const std::string name = part.substr(0, equals);
      if (name.empty()) return wrong(given.value, "ALL, NONE or NAME[=value],...");
      const auto known = find_variable(submitter, name);
      if (equals == std::string::npos && known == submitter.end()) {
        OptionTable::warn(given.options, given.note + ": " + name + " is not set in your environment");
        continue;
      }
      std::string value = equals == std::string::npos ? known->second : part.substr(equals + 1);
      if (const Status set = set_variable(spec.env, name, std::move(value)); !set) return set;
    }
    return Done{};
  }
  static Status wrap(const Given& given) {
    if (given.source != Source::command_line)
      return invalid("belongs on the command line: here the script is what runs");
    if (given.value.empty()) return wrong("", "a command");
    given.spec().script = "#!/bin/sh\n" + std::string(given.value) + "\n";
    given.spec().command = {"wrap"};
    return Done{};
  }
  static Status not_in_a_file(const Given&) { return invalid("belongs on the command line, not in a file"); }

  static constexpr auto all() {
    using Spec = model::JobSpec;
    constexpr auto needed = Value::needed, none = Value::none, optional = Value::optional;
    constexpr auto busbar = Home::busbar;
    return std::to_array<Option>({
        // clang-format off
        {'J', "job-name", text_into<&Spec::name>}, {'o', "output", text_into<&Spec::output>},
        {'e', "error", text_into<&Spec::error>},   {'t', "time", time},
        {'n', "ntasks", tasks},                    {'c', "cpus-per-task", cpus},
        {'N', "nodes", nodes},                     {0, "mem", memory},
        {'G', "gpus", gpus_in_all},                {0, "gpus-per-task", gpus_of_task},
        {0, "gpus-per-node", gpus_of_node},        {0, "gres", gres},
        {'a', "array", array},                     {'d', "dependency", after},
        {0, "signal", signal},                     {'D', "chdir", workdir},
        {0, "export", exported},                   {0, "wrap", wrap},

        {'p', "partition", nullptr},       {'A', "account", nullptr},      {'q', "qos", nullptr},
        {0, "ntasks-per-node", tasks_of_node},   {0, "mem-per-cpu", nullptr},    {0, "mem-per-gpu", nullptr},
        {'C', "constraint", labels},      {0, "requeue", requeue, none},  {0, "no-requeue", no_requeue, none},
        {0, "open-mode", nullptr},         {'w', "nodelist", on},     {0, "exclusive", alone, optional},
        {'x', "exclude", off},         {'b', "begin", moment_into<&Spec::begin>},
        {0, "deadline", moment_into<&Spec::deadline>},
        {0, "reservation", nullptr},       {'H', "hold", hold, none},   {0, "mail-type", nullptr},
        {0, "mail-user", nullptr},         {0, "parsable", nullptr, none}, {0, "test-only", nullptr, none},
        {0, "comment", nullptr},           {0, "tmp", tmp},

        {'g', "", gpus_of_task, needed, busbar},
        {0, "name", text_into<&Spec::name>, needed, busbar},
        {0, "tasks", tasks, needed, busbar},
        {0, "tasks-per-node", tasks_of_node, needed, busbar},
        {0, "cpus", cpus, needed, busbar},
        {0, "gpu-memory", gpu_memory, needed, busbar},
        {0, "disk", tmp, needed, busbar},
        {0, "project", text_into<&Spec::project>, needed, busbar},
        {0, "priority", whole_into<&Spec::priority, -largest_int, largest_int>, needed, busbar},
        {0, "retries", whole_into<&Spec::retries, 0, largest_int>, needed, busbar},
        {0, "env", env, needed, busbar},
        {0, "after", after, needed, busbar},
        {0, "hold-for-nodes", hold_for_nodes, none, busbar},
        {0, "preemptible", preemptible, none, busbar},
        {0, "key", not_in_a_file, needed, Home::command_line},
        {0, "detach", not_in_a_file, none, Home::command_line},
        // clang-format on
    });
  }

  static std::span<const Option> options() {
    static constexpr auto table = all();
    return table;
  }
};

namespace {

bool known_to(const OptionTable::Option& option, Source source) {
  return option.home == OptionTable::Home::slurm || source == Source::busbar_directive;
}

}  // namespace

const OptionTable::Option* OptionTable::find(std::string_view name, Source source) {
  for (const Option& option : Takes::options()) {
    if (!option.name.empty() && option.name == name && known_to(option, source)) return &option;
  }
  return nullptr;
}
const OptionTable::Option* OptionTable::find(char letter, Source source) {
  for (const Option& option : Takes::options()) {
    if (option.letter == letter && letter != 0 && known_to(option, source)) return &option;
  }
  return nullptr;
}
std::string OptionTable::nearest(std::string_view name, Source source) {
  std::vector<std::string> names;
  for (const Option& option : Takes::options()) {
    if (!option.name.empty() && known_to(option, source)) names.emplace_back(option.name);
  }
  return text::nearest(name, names);
}

}  // namespace busbar::wire
