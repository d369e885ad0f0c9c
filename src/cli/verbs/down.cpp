// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"
#include "cli/running_server.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

/// How many jobs run, of everybody.
Result<int> running(Remote& remote) {
  auto answer = remote.ask_json("GET", "/v1/jobs");
  if (!answer) return answer.error();
  int count = 0;
  for (const json::value& job : list_at(*answer, "jobs")) count += text_at(job, "state") == "RUNNING" ? 1 : 0;
  return count;
}

std::string told(int jobs, bool stopped) {
  if (jobs == 0) return "the server is down; no job was running";
  const std::string count = std::to_string(jobs) + (jobs == 1 ? " job" : " jobs");
  if (stopped) return "the server is down; " + count + (jobs == 1 ? " was" : " were") + " stopped";
  return "the server is down; " + count + (jobs == 1 ? " goes" : " go") +
         " on running, and busbar up takes " + (jobs == 1 ? "it" : "them") + " over again";
}

}  // namespace

int down(const Invocation& invocation) {
  auto place = server_place(surroundings(invocation.state));
  if (!place) return failed(place.error());
  if (!answers(place->socket())) {
    if (!invocation.quiet) note("no server is running in " + place->folder);
    return 0;
  }
  Remote remote(*place);
  auto version = remote.ask_json("GET", "/v1/version");
  if (!version) return failed(version.error());
  auto jobs = running(remote);
  if (!jobs) return failed(jobs.error());

  const ServerAnswer server = read_server(*version);
  if (server.pid <= 0) return failed({Errc::internal, "the server does not say which process it is"});
  const Ending ending(server.pid);
  auto answer = remote.ask("POST", "/v1/down",
                           invocation.stop_jobs ? R"({"stop_jobs":true})" : R"({"stop_jobs":false})");
  if (!answer) return failed(answer.error());
  // With --stop-jobs each job has its grace, which may be long; who does not want to wait presses Ctrl-C.
  const Duration patience = invocation.stop_jobs ? Duration(-1) : Duration(std::chrono::seconds(60));
  if (!ending.wait(patience)) {
    return failed({Errc::unavailable, "the server (process " + std::to_string(server.pid) +
                                          ") was told to go, and is still there after 60 s"});
  }
  if (!invocation.quiet) note(told(*jobs, invocation.stop_jobs));
  return 0;
}

}  // namespace busbar::cli
