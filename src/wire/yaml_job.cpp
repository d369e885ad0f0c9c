// SPDX-License-Identifier: Apache-2.0
// yaml_job.cpp: a YAML tree as a JobSpec. One table a section: its keys, and how each is taken.
#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "base/text.hpp"
#include "wire/job_file.hpp"
#include "wire/place.hpp"
#include "wire/yaml_tree.hpp"

namespace busbar::wire {
namespace {

constexpr std::int64_t largest_int = std::numeric_limits<int>::max();
constexpr std::int64_t most_tasks = 100'000;

/// What several keys settle together, with the line and name of the one that said it.
struct Said {
  std::int64_t value = 0;
  std::string by;  // "train.yaml:4: num_nodes"; empty: nobody
};

/// The job as far as it is read.
struct Reading {
  JobFile& into;
  std::string file;
  std::string place;  // of the key being read
  Said tasks, nodes, gpus;
  std::string model_by;
  model::JobSpec& spec() { return into.spec; }
};
using Take = Status (*)(Reading&, const Yaml&);
struct Key {
  std::string_view name;
  Take take;  // null: known, not built yet
};
using Section = std::span<const Key>;

Error wrong(const std::string& found, std::string_view right) {
  return invalid("found " + found + "; " + std::string(right) + " would be right");
}

Result<std::string> text_of(const Yaml& value, std::string_view right) {
  if (value.kind != Yaml::Kind::text || value.text.empty()) return wrong(shown(value), right);
  return value.text;
}

/// dstack's "40GB..80GB" and "2..", SkyPilot's "4+": the lower bound is what is asked for; the upper one must
/// be one.
template <class Parse>
auto lower_bound(std::string_view text, Parse parse) -> decltype(parse(text)) {
  if (text.size() > 1 && text.back() == '+') return parse(text.substr(0, text.size() - 1));
  const std::size_t dots = text.find("..");
  auto low = parse(text.substr(0, dots));
  if (!low || dots == std::string_view::npos || dots + 2 == text.size()) return low;
  const auto high = parse(text.substr(dots + 2));
  if (!high) return high.error();
  if (*high < *low) return wrong(text::quote(text), "a range from the smaller to the larger");
  return low;
}

Status say(Reading& reading, Said& said, std::int64_t value) {
  if (!said.by.empty() && said.value != value) {
    return wrong(std::to_string(value),
                 "the " + std::to_string(said.value) + " of " + said.by + ", or one of the two alone,");
  }
  said = {value, reading.place};
  return Done{};
}

Result<Bytes> parse_size(std::string_view text) {
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos && text != "0") {
    return wrong(text::quote(text), "a size with its unit such as 16GiB");
  }
  return text::parse_bytes(text);
}

/// A bare number would be minutes, as in Slurm, where everybody means seconds.
Status take_seconds(const Yaml& value, Duration& into) {
  const auto text = text_of(value, "a duration such as 30s");
  if (!text) return text.error();
  const bool bare = text->find_first_not_of("0123456789") == std::string::npos;
  if (bare && *text != "0") return wrong(shown(value), "a duration with its unit such as 30s");
  return assign(text::parse_duration(*text), into);
}

template <auto Member>
Status take_text(Reading& reading, const Yaml& value) {
  return assign(text_of(value, "some text"), reading.spec().*Member);
}

template <auto Member, std::int64_t low, std::int64_t high>
Status take_whole(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a whole number");
  if (!text) return text.error();
  return assign(text::parse_whole(*text, low, high), reading.spec().*Member);
}

Result<std::int64_t> count_of(const Yaml& value) {
  const auto text = text_of(value, "a whole number");
  if (!text) return text.error();
  return lower_bound(*text, [](std::string_view part) { return text::parse_whole(part, 1, most_tasks); });
}

Status take_tasks(Reading& reading, const Yaml& value) {
  const auto tasks = count_of(value);
  return tasks ? say(reading, reading.tasks, *tasks) : tasks.error();
}
Status take_nodes(Reading& reading, const Yaml& value) {
  const auto nodes = count_of(value);
  return nodes ? say(reading, reading.nodes, *nodes) : nodes.error();
}
/// SkyPilot's num_nodes: `run` once on each of so many nodes.
Status take_num_nodes(Reading& reading, const Yaml& value) {
  const auto nodes = count_of(value);
  if (!nodes) return nodes.error();
  if (const Status said = say(reading, reading.nodes, *nodes); !said) return said;
  return say(reading, reading.tasks, *nodes);
}

Status take_workdir(Reading& reading, const Yaml& value) {
  const auto found = text_of(value, "a folder");
  if (!found) return found.error();
  std::string path = *found;
  if (path == "~" || path.starts_with("~/")) {
    const auto& env = reading.spec().env;
    const auto home =
        std::find_if(env.begin(), env.end(), [](const auto& each) { return each.first == "HOME"; });
    if (home == env.end()) return wrong(shown(value), "a path without ~ (HOME is not set)");
    path = home->second + path.substr(1);
  }
  while (path.starts_with("./")) path.erase(0, 2);
  std::string& workdir = reading.spec().workdir;
  if (path.starts_with('/'))
    workdir = path;
  else if (!path.empty() && path != ".")
    workdir += "/" + path;
  return Done{};
}

Status take_time(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a duration such as 2h30m");
  return text ? assign(text::parse_duration(*text), reading.spec().time_limit) : text.error();
}

Status take_array(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "indices such as 0-9 or 0-99%8");
  return text ? assign(parse_array(*text), reading.spec().array) : text.error();
}

