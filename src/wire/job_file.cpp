// SPDX-License-Identifier: Apache-2.0
// job_file.cpp: what YAML, directives and the command line write alike: GPUs, arrays, signals, dependencies.
#include "wire/job_file.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "wire/place.hpp"

namespace busbar::wire {
namespace {

using model::Dependency;

constexpr std::size_t most_elements = 100'000;  // of an array, as validate() has it
constexpr std::size_t longest_model = 64;
constexpr std::int64_t largest_id = std::numeric_limits<int>::max();

bool is_model_name(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ' ' || c == '+';
  });
  const bool lettered = std::any_of(text.begin(), text.end(),
                                    [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return plain && lettered && text.size() <= longest_model;
}

/// "H100", or several of which any will do: "A100|H100".
bool is_model_choice(std::string_view text) {
  const std::vector<std::string> names = text::split(text, '|');
  return !names.empty() &&
         std::all_of(names.begin(), names.end(), [](const std::string& name) { return is_model_name(name); });
}

Error wrong(std::string_view found, std::string_view right) {
  return invalid("found " + text::quote(found) + "; " + std::string(right) + " would be right");
}

Result<Dependency::When> parse_when(std::string_view word) {
  if (word == "after") return Dependency::When::started;
  if (word == "afterany") return Dependency::When::any;
  if (word == "afterok") return Dependency::When::ok;
  if (word == "afternotok") return Dependency::When::not_ok;
  if (word == "singleton" || word == "aftercorr" || word == "afterburstbuffer") {
    return invalid(std::string(word) + " is known to Slurm, not built into Busbar yet");
  }
  return wrong(word, "after, afterok, afterany or afternotok");
}

Result<JobId> parse_id(std::string_view text) {
  if (text.find('_') != std::string_view::npos) {
    return wrong(text, "the element's own id (column id of `busbar ps --json`)");
  }
  if (text.find('+') != std::string_view::npos) {
    return invalid("found " + text::quote(text) +
                   "; a delay behind an id is known to Slurm, not built into Busbar yet");
  }
  const auto id = text::parse_whole(text, 1, largest_id);
  if (!id) return wrong(text, "a job id (a whole number)");
  return JobId{*id};
}

}  // namespace

Result<JobFile> parse_job_file(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                               const std::vector<std::string>& arguments, const LocalTime& local) {
  if (text.starts_with("#!")) return parse_script(text, file_name, std::move(defaults), arguments, local);
  if (!arguments.empty()) {
    return at(std::string(file_name),
              wrong(arguments.front(), "no argument behind a YAML file (put them under `run`)"));
  }
  return parse_yaml(text, file_name, std::move(defaults), local);
}

Result<GpuRequest> parse_gpus(std::string_view text) {
  const auto refused = [&] {
    return wrong(text, "a number of GPUs such as 2, 0.5 or 2:H100, or a model such as H100:8");
  };
  const std::vector<std::string> parts = text::split(text, ':');
  if (parts.size() > 2) return refused();
  GpuRequest request{whole_device, ""};
  bool counted = false;
  for (const std::string& part : parts) {
    const bool size = !part.empty() && text::lower(part).back() == 'b' && text::parse_bytes(part);
    if (size)
      return wrong(part, "a model or a number (memory of a GPU is asked for by gpu_memory, --gpu-memory)");
    if (is_model_choice(part) && request.model.empty()) {
      request.model = part;
    } else if (const auto share = text::parse_share(part); share && !counted) {
      request.gpus = *share;
      counted = true;
    } else if (!share && !part.empty() && part.find_first_not_of("0123456789.") == std::string::npos) {
      return share.error();  // "1.5": says which numbers exist
    } else {
      return refused();
    }
  }
  return request;
}

Result<model::Array> parse_array(std::string_view text) {
  model::Array array;
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    const auto at_once = text::parse_whole(text.substr(percent + 1), 1, largest_id);
    if (!at_once) return at("behind %", at_once.error());
    array.at_once = static_cast<int>(*at_once);
  }
  auto indices = text::parse_indices(text.substr(0, percent), most_elements);
  if (!indices) return indices.error();
  array.indices = std::move(*indices);
  return array;
}

Result<model::Warning> parse_warning(std::string_view text) {
  constexpr std::int64_t longest_ahead = 65'535;  // seconds, as in Slurm
  model::Warning warning;
  warning.asked = true;
  std::string_view rest = text;
  if (rest.starts_with("R:") || rest.starts_with("BR:") || rest.starts_with("RB:")) {
    return invalid("found " + text::quote(text) + "; R: is known to Slurm, not built into Busbar yet");
  }
  if (rest.starts_with("B:")) rest.remove_prefix(2);
  const std::size_t when = rest.find('@');
  const auto signal = text::parse_signal(rest.substr(0, when));
  if (!signal) return signal.error();
  warning.signal = *signal;
  if (when != std::string_view::npos) {
    const auto seconds = text::parse_whole(rest.substr(when + 1), 0, longest_ahead);
    if (!seconds) return at("seconds behind @", seconds.error());
    warning.ahead = std::chrono::seconds(*seconds);
  }
  return warning;
}

Result<std::vector<Dependency>> parse_dependencies(std::string_view text) {
  std::vector<Dependency> dependencies;
  if (text.find('?') != std::string_view::npos) {
    return invalid("found " + text::quote(text) +
                   "; ? (any of them) is known to Slurm, not built into Busbar yet");
  }
  for (const std::string& clause : text::split(text, ',')) {
    std::vector<std::string> words = text::split(clause, ':');
    auto when = Dependency::When::ok;
    const bool bare = words.front().find_first_not_of("0123456789_+") == std::string::npos;
    if (!bare) {
      const auto named = parse_when(words.front());
      if (!named) return named.error();
      when = *named;
      words.erase(words.begin());
      if (words.empty()) return wrong(clause, clause + ":ID");
    }
    for (const std::string& word : words) {
      const auto id = parse_id(word);
      if (!id) return id.error();
      const Dependency dependency{*id, when};
      if (dependencies.size() == most_elements)
        return invalid("names more than " + std::to_string(most_elements) + " jobs");
      dependencies.push_back(dependency);
    }
  }
  return dependencies;
}

}  // namespace busbar::wire
