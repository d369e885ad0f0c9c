// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/render/job.hpp"
#include "cli/terminal.hpp"
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

Result<std::string> tell(Remote& remote, const JobName& name, bool as_json) {
  auto id = remote.find(name);
  if (!id) return id.error();
  auto body = remote.ask("GET", "/v1/jobs/" + std::to_string(id->value) + "/why");
  if (!body) return body.error();
  if (as_json) return *body + "\n";
  auto answer = parse_json(*body);
  if (!answer) return answer.error();
  auto detail = ask_detail(remote, *id);
  if (!detail) return detail.error();
  return render::headline(detail->job, screen_of(STDOUT_FILENO)) + "\n" +
         story(*detail, at(*answer, "reason"));
}

}  // namespace

int why(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  for (const JobName& name : invocation.jobs) {
    auto text = tell(*remote, name, invocation.json);
    if (!text) return failed(text.error());
    if (const int code = print(*text)) return code;
  }
  return 0;
}

}  // namespace busbar::cli