Status take_after(Reading& reading, const Yaml& value) {
  std::vector<model::Dependency> after;
  const std::vector<Yaml> one = {value};
  for (const Yaml& item : value.kind == Yaml::Kind::list ? value.items : one) {
    const auto text = text_of(item, "a job id, or afterany:ID");
    if (!text) return text.error();
    const auto some = parse_dependencies(*text);
    if (!some) return some.error();
    after.insert(after.end(), some->begin(), some->end());
  }
  reading.spec().after = std::move(after);
  return Done{};
}

void set_variable(model::JobSpec& spec, const std::string& name, const std::string& value) {
  const auto known =
      std::find_if(spec.env.begin(), spec.env.end(), [&](const auto& each) { return each.first == name; });
  if (known != spec.env.end())
    known->second = value;
  else
    spec.env.emplace_back(name, value);
}

/// A map of names to values, or a list of "NAME=value"; in a list a lone NAME is the submitter's own.
Status take_env(Reading& reading, const Yaml& value) {
  model::JobSpec& spec = reading.spec();
  for (const Yaml::Entry& entry : value.entries) {
    const bool named = !entry.key.empty() && entry.key.find('=') == std::string::npos;
    if (!named) return wrong(text::quote(entry.key), "a name without =");
    if (entry.value.kind != Yaml::Kind::text) {
      return wrong(shown(entry.value) + " for " + text::quote(entry.key), "text (\"\" for an empty value)");
    }
    set_variable(spec, entry.key, entry.value.text);
  }
  for (const Yaml& item : value.items) {
    const auto text = text_of(item, "NAME=value");
    if (!text) return text.error();
    const std::size_t equals = text->find('=');
    const std::string name = text->substr(0, equals);
    const auto same = [&](const auto& each) { return each.first == name; };
    if (name.empty()) return wrong(shown(item), "NAME=value");
    if (equals != std::string::npos)
      set_variable(spec, name, text->substr(equals + 1));
    else if (std::none_of(spec.env.begin(), spec.env.end(), same)) {
      return wrong(shown(item), "NAME=value (it is not set in your environment)");
    }
  }
  if (value.kind == Yaml::Kind::text || value.kind == Yaml::Kind::nothing) {
    return wrong(shown(value), "a map such as {EPOCHS: 3}");
  }
  return Done{};
}

