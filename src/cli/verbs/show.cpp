// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/render/job.hpp"
#include "cli/render/when.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
int show(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  for (const JobName& name : invocation.jobs) {
    auto id = remote->find(name);
    if (!id) return failed(id.error());
    auto body = remote->ask("GET", "/v1/jobs/" + std::to_string(id->value));
    if (!body) return failed(body.error());
    std::string text = *body + "\n";
    if (!invocation.json) {
      auto detail = read_detail(std::move(*body));
      if (!detail) return failed(detail.error());
      text = render::job(*detail, render::now(), screen_of(STDOUT_FILENO));
    }
    if (const int code = print(text)) return code;
  }
  return 0;
}

}  // namespace busbar::cli
