// SPDX-License-Identifier: Apache-2.0
// yaml_resources.cpp: the sections `resources` and `checkpoint`.
#include "wire/where.hpp"
#include "wire/yaml_reading.hpp"

namespace busbar::wire {
namespace {

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
Status take_disk(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "a size such as 100GB");
  return text ? assign(lower_bound(*text, parse_size), reading.spec().each.disk) : text.error();
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

Status take_every(Reading& reading, const Yaml& value) {
  return take_seconds(value, reading.spec().saves_every);
}

Status take_nodes(Reading& reading, const Yaml& value) {
  const auto nodes = count_of(value);
  return nodes ? say(reading, reading.nodes, *nodes) : nodes.error();
}

Status take_labels(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "labels such as a100&nvlink");
  return text ? assign(parse_labels(*text), reading.spec().where.labels) : text.error();
}
Status take_on(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "machines such as node1,node2");
  return text ? assign(parse_machines(*text), reading.spec().where.on) : text.error();
}
Status take_off(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "machines such as node1,node2");
  return text ? assign(parse_machines(*text), reading.spec().where.off) : text.error();
}
Status take_alone(Reading& reading, const Yaml& value) {
  const auto text = text_of(value, "true or false");
  if (!text) return text.error();
  if (*text != "true" && *text != "false") return wrong(shown(value), "true or false");
  reading.spec().where.alone = *text == "true";
  return Done{};
}
Status take_per_node(Reading& reading, const Yaml& value) {
  const auto count = count_of(value);
  if (!count) return count.error();
  reading.spec().where.per_node = static_cast<int>(*count);
  return Done{};
}

constexpr Key resource_table[] = {
    {"gpus", take_gpus},
    {"gpu", take_gpu},
    {"gpu_memory", take_gpu_memory},
    {"cpus", take_cpus},
    {"memory", take_memory},
    {"nodes", take_nodes},
    {"accelerators", take_accelerators},
    {"disk", take_disk},
    {"exclusive", take_alone},
    {"any_of", nullptr},
    {"constraint", take_labels},
    {"nodelist", take_on},
    {"exclude", take_off},
    {"tasks_per_node", take_per_node},
};
constexpr Key checkpoint_table[] = {{"signal", take_signal},
                                    {"grace", take_grace},
                                    {"ahead", take_ahead},
                                    {"every", take_every},
                                    {"dir", nullptr}};

}  // namespace

Section resource_keys() { return resource_table; }
Section checkpoint_keys() { return checkpoint_table; }

Status take_resources(Reading& reading, const Yaml& value) {
  if (value.kind != Yaml::Kind::map) return wrong(shown(value), "a map such as {gpus: 2, memory: 16GiB}");
  return take_section(reading, value, resource_table, "resources.");
}
Status take_checkpoint(Reading& reading, const Yaml& value) {
  if (value.kind != Yaml::Kind::map) return wrong(shown(value), "a map such as {signal: USR1, grace: 60s}");
  return take_section(reading, value, checkpoint_table, "checkpoint.");
}

}  // namespace busbar::wire
