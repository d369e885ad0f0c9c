// SPDX-License-Identifier: Apache-2.0
#include "wire/where.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::wire {
namespace {

constexpr std::size_t longest = 255;  // of a host name

Error wrong(std::string_view found, const std::string& right) {
  return {Errc::invalid, "found " + text::quote(found) + "; " + right + " would be right"};
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

/// Commas within brackets part numbers, not names.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (const char c : text) {
    inside = c == '[' || (inside && c != ']');
    if (c == ',' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// "001" to "012": with as many digits as the first.
std::string padded(int number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

Status add(std::string_view part, std::vector<std::string>& names) {
  const auto refused = [&] { return wrong(part, "a machine's name such as node1, or node[1-3,7]"); };
  const std::size_t open = part.find('['), close = part.find(']');
  if (open == std::string_view::npos) {
    if (!is_name(part)) return refused();
    names.emplace_back(part);
    return Done{};
  }
  if (close == std::string_view::npos || close < open) return refused();
  const std::string_view list = part.substr(open + 1, close - open - 1);
  const auto numbers = text::parse_indices(list, most_names);
  if (!numbers) return numbers.error();
  const std::size_t digits = list.find_first_not_of("0123456789");
  for (const int number : *numbers) {
    std::string name(part.substr(0, open));
    name += padded(number, digits == std::string_view::npos ? list.size() : digits);
    name += part.substr(close + 1);
    if (!is_name(name)) return refused();
    names.push_back(std::move(name));
  }
  return Done{};
}

}  // namespace

Result<std::vector<std::string>> parse_labels(std::string_view text) {
  std::vector<std::string> labels;
  std::string all(text);
  std::ranges::replace(all, '&', ',');
  for (const std::string& part : text::split(all, ',')) {
    const std::string label = text::lower(text::trim(part));
    if (!is_name(label))
      return wrong(text,
                   "labels that a machine must have, all of them: a100 or a100&nvlink (a choice by | "
                   "and counts are known to Slurm, not built into Busbar yet)");
    labels.push_back(label);
  }
  if (labels.size() > most_names) return wrong(text, "at most " + std::to_string(most_names) + " labels");
  return labels;
}

Result<std::vector<std::string>> parse_machines(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string& part : parts_of(text)) {
    if (const Status added = add(text::trim(part), names); !added) return added.error();
    if (names.size() > most_names) return wrong(text, "at most " + std::to_string(most_names) + " machines");
  }
  return names;
}

}  // namespace busbar::wire
