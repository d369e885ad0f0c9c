// SPDX-License-Identifier: Apache-2.0
// submit_form.cpp: the submit form as JSON, and what is refused whoever sends it.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "wire/forms.hpp"
#include "wire/json.hpp"
#include "wire/place.hpp"
#include "wire/where.hpp"

namespace busbar::wire {

/// The form as it stands in a request. A version of 0 is one that was left out.
struct VersionedSubmit {
  int version = 0;
  std::string key;
  model::JobSpec spec;
  bool operator==(const VersionedSubmit&) const = default;
};
template <class Visit>
constexpr void fields(Of<VersionedSubmit>, Visit&& visit) {
  visit("version", &VersionedSubmit::version);
  visit("key", &VersionedSubmit::key);
  visit("spec", &VersionedSubmit::spec);
}

namespace {

constexpr int form_version = 1;
constexpr std::size_t most_key = 256, most_name = 256, most_path = 4096;
constexpr std::size_t most_text = 1 << 20;  // of a script; of an environment; of all arguments
constexpr std::size_t most_elements = 100'000;
constexpr int most_tasks = 100'000, largest_signal = 64;
constexpr std::int64_t most_cpus = 1'000'000'000, most_gpus = 1'000'000'000;  // thousandths
constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

Error wrong(const char* field, const std::string& found, const std::string& right) {
  return invalid(std::string(field) + ": found " + found + "; " + right + " would be right");
}

bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// A text that is shown in tables: UTF-8, without control characters, not longer than `most`.
Status check_label(const char* field, const std::string& text, std::size_t most) {
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (text.size() <= most && !control && text::is_utf8(text)) return Done{};
  return wrong(field, text::quote(text),
               "up to " + std::to_string(most) + " bytes of UTF-8 without control characters");
}

/// What reaches the kernel as a C string may have any byte but zero.
Status check_path(const char* field, const std::string& text) {
  if (text.size() <= most_path && !has_zero(text)) return Done{};
  return wrong(field, text::quote(text), "up to " + std::to_string(most_path) + " bytes, none of them zero,");
}

template <class Number>
Status check_range(const char* field, Number found, std::int64_t low, std::int64_t high) {
  const auto number = static_cast<std::int64_t>(found);
  if (number >= low && number <= high) return Done{};
  return wrong(field, std::to_string(number),
               "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

Status check_command(const model::JobSpec& spec) {
  if (spec.command.empty() || spec.command.front().empty())
    return wrong("spec.command", "no program", "a program and its arguments");
  std::size_t bytes = 0;
  for (const std::string& word : spec.command) {
    if (has_zero(word)) return wrong("spec.command", text::quote(word), "arguments without a byte of zero");
    bytes += word.size() + 1;
  }
  if (bytes > most_text) return wrong("spec.command", std::to_string(bytes) + " bytes", "at most 1048576");
  if (spec.script.size() > most_text) {
    return wrong("spec.script", std::to_string(spec.script.size()) + " bytes", "at most 1048576");
  }
  if (has_zero(spec.script)) return wrong("spec.script", "a byte of zero", "text");
  return Done{};
}

Status check_environment(const model::JobSpec& spec) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : spec.env) {
    if (name.empty() || name.find('=') != std::string::npos || has_zero(name)) {
      return wrong("spec.env", text::quote(name), "names without = or a byte of zero");
    }
    if (has_zero(value))
      return wrong("spec.env", text::quote(value) + " for " + text::quote(name),
                   "a value without a byte of zero");
    bytes += name.size() + value.size() + 2;
  }
  if (bytes > most_text) return wrong("spec.env", std::to_string(bytes) + " bytes", "at most 1048576");
  return Done{};
}

Status check_resources(const model::Resources& each) {
  if (const Status gpus = check_range("spec.each.gpus", each.gpus.count, 0, most_gpus); !gpus) return gpus;
  if (each.gpus > whole_device && each.gpus.count % whole_device.count != 0) {
    return wrong("spec.each.gpus", text::show(each.gpus) + " GPUs", "a whole number, or a share below one,");
  }
  if (const Status model = check_label("spec.each.gpu_model", each.gpu_model, most_name); !model)
    return model;
  if (each.gpu_memory.count < 0)
    return wrong("spec.each.gpu_memory", text::show(each.gpu_memory), "0 or more bytes");
  if (const Status cpus = check_range("spec.each.cpus", each.cpus.count, 1, most_cpus); !cpus) return cpus;
  if (each.memory.count < 0) return wrong("spec.each.memory", text::show(each.memory), "0 or more bytes");
  if (each.disk.count < 0) return wrong("spec.each.disk", text::show(each.disk), "0 or more bytes");
  return Done{};
}

Status check_where(const model::JobSpec& spec) {
  const auto names = [](const char* field, const std::vector<std::string>& all) -> Status {
    if (all.size() > most_names)
      return wrong(field, std::to_string(all.size()) + " of them", "at most " + std::to_string(most_names));
    for (const std::string& name : all) {
      if (name.empty()) return wrong(field, "\"\"", "a name");
      if (const Status fine = check_label(field, name, most_name); !fine) return fine;
    }
    return Done{};
  };
  if (const Status fine = names("spec.where.labels", spec.where.labels); !fine) return fine;
  if (const Status fine = names("spec.where.on", spec.where.on); !fine) return fine;
  if (const Status fine = names("spec.where.off", spec.where.off); !fine) return fine;
  const int least =
      spec.nodes > 0 && spec.where.per_node > 0 ? (spec.tasks + spec.nodes - 1) / spec.nodes : 0;
  return check_range("spec.where.per_node", spec.where.per_node, least, most_tasks);
}

Status check_gang(const model::JobSpec& spec) {
  if (const Status tasks = check_range("spec.tasks", spec.tasks, 1, most_tasks); !tasks) return tasks;
  if (const Status nodes = check_range("spec.nodes", spec.nodes, 0, spec.tasks); !nodes) return nodes;
  const std::vector<int>& indices = spec.array.indices;
  if (indices.size() > most_elements) {
    return wrong("spec.array.indices", std::to_string(indices.size()) + " of them",
                 "at most " + std::to_string(most_elements));
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const bool rises = indices[i] >= 0 && (i == 0 || indices[i - 1] < indices[i]);
    if (!rises)
      return wrong("spec.array.indices", std::to_string(indices[i]) + " at place " + std::to_string(i),
                   "rising numbers from 0 up");
  }
  if (spec.array.at_once < 0)
    return wrong("spec.array.at_once", std::to_string(spec.array.at_once), "0 (no bound) or more");
  if (spec.after.size() > most_elements) {
    return wrong("spec.after", std::to_string(spec.after.size()) + " of them",
                 "at most " + std::to_string(most_elements));
  }
  for (const model::Dependency& dependency : spec.after) {
    const Status id = check_range("spec.after", dependency.job.value, 1, std::numeric_limits<int>::max());
    if (!id) return id;
  }
  return Done{};
}

Status check_time(const char* field, Duration found) {
  if (found.count() >= 0 && found <= longest) return Done{};
  return wrong(field, std::to_string(found.count()) + " ms", "0 to 100 years");
}

Status check_moment(const char* field, Instant found) {
  constexpr Instant last{Duration{253'402'300'799'000}};  // the end of the year 9999
  if (found >= Instant{} && found <= last) return Done{};
  return wrong(field, std::to_string(found.time_since_epoch().count()) + " ms", "a moment from 1970 to 9999");
}

Status check_times(const model::JobSpec& spec) {
  if (const Status begin = check_moment("spec.begin", spec.begin); !begin) return begin;
  if (const Status deadline = check_moment("spec.deadline", spec.deadline); !deadline) return deadline;
  if (const Status limit = check_time("spec.time_limit", spec.time_limit); !limit) return limit;
  if (const Status grace = check_time("spec.grace", spec.grace); !grace) return grace;
  if (const Status every = check_time("spec.saves_every", spec.saves_every); !every) return every;
  if (const Status ahead = check_time("spec.warning.ahead", spec.warning.ahead); !ahead) return ahead;
  if (const Status signal = check_range("spec.warning.signal", spec.warning.signal, 1, largest_signal);
      !signal)
    return signal;
  return check_range("spec.retries", spec.retries, 0, std::numeric_limits<int>::max());
}

Status check_texts(const model::JobSpec& spec) {
  if (const Status name = check_label("spec.name", spec.name, most_name); !name) return name;
  if (spec.project.empty()) return wrong("spec.project", "\"\"", "a name such as default");
  if (const Status project = check_label("spec.project", spec.project, most_name); !project) return project;
  if (!spec.workdir.starts_with('/'))
    return wrong("spec.workdir", text::quote(spec.workdir), "an absolute path");
  if (const Status workdir = check_path("spec.workdir", spec.workdir); !workdir) return workdir;
  if (const Status output = check_path("spec.output", spec.output); !output) return output;
  if (const Status error = check_path("spec.error", spec.error); !error) return error;
  std::size_t kept = 0;
  for (const std::string& each : spec.kept) kept += each.size();
  if (kept > most_text) return wrong("spec.kept", std::to_string(kept) + " bytes", "at most 1048576");
  return Done{};
}

}  // namespace

std::string encode(const SubmitForm& form) {
  return json::encode(VersionedSubmit{form_version, form.key, form.spec});
}

Result<SubmitForm> decode_submit(std::string_view body) {
  auto form = json::decode<VersionedSubmit>(body, json::Unknown::refused);
  if (!form) return form.error();
  if (form->version != form_version) {
    return wrong("version", form->version == 0 ? "none" : std::to_string(form->version),
                 std::to_string(form_version));
  }
  if (form->key.size() > most_key || !text::is_utf8(form->key)) {
    return wrong("key", text::quote(form->key), "up to " + std::to_string(most_key) + " bytes of UTF-8");
  }
  return SubmitForm{std::move(form->key), std::move(form->spec)};
}

Status validate(const model::JobSpec& spec) {
  for (const auto check :
       {check_command, check_environment, check_gang, check_where, check_times, check_texts}) {
    if (const Status passed = check(spec); !passed) return passed;
  }
  return check_resources(spec.each);
}

}  // namespace busbar::wire