std::string stem_of(std::string_view file) {
  const std::size_t slash = file.find_last_of('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::size_t dot = file.find_last_of('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? file : file.substr(0, dot));
}

Status take_run(Reading& reading, const Yaml& value) {
  model::JobSpec& spec = reading.spec();
  spec.script.clear();
  spec.command.clear();
  if (value.kind == Yaml::Kind::list) {
    for (const Yaml& item : value.items) {
      if (item.kind != Yaml::Kind::text) return wrong(shown(item) + " in the list", "text");
      spec.command.push_back(item.text);
    }
    if (spec.command.empty() || spec.command.front().empty())
      return wrong("no program", "a list such as [python3, train.py]");
    return Done{};
  }
  const auto text = text_of(value, "a command such as ./train.sh");
  if (!text) return text.error();
  if (text::trim(*text).empty()) return wrong(shown(value), "a command such as ./train.sh");
  if (text->starts_with("#!") && text->find('\n') != std::string::npos) {
    spec.script = *text;
    spec.command = {stem_of(reading.file)};
  } else {
    spec.command = {"/bin/sh", "-c", *text};
  }
  return Done{};
}

Status say_gpus(Reading& reading, Share gpus) {
  Said& said = reading.gpus;
  if (!said.by.empty() && said.value != gpus.count) {
    return wrong(text::show(gpus) + " GPUs",
                 "the " + text::show(Share{said.value}) + " of " + said.by + ", or one of the two alone,");
  }
  said = {gpus.count, reading.place};
  reading.spec().each.gpus = gpus;
  return Done{};
}
Status say_model(Reading& reading, const std::string& model) {
  std::string& known = reading.spec().each.gpu_model;
  if (!reading.model_by.empty() && text::lower(known) != text::lower(model)) {
    return wrong("the model " + text::quote(model), "the " + text::quote(known) + " of " + reading.model_by);
  }
  known = model;
  reading.model_by = reading.place;
  return Done{};
}

/// "2", "2:H100", "H100:8", "1..8".
Status take_gpus(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a number of GPUs such as 2 or 0.5");
  if (!text) return text.error();
  if (text->find("..") != std::string::npos || text->back() == '+') {
    const auto share = lower_bound(*text, [](std::string_view part) { return text::parse_share(part); });
    return share ? say_gpus(reading, *share) : share.error();
  }
  const auto request = parse_gpus(*text);
  if (!request) return request.error();
  if (const Status said = say_gpus(reading, request->gpus); !said) return said;
  return request->model.empty() ? Status(Done{}) : say_model(reading, request->model);
}

Status take_gpu_memory(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a size such as 80GB");
  return text ? assign(lower_bound(*text, parse_size), reading.spec().each.gpu_memory) : text.error();
}

/// A model, or dstack's form with count and memory in any order: "H100", "H100:80GB:2", "24GB..".
Status take_gpu(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a model such as H100");
  if (!text) return text.error();
  std::vector<std::string> counted;
  for (const std::string& part : text::split(*text, ':')) {
    const std::string lowered = text::lower(part);
    if (lowered.find("b..") != std::string::npos || (!lowered.empty() && lowered.back() == 'b')) {
      const auto memory = lower_bound(part, parse_size);
      if (!memory) return memory.error();
      reading.spec().each.gpu_memory = *memory;
    } else {
      counted.push_back(part);
    }
  }
  // Memory alone names no number: one device, unless `gpus` says otherwise.
  const bool number_open = reading.gpus.by.empty();
  if (counted.empty()) return number_open ? (reading.spec().each.gpus = whole_device, Done{}) : Done{};
  const std::string rest = text::join(counted, ":");
  if (rest.find("..") != std::string::npos) {
    Yaml count = value;
    count.text = rest;
    return take_gpus(reading, count);
  }
  const auto request = parse_gpus(rest);
  if (!request) return request.error();
  if (!request->model.empty()) {
    if (const Status said = say_model(reading, request->model); !said) return said;
  }
  const bool says_number = counted.size() > 1 || request->model.empty();
  if (says_number) return say_gpus(reading, request->gpus);
  if (number_open) reading.spec().each.gpus = whole_device;
  return Done{};
}

