// SPDX-License-Identifier: Apache-2.0
// yaml_tree.hpp: YAML as a plain tree in which every value knows its line and text stays as it was written:
// nothing becomes a number, a date or a truth value behind the writer's back.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace busbar::wire {

struct Yaml {
  struct Entry;
  enum class Kind { nothing, text, list, map } kind = Kind::nothing;
  std::string text;
  std::vector<Yaml> items;
  std::vector<Entry> entries;  // keys are text, each once, as they stand in the file
  std::size_t line = 0;        // counted from 1
  std::size_t size = 1;        // values in it, itself included
};
struct Yaml::Entry {
  std::string key;
  std::size_t line = 0;
  Yaml value;
};

/// Reads one document. Aliases are followed, as long as the whole stays below 20,000 values; tags, merge
/// keys, keys that are no text, a second document and whatever stops half-way are refused. Errors open with
/// "file:line: ".
Result<Yaml> parse_yaml_tree(std::string_view text, const std::string& file);

/// "a list", "a map", "nothing", or the text in quotes.
std::string shown(const Yaml& value);

}  // namespace busbar::wire
