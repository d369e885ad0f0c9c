// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

#include <exception>

#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/place.hpp"
#include "cli/remote.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

int server(const Invocation& invocation, const Hooks& hooks) {
  auto place = server_place(surroundings(invocation.state));
  if (!place) return failed(place.error());
  ServerFlags flags = invocation.settings;
  flags.state = place->folder;
  return hooks.run_server(flags);
}

int check(const Invocation& invocation, const Hooks& hooks) {
  auto place = client_place(invocation.state);
  if (!place) return failed(place.error());
  return hooks.check(place->folder, invocation.json);
}

/// This program's version, and that of the server when one answers.
int version(const Invocation& invocation, const Hooks& hooks) {
  std::string server;
  auto place = client_place(invocation.state);
  if (place && answers(place->socket())) {
    auto answer = Remote(*place).ask("GET", "/v1/version");
    if (answer) server = std::move(*answer);
  }
  if (invocation.json) {
    return print("{\"version\":1,\"busbar\":\"" + hooks.version +
                 "\",\"server\":" + (server.empty() ? "null" : server) + "}\n");
  }
  std::string text = "busbar " + hooks.version + "\n";
  auto known = parse_json(server);
  if (known && text_at(*known, "busbar") != hooks.version) {
    text += "server " + text_at(*known, "busbar") +
            ", another version: busbar down, then busbar up, makes them one\n";
  }
  return print(text);
}

int perform(const Invocation& invocation, const Hooks& hooks) {
  switch (invocation.verb) {
    case Verb::help:
      return print(invocation.help);
    case Verb::up:
      return up(invocation);
    case Verb::down:
      return down(invocation);
    case Verb::server:
      return server(invocation, hooks);
    case Verb::run:
      return run(invocation);
    case Verb::submit:
      return submit(invocation);
    case Verb::ps:
      return ps(invocation);
    case Verb::show:
      return show(invocation);
    case Verb::why:
      return why(invocation);
    case Verb::when:
      return when(invocation);
    case Verb::try_job:
      return try_job(invocation);
    case Verb::logs:
      return logs(invocation);
    case Verb::stop:
      return stop(invocation);
    case Verb::hold:
      return hold(invocation);
    case Verb::release:
      return release(invocation);
    case Verb::wait:
      return wait(invocation);
    case Verb::nodes:
      return nodes(invocation);
    case Verb::drain:
      return drain(invocation);
    case Verb::reserve:
      return reserve(invocation);
    case Verb::reservations:
      return reservations(invocation);
    case Verb::usage:
      return usage(invocation);
    case Verb::sim_place:
      return sim_place(invocation);
    case Verb::sim_queue:
      return sim_queue(invocation);
    case Verb::sim_share:
      return sim_share(invocation);
    case Verb::plan_offers:
      return plan_offers(invocation);
    case Verb::plan_tco:
      return plan_tco(invocation);
    case Verb::plan_cluster:
      return plan_cluster(invocation);
    case Verb::plan_train:
      return plan_train(invocation);
    case Verb::plan_serve:
      return plan_serve(invocation);
    case Verb::plan_predict:
      return plan_predict(invocation);
    case Verb::plan_score:
      return plan_score(invocation);
    case Verb::check:
      return check(invocation, hooks);
    case Verb::version:
      return version(invocation, hooks);
  }
  return exit_code::failed;
}

}  // namespace

int main(int argc, char** argv, const Hooks& hooks) {
  try {
    auto invocation = parse({argv + (argc > 0 ? 1 : 0), argv + argc});
    if (!invocation) return failed(invocation.error());
    return perform(*invocation, hooks);
  } catch (const std::exception& unforeseen) {  // a defect of ours: still a sentence, not a core dump
    complain(std::string("something Busbar did not foresee: ") + unforeseen.what());
    return exit_code::busbar_failed;
  }
}

}  // namespace busbar::cli
