// SPDX-License-Identifier: Apache-2.0
#include "cli/render/usage.hpp"

#include "base/text.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {
namespace {

std::string gpus(std::int64_t milli) { return milli == 0 ? "-" : text::show(Share{milli}); }

}  // namespace

std::string usage(const json::value& answer, const Screen& screen) {
  const json::array& projects = list_at(answer, "projects");
  if (projects.empty()) return "nobody has a share or a job\n";
  std::vector<std::vector<Cell>> rows;
  for (const json::value& project : projects) {
    const std::int64_t borrowed = whole_at(project, "borrowed_milli");
    const bool bounded = at(project, "limit_milli").is_number();
    rows.push_back({{text_at(project, "project")},
                    {gpus(whole_at(project, "guaranteed_milli"))},
                    {gpus(whole_at(project, "held_milli"))},
                    {gpus(borrowed), borrowed > 0 ? Tone::title : Tone::plain},
                    {bounded ? text::show(Share{whole_at(project, "limit_milli")}) : "none"},
                    {std::to_string(whole_at(project, "running"))},
                    {std::to_string(whole_at(project, "waiting"))}});
  }
  return "GPUs of " + text::show(Share{whole_at(answer, "devices_milli")}) + " that are up\n" +
         table({{"PROJECT"},
                {"GUARANTEED", true},
                {"HOLDS", true},
                {"BORROWS", true},
                {"LIMIT", true},
                {"RUNNING", true},
                {"WAITING", true}},
               rows, screen);
}

}  // namespace busbar::cli::render
