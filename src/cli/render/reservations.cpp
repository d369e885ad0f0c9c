// SPDX-License-Identifier: Apache-2.0
#include "cli/render/reservations.hpp"

#include <boost/json/array.hpp>

#include "base/text.hpp"
#include "cli/render/when.hpp"

namespace busbar::cli::render {
namespace {

std::string moment(const json::value& one, const char* field) {
  const auto at = time_at(one, field);
  return at ? local_time(*at) : "";
}

std::string purpose(const json::value& one) {
  if (const std::string project = text_at(one, "project"); !project.empty()) return "project " + project;
  if (const std::string user = text_at(one, "user"); !user.empty()) return "user " + user;
  return "maintenance";
}

}  // namespace

std::string reservations(const json::value& answer, const Screen& screen) {
  const json::array& all = list_at(answer, "reservations");
  if (all.empty()) return "nothing is reserved\n";
  std::vector<std::vector<Cell>> rows;
  for (const json::value& one : all) {
    std::vector<std::string> nodes;
    for (const json::value& node : list_at(one, "nodes")) {
      if (node.is_string()) nodes.emplace_back(node.get_string());
    }
    rows.push_back({{text_at(one, "name"), truth_at(one, "begun") ? Tone::title : Tone::plain},
                    {moment(one, "from")},
                    {moment(one, "until")},
                    {purpose(one)},
                    {text_at(one, "by")},
                    {text::join(nodes, ",")}});
  }
  return table({{"NAME"}, {"FROM"}, {"UNTIL"}, {"FOR"}, {"BY"}, {"MACHINES"}}, rows, screen);
}

}  // namespace busbar::cli::render
