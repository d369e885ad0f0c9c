// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>

#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/render/nodes.hpp"
#include "cli/running_server.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

using Steady = std::chrono::steady_clock;

void pause_for(Duration time) {
  const timespec pause{time.count() / 1000, time.count() % 1000 * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

/// The machine reports itself to its server a moment after the start.
std::string inventory(Remote& remote) {
  for (const auto until = Steady::now() + std::chrono::seconds(5);;) {
    auto answer = remote.ask_json("GET", "/v1/nodes");
    if (answer) {
      const std::string text = render::inventory(*answer);
      if (!text.empty()) return text;
    }
    if (Steady::now() > until) return "the machine has not reported itself yet; see busbar nodes";
    pause_for(std::chrono::milliseconds(10));
  }
}

/// Root's shared server is root's alone to change.
bool is_ours(const ServerAnswer& server) { return ::geteuid() == 0 || server.uid == ::geteuid(); }

int tell(Remote& remote, const std::string& version, bool already, const Invocation& invocation) {
  if (invocation.json) return print(version + "\n");
  if (invocation.quiet) return 0;
  auto answer = parse_json(version);
  if (!answer) return failed(answer.error());
  const ServerAnswer server = read_server(*answer);
  std::string text = "busbar " + server.version + (already ? " is running already: " : " is up: ") +
                     inventory(remote) + "\n";
  text += "state: " + remote.place().folder + "\n";
  if (!is_ours(server)) {
    text +=
        "it serves everybody on this machine, you too; for one of your own beside it, name a folder: "
        "busbar up --state DIR\n";
  }
  if (!server.degraded.empty()) text += "takes no new work: " + server.degraded + "\n";
  return print(text);
}

/// A server is there: is it as asked for?
int compare(Remote& remote, const std::string& version, const Invocation& invocation) {
  auto answer = parse_json(version);
  if (!answer) return failed(answer.error());
  const ServerAnswer server = read_server(*answer);
  if (!is_ours(server) && !server.everybody) {
    return failed({Errc::denied, "a server of another user (uid " + std::to_string(server.uid) +
                                     ") runs in " + remote.place().folder +
                                     " and serves that user alone; to share this machine, an administrator "
                                     "would run: sudo busbar up"});
  }
  const auto differing = differences(invocation.settings, server.settings);
  if (differing.empty()) return tell(remote, version, true, invocation);
  const std::string change = is_ours(server) ? "; to change them: busbar down, then busbar up"
                                             : "; to change them, an administrator would run: sudo busbar "
                                               "down, then sudo busbar up";
  return failed({Errc::conflict, "a server with other settings is running: " + text::join(differing, "; ") +
                                     change + " with the new ones (running jobs go on)"});
}

/// Waits until the new server answers, or is no more.
Result<std::string> first_answer(Remote& remote, pid_t child) {
  constexpr Duration patience = std::chrono::seconds(60);  // a long journal is read before the first answer
  Duration pause = std::chrono::milliseconds(2);
  for (const auto until = Steady::now() + patience;;) {
    const bool ended =
        has_ended(child);  // asked first: a server that lost a race against another is not the last word
    if (answers(remote.place().socket())) {
      auto version = remote.ask("GET", "/v1/version");
      if (version || version.error().code != Errc::unavailable) return version;
    }
    if (ended) return Error{Errc::internal, "the server ended at once"};
    if (Steady::now() > until)
      return Error{Errc::unavailable,
                   "the server has not answered for " + text::show(patience) + "; it may still come up"};
    pause_for(pause);
    pause = std::min<Duration>(pause * 2, std::chrono::milliseconds(50));
  }
}

}  // namespace

int up(const Invocation& invocation) {
  // Beside root's server one of ours would give out the same GPUs a second time: only who names a folder
  // gets it.
  auto place = client_place(surroundings(invocation.state), answers, answers);
  if (!place) return failed(place.error());
  Remote remote(*place);
  // A server that is being killed still takes connections for a moment, and answers none.
  for (const auto until = Steady::now() + std::chrono::seconds(30); answers(place->socket());) {
    auto version = remote.ask("GET", "/v1/version");
    if (version) return compare(remote, *version, invocation);
    if (version.error().code != Errc::unavailable || Steady::now() > until) return failed(version.error());
    pause_for(std::chrono::milliseconds(10));
  }

  ServerFlags flags = invocation.settings;
  flags.state = place->folder;
  const std::string log = place->folder + "/server.log";
  const std::int64_t log_begin = size_of(log);
  auto child = start_server(flags, log);
  if (!child) return failed(child.error());
  auto version = first_answer(remote, *child);
  if (!version) {
    const std::string said(text::trim(last_lines(log, log_begin, 20)));
    return failed({version.error().code, version.error().message + "; its log, " + log +
                                             (said.empty() ? ", is empty" : ", ends:\n" + said)});
  }
  if (has_ended(*child))
    return compare(remote, *version, invocation);  // another `up` was quicker; its server answered
  return tell(remote, *version, false, invocation);
}

}  // namespace busbar::cli
