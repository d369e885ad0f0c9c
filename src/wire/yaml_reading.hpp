// SPDX-License-Identifier: Apache-2.0
// yaml_reading.hpp: what the sections of a YAML job share: how a key is taken, by whom a value was said,
// ranges.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "wire/job_file.hpp"
#include "wire/place.hpp"
#include "wire/yaml_tree.hpp"

namespace busbar::wire {

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
  LocalTime local;
  model::JobSpec& spec() { return into.spec; }
};
using Take = Status (*)(Reading&, const Yaml&);
struct Key {
  std::string_view name;
  Take take;  // null: known, not built yet
};
using Section = std::span<const Key>;

inline Error wrong(const std::string& found, std::string_view right) {
  return invalid("found " + found + "; " + std::string(right) + " would be right");
}

/// Text that is not empty; `right` is what would have been.
Result<std::string> text_of(const Yaml& value, std::string_view right);

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

/// A number of tasks or machines, or a range of it.
Result<std::int64_t> count_of(const Yaml& value);

/// Notes who settles a value; a second one has to agree.
Status say(Reading& reading, Said& said, std::int64_t value);

/// Takes every key of a map by its section's table. Errors open with the key's place.
Status take_section(Reading& reading, const Yaml& map, Section section, const std::string& prefix);

Section job_keys();
Section resource_keys();
Section checkpoint_keys();
Status take_resources(Reading& reading, const Yaml& value);
Status take_checkpoint(Reading& reading, const Yaml& value);

}  // namespace busbar::wire
