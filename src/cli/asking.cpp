// SPDX-License-Identifier: Apache-2.0
#include "cli/asking.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/exit_code.hpp"
#include "cli/render/job.hpp"
#include "cli/terminal.hpp"

namespace busbar::cli {
namespace {

std::string shown(const JobName& name) {
  return std::to_string(name.id.value) + (name.index ? "_" + std::to_string(*name.index) : "");
}

}  // namespace

int ask_about_jobs(const Invocation& invocation, const std::string& question,
                   const std::function<std::string(const Detail&, const json::value& answer)>& tell) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  for (const JobName& name : invocation.jobs) {
    const auto id = remote->find(name);
    if (!id) return failed(id.error());
    const auto body = remote->ask("GET", "/v1/jobs/" + std::to_string(id->value) + "/" + question);
    if (!body) return failed(body.error());
    std::string text = *body + "\n";
    if (!invocation.json) {
      const auto answer = parse_json(*body);
      if (!answer) return failed(answer.error());
      const auto detail = ask_detail(*remote, *id);
      if (!detail) return failed(detail.error());
      text = render::headline(detail->job, screen_of(STDOUT_FILENO)) + "\n" + tell(*detail, *answer);
    }
    if (const int code = print(text)) return code;
  }
  return 0;
}

int tell_jobs(const Invocation& invocation, const std::string& order, json::object body,
              const std::function<std::string(const std::string& job, const json::value& answer)>& told) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  const auto tell = [&](const JobName& name) -> Result<json::value> {
    const auto id = remote->find(name);
    if (!id) return id.error();
    body["whole_array"] = !name.index.has_value();
    return remote->ask_json("POST", "/v1/jobs/" + std::to_string(id->value) + "/" + order,
                            json::serialize(body));
  };
  int worst = 0;
  for (const JobName& name : invocation.jobs) {
    const auto answer = tell(name);
    if (!answer) {
      worst = std::max(worst, failed(answer.error()));
    } else if (!invocation.quiet) {
      note(told(shown(name), *answer));
    }
  }
  return worst;
}

}  // namespace busbar::cli
