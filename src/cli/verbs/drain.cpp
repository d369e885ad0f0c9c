// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

std::string told(const Invocation& asked, std::int64_t running) {
  if (asked.end) return "work may start on " + asked.node + " again";
  if (running == 0) return asked.node + " is drained: nothing runs there, and nothing starts there";
  const std::string jobs = std::to_string(running) + (running == 1 ? " job" : " jobs");
  return "nothing new starts on " + asked.node + "; " + jobs + (running == 1 ? " runs" : " run") +
         " there still" + (asked.now ? ", and what may be preempted is being stopped" : "");
}

}  // namespace

int drain(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  const json::object body = {{"node", invocation.node},
                             {"end", invocation.end},
                             {"now", invocation.now},
                             {"reason", invocation.reason}};
  auto answer = remote->ask_json("POST", "/v1/drain", json::serialize(body));
  if (!answer) return failed(answer.error());
  if (!invocation.quiet) note(told(invocation, whole_at(*answer, "running")));
  return 0;
}

}  // namespace busbar::cli
