// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

std::string shown(const JobName& name) {
  return std::to_string(name.id.value) + (name.index ? "_" + std::to_string(*name.index) : "");
}

Result<std::int64_t> stop_one(Remote& remote, const JobName& name, const std::string& reason) {
  auto id = remote.find(name);
  if (!id) return id.error();
  const json::object body = {{"reason", reason}, {"whole_array", !name.index.has_value()}};
  auto answer =
      remote.ask_json("POST", "/v1/jobs/" + std::to_string(id->value) + "/stop", json::serialize(body));
  if (!answer) return answer.error();
  return whole_at(*answer, "stopped");
}

std::string told(const JobName& name, std::int64_t stopped) {
  if (stopped == 0) return "job " + shown(name) + " is over already";
  if (stopped == 1) return "job " + shown(name) + " is being stopped";
  return "array " + shown(name) + ": " + std::to_string(stopped) + " jobs are being stopped";
}

}  // namespace

int stop(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  int worst = 0;  // one that cannot be stopped does not save the others
  for (const JobName& name : invocation.jobs) {
    auto stopped = stop_one(*remote, name, invocation.reason);
    if (!stopped) {
      worst = std::max(worst, failed(stopped.error()));
    } else if (!invocation.quiet) {
      note(told(name, *stopped));
    }
  }
  return worst;
}

}  // namespace busbar::cli