/// SkyPilot's "H100:8", "H100" and {H100: 8}.
Status take_accelerators(Reading& reading, const Yaml& value) {
  if (value.kind == Yaml::Kind::map && value.entries.size() == 1) {
    const auto count = text_of(value.entries.front().value, "a number of GPUs");
    if (!count) return count.error();
    Yaml joined = value;
    joined.kind = Yaml::Kind::text;
    joined.text = value.entries.front().key + ":" + *count;
    return take_gpus(reading, joined);
  }
  if (value.kind != Yaml::Kind::text)
    return wrong(shown(value), "one kind of GPU such as H100:8 (a choice is not built yet)");
  return take_gpus(reading, value);
}

Status take_cpus(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a number of CPUs such as 4 or 500m");
  return text ? assign(lower_bound(*text, text::parse_cpus), reading.spec().each.cpus) : text.error();
}
Status take_memory(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a size such as 16GiB");
  return text ? assign(lower_bound(*text, parse_size), reading.spec().each.memory) : text.error();
}

Status take_signal(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a signal such as USR1 or USR1@120");
  if (!text) return text.error();
  const auto warning = parse_warning(*text);
  if (!warning) return warning.error();
  model::Warning& into = reading.spec().warning;
  into.signal = warning->signal;
  into.asked = true;
  if (text->find('@') != std::string::npos) into.ahead = warning->ahead;
  return Done{};
}
Status take_grace(Reading& reading, const Yaml& value) { return take_seconds(value, reading.spec().grace); }
Status take_ahead(Reading& reading, const Yaml& value) {
  reading.spec().warning.asked = true;
  return take_seconds(value, reading.spec().warning.ahead);
}

Status take_resources(Reading& reading, const Yaml& value);
Status take_checkpoint(Reading& reading, const Yaml& value);

constexpr Key job_keys[] = {
    {"name", take_text<&model::JobSpec::name>},
    {"workdir", take_workdir},
    {"project", take_text<&model::JobSpec::project>},
    {"priority", take_whole<&model::JobSpec::priority, -largest_int, largest_int>},
    {"time", take_time},
    {"retries", take_whole<&model::JobSpec::retries, 0, largest_int>},
    {"tasks", take_tasks},
    {"array", take_array},
    {"after", take_after},
    {"env", take_env},
    {"run", take_run},
    {"resources", take_resources},
    {"checkpoint", take_checkpoint},
    {"output", take_text<&model::JobSpec::output>},
    {"error", take_text<&model::JobSpec::error>},
    {"num_nodes", take_num_nodes},
    {"envs", take_env},
    {"setup", nullptr},
    {"image", nullptr},
    {"inputs", nullptr},
    {"outputs", nullptr},
    {"volumes", nullptr},
    {"ports", nullptr},
    {"service", nullptr},
    {"file_mounts", nullptr},
};
constexpr Key resource_keys[] = {
    {"gpus", take_gpus},     {"gpu", take_gpu},     {"gpu_memory", take_gpu_memory},     {"cpus", take_cpus},
    {"memory", take_memory}, {"nodes", take_nodes}, {"accelerators", take_accelerators}, {"disk", nullptr},
    {"exclusive", nullptr},  {"any_of", nullptr},
};
constexpr Key checkpoint_keys[] = {
    {"signal", take_signal}, {"grace", take_grace}, {"ahead", take_ahead}, {"dir", nullptr}};

std::string hint_for(std::string_view unknown, Section section) {
  std::vector<std::string> names;
  for (const Key& key : section) names.emplace_back(key.name);
  const auto has = [&](Section other) {
    return std::any_of(other.begin(), other.end(), [&](const Key& key) { return key.name == unknown; });
  };
  if (has(resource_keys)) return "; it belongs under `resources`";
  if (has(checkpoint_keys)) return "; it belongs under `checkpoint`";
  if (has(job_keys)) return "; it belongs at the outermost level";
  const std::string meant = text::nearest(unknown, names);
  return meant.empty() ? "; known here are " + text::join(names, ", ") : "; did you mean " + meant + "?";
}

