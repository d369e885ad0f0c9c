// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>

#include "cli/detail.hpp"
#include "cli/exit_code.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

bool pass_on(Stream stream, std::string_view bytes) {
  return write_all(stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO, bytes);
}

void answer_key(const std::string& sentence) {
  if (::isatty(STDERR_FILENO) != 0) write_all(STDERR_FILENO, "\n");  // the terminal has just shown "^C"
  note(sentence);
}

/// The code of one job that was followed to some end.
int code_of(Remote& remote, const Followed& followed, const Invocation& invocation) {
  const std::string id = show_id(followed.job);
  switch (followed.by) {
    case Followed::By::job_over:
      if (!invocation.quiet) note_ending(remote, followed.job);
      return exit_code_of(followed.job);
    case Followed::By::stopped:
      return exit_code::cancelled;
    case Followed::By::left:
      note("job " + id + " goes on; see it again: busbar logs -f " + id);
      return 128 + SIGQUIT;
    case Followed::By::reader_gone:
      note("nobody reads the output any more; job " + id + " goes on; stop it: busbar stop " + id);
      return 128 + SIGPIPE;
  }
  return exit_code::busbar_failed;
}

int follow_all(Remote& remote, const Accepted& accepted, const Invocation& invocation) {
  Interrupts interrupts;
  FollowOptions options;
  options.output = pass_on;
  if (!invocation.quiet) options.remark = [](const std::string& sentence) { note(sentence); };
  options.answer = answer_key;
  if (::isatty(STDERR_FILENO) != 0) options.first_remark = std::chrono::milliseconds(200);
  options.stop_as = accepted.first;
  int worst = 0;
  // The elements of an array one after the other: each one's output stays together, and none of it is lost
  // meanwhile.
  for (int i = 0; i < accepted.count; ++i) {
    auto followed = follow(remote, JobId{accepted.first.value + i}, options, interrupts);
    if (!followed) return failed_for_a_job(followed.error());
    const int code = code_of(remote, *followed, invocation);
    if (followed->by != Followed::By::job_over) return code;
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace

int run(const Invocation& invocation) {
  auto submission = submission_of(invocation, caller(), read_file);
  if (!submission) return failed_for_a_job(submission.error());
  if (submission->form.key.empty()) submission->form.key = random_key();

  auto remote = remote_of(invocation);
  if (!remote) return failed_for_a_job(remote.error());
  auto accepted = send(*remote, submission->form, Patience{});
  if (!accepted) return failed_for_a_job(accepted.error());
  if (!invocation.detach) return follow_all(*remote, *accepted, invocation);

  const int printed = print(std::to_string(accepted->first.value) + "\n");
  if (!invocation.quiet) note(told(*accepted, submission->form.spec));
  return printed;
}

}  // namespace busbar::cli
