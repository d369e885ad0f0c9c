// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/detail.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

/// The jobs a name stands for: the id of an array stands for all its elements.
Result<std::vector<JobId>> meant(Remote& remote, const JobName& name) {
  if (name.index) {
    auto id = remote.find(name);
    if (!id) return id.error();
    return std::vector<JobId>{*id};
  }
  auto answer = remote.ask_json("GET", "/v1/jobs/" + std::to_string(name.id.value));
  if (!answer) return answer.error();
  std::vector<JobId> ids = {name.id};
  if (read_job(at(*answer, "job")).array != name.id.value) return ids;
  const std::size_t count = list_at(at(at(*answer, "spec"), "array"), "indices").size();
  for (std::size_t i = 1; i < count; ++i) ids.push_back(JobId{name.id.value + static_cast<std::int64_t>(i)});
  return ids;
}

}  // namespace

int wait(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed_for_a_job(remote.error());
  std::vector<JobId> ids;
  for (const JobName& name : invocation.jobs) {
    auto some = meant(*remote, name);
    if (!some) return failed_for_a_job(some.error());
    ids.insert(ids.end(), some->begin(), some->end());
  }
  Interrupts interrupts;
  FollowOptions options;  // without output, and Ctrl-C only leaves
  if (!invocation.quiet) options.remark = [](const std::string& sentence) { note(sentence); };
  options.tell_waits = false;
  int worst = 0;
  for (const JobId id : ids) {
    auto followed = follow(*remote, id, options, interrupts);
    if (!followed) return failed_for_a_job(followed.error());
    if (followed->by == Followed::By::left) return exit_code::cancelled;
    if (!invocation.quiet) note_ending(*remote, followed->job);
    worst = std::max(worst, exit_code_of(followed->job));
  }
  return worst;
}

}  // namespace busbar::cli
