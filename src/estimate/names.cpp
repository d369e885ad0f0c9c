// SPDX-License-Identifier: Apache-2.0
#include "estimate/names.hpp"

#include "base/text.hpp"

namespace busbar::estimate {

std::string folded(std::string_view name) {
  std::string kept;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

std::vector<std::string> folded_names(std::string_view name, std::string_view aliases) {
  std::vector<std::string> all = {folded(name)};
  for (const std::string& alias : text::split(aliases, ';')) {
    if (!alias.empty()) all.push_back(folded(alias));
  }
  return all;
}

std::string printable(std::string_view name) {
  std::string kept;
  for (const char c : name.substr(0, 60)) kept += c >= ' ' && c <= '~' ? c : '?';
  return kept;
}

}  // namespace busbar::estimate
