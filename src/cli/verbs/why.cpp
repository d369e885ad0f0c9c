// SPDX-License-Identifier: Apache-2.0
#include "cli/asking.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

/// What stands under the headline: why it waits, where it runs, or how it ended.
std::string story(const Detail& detail, const json::value& reason) {
  if (detail.job.over()) return "  " + ending_in_words(detail) + "\n";
  const std::string words = text_at(reason, "words"), advice = text_at(reason, "advice");
  if (words.empty() && !detail.job.waits())
    return "  on " + detail.job.node + "; its output: busbar logs -f " + show_id(detail.job) + "\n";
  std::string text = "  " + words + "\n";
  if (!advice.empty()) text += "  " + advice + "\n";
  return text;
}

}  // namespace

int why(const Invocation& invocation) {
  return ask_about_jobs(invocation, "why", [](const Detail& detail, const json::value& answer) {
    return story(detail, at(answer, "reason"));
  });
}

}  // namespace busbar::cli
