// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/render/usage.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int usage(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  auto body = remote->ask("GET", "/v1/usage");
  if (!body) return failed(body.error());
  if (invocation.json) return print(*body + "\n");
  auto answer = parse_json(*body);
  if (!answer) return failed(answer.error());
  return print(render::usage(*answer, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
