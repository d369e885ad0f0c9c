// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/render/forecast.hpp"
#include "cli/render/job.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

Result<std::string> tell(Remote& remote, const JobName& name, bool as_json) {
  auto id = remote.find(name);
  if (!id) return id.error();
  auto body = remote.ask("GET", "/v1/jobs/" + std::to_string(id->value) + "/when");
  if (!body) return body.error();
  if (as_json) return *body + "\n";
  auto answer = parse_json(*body);
  if (!answer) return answer.error();
  auto detail = ask_detail(remote, *id);
  if (!detail) return detail.error();
  return render::headline(detail->job, screen_of(STDOUT_FILENO)) + "\n" + render::when(*answer);
}

}  // namespace

int when(const Invocation& invocation) {
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
