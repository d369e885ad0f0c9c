// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"
#include "cli/render/forecast.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int try_job(const Invocation& invocation) {
  auto submission = submission_of(invocation, caller(), read_file);
  if (!submission) return failed(submission.error());
  for (const std::string& warning : submission->warnings) note("warning: " + warning);

  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  auto body = remote->ask("POST", "/v1/try", wire::encode(submission->form));
  if (!body) return failed(body.error());
  if (invocation.json) return print(*body + "\n");
  auto answer = parse_json(*body);
  if (!answer) return failed(answer.error());
  return print(render::outlook(*answer, submission->form.spec));
}

}  // namespace busbar::cli
