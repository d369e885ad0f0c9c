// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
int submit(const Invocation& invocation) {
  auto submission = submission_of(invocation, caller(), read_file);
  if (!submission) return failed(submission.error());
  for (const std::string& warning : submission->warnings) note("warning: " + warning);
  if (submission->form.key.empty()) submission->form.key = random_key();

  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  auto accepted = send(*remote, submission->form, Patience{});
  if (!accepted) return failed(accepted.error());

  const std::string id = std::to_string(accepted->first.value);
  const int printed = print((invocation.json ? accepted->body : id) + "\n");
  if (!invocation.quiet) note(told(*accepted, submission->form.spec));
  return printed;
}

}  // namespace busbar::cli
