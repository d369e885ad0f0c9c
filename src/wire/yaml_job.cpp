// SPDX-License-Identifier: Apache-2.0
// yaml_job.cpp: a YAML tree as a JobSpec: the outermost keys, and what follows from several of them.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "wire/environment.hpp"
#include "wire/yaml_reading.hpp"

namespace busbar::wire {
namespace {

constexpr std::int64_t largest_int = std::numeric_limits<int>::max();

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

Status take_tasks(Reading& reading, const Yaml& value) {
  const auto tasks = count_of(value);
  return tasks ? say(reading, reading.tasks, *tasks) : tasks.error();
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
    const auto home = find_variable(reading.spec().env, "HOME");
    if (home == reading.spec().env.end()) return wrong(shown(value), "a path without ~ (HOME is not set)");
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

template <auto Member>
Status take_truth(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "true or false");
  if (!text) return text.error();
  if (*text != "true" && *text != "false") return wrong(shown(value), "true or false");
  reading.spec().*Member = *text == "true";
  return Done{};
}

template <auto Member>
Status take_moment(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a moment such as tomorrow 8:00");
  return text ? assign(parse_moment(*text, reading.local), reading.spec().*Member) : text.error();
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

/// A map of names to values, or a list of "NAME=value"; in a list a lone NAME is the submitter's own.
Status take_env(Reading& reading, const Yaml& value) {
  model::JobSpec& spec = reading.spec();
  for (const Yaml::Entry& entry : value.entries) {
    const bool named = !entry.key.empty() && entry.key.find('=') == std::string::npos;
    if (!named) return wrong(text::quote(entry.key), "a name without =");
    if (entry.value.kind != Yaml::Kind::text) {
      return wrong(shown(entry.value) + " for " + text::quote(entry.key), "text (\"\" for an empty value)");
    }
    if (const Status set = set_variable(spec.env, entry.key, entry.value.text); !set) return set;
  }
  for (const Yaml& item : value.items) {
    const auto text = text_of(item, "NAME=value");
    if (!text) return text.error();
    const std::size_t equals = text->find('=');
    const std::string name = text->substr(0, equals);
    if (name.empty()) return wrong(shown(item), "NAME=value");
    if (equals != std::string::npos) {
      if (const Status set = set_variable(spec.env, name, text->substr(equals + 1)); !set) return set;
    } else if (find_variable(spec.env, name) == spec.env.end()) {
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

constexpr Key job_table[] = {
    {"name", take_text<&model::JobSpec::name>},
    {"workdir", take_workdir},
    {"project", take_text<&model::JobSpec::project>},
    {"priority", take_whole<&model::JobSpec::priority, -largest_int, largest_int>},
    {"time", take_time},
    {"retries", take_whole<&model::JobSpec::retries, 0, largest_int>},
    {"tasks", take_tasks},
    {"preemptible", take_truth<&model::JobSpec::preemptible>},
    {"hold", take_truth<&model::JobSpec::hold>},
    {"begin", take_moment<&model::JobSpec::begin>},
    {"deadline", take_moment<&model::JobSpec::deadline>},
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

Section job_keys() { return job_table; }

Result<JobFile> parse_yaml(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                           const LocalTime& local) {
  const std::string file(file_name);
  const auto tree = parse_yaml_tree(text, file);
  if (!tree) return tree.error();
  if (tree->kind != Yaml::Kind::map) {
    return at(line_of(file, std::max<std::size_t>(tree->line, 1)),
              wrong(shown(*tree), "keys and values, at the least `run: ./train.sh`,"));
  }
  JobFile job{std::move(defaults), {}};
  const bool named = !job.spec.name.empty();
  Reading reading{job, file, "", {}, {}, {}, "", local};
  if (const Status taken = take_section(reading, *tree, job_table, ""); !taken) return taken.error();
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
