// SPDX-License-Identifier: Apache-2.0
#include "wire/yaml_reading.hpp"

#include <algorithm>

namespace busbar::wire {
namespace {

std::string hint_for(std::string_view unknown, Section section) {
  std::vector<std::string> names;
  std::vector<std::string> built;
  for (const Key& key : section) {
    names.emplace_back(key.name);
    if (key.take) built.emplace_back(key.name);
  }
  const auto has = [&](Section other) {
    return std::any_of(other.begin(), other.end(), [&](const Key& key) { return key.name == unknown; });
  };
  if (has(resource_keys())) return "; it belongs under `resources`";
  if (has(checkpoint_keys())) return "; it belongs under `checkpoint`";
  if (has(job_keys())) return "; it belongs at the outermost level";
  const std::string meant = text::nearest(unknown, names);
  return meant.empty() ? "; known here are " + text::join(built, ", ") : "; did you mean " + meant + "?";
}

}  // namespace

Result<std::string> text_of(const Yaml& value, std::string_view right) {
  if (value.kind != Yaml::Kind::text || value.text.empty()) return wrong(shown(value), right);
  return value.text;
}

Result<std::int64_t> count_of(const Yaml& value) {
  constexpr std::int64_t most_tasks = 100'000;  // as validate() has it
  const auto text = text_of(value, "a whole number");
  if (!text) return text.error();
  return lower_bound(*text, [](std::string_view part) { return text::parse_whole(part, 1, most_tasks); });
}

Status say(Reading& reading, Said& said, std::int64_t value) {
  if (!said.by.empty() && said.value != value) {
    return wrong(std::to_string(value),
                 "the " + std::to_string(said.value) + " of " + said.by + ", or one of the two alone,");
  }
  said = {value, reading.place};
  return Done{};
}

Status take_section(Reading& reading, const Yaml& map, Section section, const std::string& prefix) {
  for (const Yaml::Entry& entry : map.entries) {
    const std::string place = line_of(reading.file, entry.line) + ": " + prefix + displayed(entry.key);
    const auto key =
        std::find_if(section.begin(), section.end(), [&](const Key& each) { return each.name == entry.key; });
    if (key == section.end()) {
      return at(line_of(reading.file, entry.line),
                invalid(prefix + displayed(entry.key) + ": not known" + hint_for(entry.key, section)));
    }
    if (!key->take) return at(place, invalid("known, not built into Busbar yet"));
    reading.place = place;
    const bool is_section = key->take == take_resources || key->take == take_checkpoint;
    const Status taken = key->take(reading, entry.value);
    if (!taken) return is_section && entry.value.kind == Yaml::Kind::map ? taken : at(place, taken.error());
  }
  return Done{};
}

}  // namespace busbar::wire
