// SPDX-License-Identifier: Apache-2.0
#include "api/office.hpp"

#include "api/answers.hpp"
#include "base/text.hpp"

namespace busbar::api {
namespace {

const char* deed_of(model::Verb verb) {
  switch (verb) {
    case model::Verb::see:
      return "see";
    case model::Verb::read_output:
      return "read the output of";
    case model::Verb::stop:
      return "stop";
    case model::Verb::administer:
      return "administer";
  }
  return "do this to";
}

}  // namespace

bool Call::may(model::Verb verb, const model::Principal& owner) const {
  if (model::may(who, verb, owner)) return true;
  if (verb == model::Verb::administer) {
    refuse({Errc::denied, "this is for an administrator: root, or the user that the server runs as"});
  } else {
    refuse({Errc::denied, "job " + std::to_string(job.value) + " belongs to " + owner.user +
                              "; only its owner or an administrator may " + deed_of(verb) + " it"});
  }
  return false;
}

bool Call::asks_for(const char* name) const {
  const auto found = request.query.find(name);
  return found != request.query.end() && found->second != "0" && found->second != "false";
}

std::optional<std::int64_t> Call::number(const char* name, std::int64_t otherwise, std::int64_t low,
                                         std::int64_t high) const {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  const auto number = text::parse_whole(found->second, low, high);
  if (number) return *number;
  refuse({Errc::invalid, std::string(name) + "=" + found->second + ": " + number.error().message});
  return {};
}

void with_job(const Calling& call, std::function<void(const model::Job&, const wire::Names&)> then) {
  struct Seen {
    std::optional<model::Job> job;
    wire::Names names;
  };
  auto seen = std::make_shared<Seen>();
  call->office->controller.look(
      [call, seen](const control::View& view) {
        const auto alive = view.cluster.jobs.find(call->job);
        if (alive != view.cluster.jobs.end()) seen->job = alive->second;
        seen->names = names_of(view.cluster);
      },
      [call, seen, then = std::move(then)] {
        if (seen->job) return then(*seen->job, seen->names);
        call->office->past.post([call, seen, then] {
          const auto ended = call->office->controller.journal().ended_job(call->job);
          if (!ended) return call->refuse(ended.error());
          if (!*ended) return call->unknown_job();
          then(**ended, seen->names);
        });
      });
}

}  // namespace busbar::api
