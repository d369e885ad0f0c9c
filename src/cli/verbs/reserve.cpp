// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/render/reservations.hpp"
#include "cli/render/when.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

Result<wire::ReserveForm> form_of(const Invocation& invocation) {
  const wire::LocalTime local = caller().local;
  const auto read = [&](const char* flag, const std::string& text) -> Result<Instant> {
    auto moment = wire::parse_moment(text, local);
    return moment ? moment : Error{Errc::invalid, std::string(flag) + ": " + moment.error().message};
  };
  wire::ReserveForm form = invocation.reserve;
  if (form.end) return form;
  const auto from = read("--from", invocation.from.value_or("now")),
             until = read("--until", *invocation.until);
  if (!from) return from.error();
  if (!until) return until.error();
  form.from = *from;
  form.until = *until;
  return form;
}

std::string told(const wire::ReserveForm& form, const json::value& answer) {
  if (form.end) return "reservation " + form.name + " is over";
  std::vector<std::string> nodes;
  for (const json::value& node : list_at(answer, "nodes")) nodes.emplace_back(node.as_string());
  std::string text = text::join(nodes, ", ") + (nodes.size() == 1 ? " is" : " are") + " reserved from " +
                     render::local_time(form.from) + " until " + render::local_time(form.until);
  const std::int64_t running = whole_at(answer, "running");
  if (running == 0) return text;
  return text + "; " + std::to_string(running) + (running == 1 ? " job runs" : " jobs run") +
         " there now, and may go on to the end";
}

}  // namespace

int reserve(const Invocation& invocation) {
  const auto form = form_of(invocation);
  if (!form) return failed(form.error());
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  const auto answer = remote->ask_json("POST", "/v1/reservations", wire::encode(*form));
  if (!answer) return failed(answer.error());
  if (!invocation.quiet) note(told(*form, *answer));
  return 0;
}

int reservations(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  const auto body = remote->ask("GET", "/v1/reservations");
  if (!body) return failed(body.error());
  if (invocation.json) return print(*body + "\n");
  const auto answer = parse_json(*body);
  if (!answer) return failed(answer.error());
  return print(render::reservations(*answer, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