/// Takes every key of a map by its section's table.
Status take_section(Reading& reading, const Yaml& map, Section section, const std::string& prefix) {
  for (const Yaml::Entry& entry : map.entries) {
    const std::string place = line_of(reading.file, entry.line) + ": " + prefix + entry.key;
    const auto key =
        std::find_if(section.begin(), section.end(), [&](const Key& each) { return each.name == entry.key; });
    if (key == section.end()) {
      return at(line_of(reading.file, entry.line),
                invalid(prefix + text::quote(entry.key) + ": not known" + hint_for(entry.key, section)));
    }
    if (!key->take) return at(place, invalid("known, not built into Busbar yet"));
    reading.place = place;
    const bool is_section = key->take == take_resources || key->take == take_checkpoint;
    const Status taken = key->take(reading, entry.value);
    if (!taken) return is_section && entry.value.kind == Yaml::Kind::map ? taken : at(place, taken.error());
  }
  return Done{};
}

Status take_resources(Reading& reading, const Yaml& value) {
  if (value.kind != Yaml::Kind::map) return wrong(shown(value), "a map such as {gpus: 2, memory: 16GiB}");
  return take_section(reading, value, resource_keys, "resources.");
}
Status take_checkpoint(Reading& reading, const Yaml& value) {
  if (value.kind != Yaml::Kind::map) return wrong(shown(value), "a map such as {signal: USR1, grace: 60s}");
  return take_section(reading, value, checkpoint_keys, "checkpoint.");
}

/// Tasks and nodes together: without a number of tasks there is one on each node.
Status settle_gang(Reading& reading) {
  model::JobSpec& spec = reading.spec();
  if (!reading.nodes.by.empty()) spec.nodes = static_cast<int>(reading.nodes.value);
  if (!reading.tasks.by.empty())
    spec.tasks = static_cast<int>(reading.tasks.value);
  else if (spec.tasks < spec.nodes)
    spec.tasks = spec.nodes;
  if (spec.nodes <= spec.tasks) return Done{};
  return at(reading.nodes.by.empty() ? reading.tasks.by : reading.nodes.by,
            wrong(std::to_string(spec.nodes) + " nodes for " + std::to_string(spec.tasks) + " tasks",
                  "at most as many nodes as tasks"));
}

}  // namespace

Result<JobFile> parse_yaml(std::string_view text, std::string_view file_name, model::JobSpec defaults) {
  const std::string file(file_name);
  const auto tree = parse_yaml_tree(text, file);
  if (!tree) return tree.error();
  if (tree->kind != Yaml::Kind::map) {
    return at(line_of(file, std::max<std::size_t>(tree->line, 1)),
              wrong(shown(*tree), "keys and values, at the least `run: ./train.sh`,"));
  }
  JobFile job{std::move(defaults), {}};
  const bool named = !job.spec.name.empty();
  Reading reading{job, file, "", {}, {}, {}, ""};
  if (const Status taken = take_section(reading, *tree, job_keys, ""); !taken) return taken.error();
  const auto has = [&](std::string_view key) {
    return std::any_of(tree->entries.begin(), tree->entries.end(),
                       [&](const auto& entry) { return entry.key == key; });
  };
  if (!has("run"))
    return at(file, invalid("run: not found; a line such as `run: ./train.sh` would be right"));
  if (const Status settled = settle_gang(reading); !settled) return settled.error();
  if (!named && !has("name")) {
    const bool shell = job.spec.command.front() == "/bin/sh" || !job.spec.script.empty();
    job.spec.name = shell ? stem_of(file) : job.spec.command.front();
    const std::size_t slash = job.spec.name.find_last_of('/');
    if (slash != std::string::npos) job.spec.name.erase(0, slash + 1);
  }
  return job;
}

}  // namespace busbar::wire
