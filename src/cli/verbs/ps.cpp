// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "cli/exit_code.hpp"
#include "cli/render/jobs.hpp"
#include "cli/render/when.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

/// All jobs ever means of every project, unless one is named.
std::string project_of(const Invocation& invocation) {
  if (invocation.project) return *invocation.project;
  if (invocation.all) return "";
  const char* own = std::getenv("BUSBAR_PROJECT");
  return own != nullptr && *own != 0 ? own : "default";
}

std::string target_of(const Invocation& invocation) {
  std::string target = "/v1/jobs";
  const auto add = [&](const std::string& field) {
    target += (target.find('?') == std::string::npos ? "?" : "&") + field;
  };
  const std::string project = project_of(invocation);
  if (!project.empty()) add("project=" + net::percent_encode(project));
  if (invocation.all) add("all=1");
  if (!invocation.user.empty()) add("user=" + net::percent_encode(invocation.user));
  return target;
}

}  // namespace

int ps(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  auto body = remote->ask("GET", target_of(invocation));
  if (!body) return failed(body.error());
  if (invocation.json) return print(*body + (body->empty() || body->back() != '\n' ? "\n" : ""));

  auto answer = parse_json(*body);
  if (!answer) return failed(answer.error());
  std::vector<JobAnswer> jobs;
  for (const json::value& job : list_at(*answer, "jobs")) jobs.push_back(read_job(job));
  return print(render::jobs(jobs, render::now(), screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
