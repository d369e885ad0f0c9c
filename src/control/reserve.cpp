// SPDX-License-Identifier: Apache-2.0
// reserve.cpp: an administrator keeps machines for somebody, or gives them back (docs/adr/0032).
#include <algorithm>

#include "base/text.hpp"
#include "control/core.hpp"

namespace busbar::control {
namespace {

std::string shown(const model::Reservation& one) {
  return text::quote(one.name) + " (" + model::purpose_of(one) + ", from " + text::rfc3339(one.from) +
         " until " + text::rfc3339(one.until) + ", by " + one.by + ")";
}

}  // namespace

int Core::running_on(const std::vector<NodeId>& nodes) const {
  const auto is_there = [&](const auto& live) {
    return std::ranges::binary_search(nodes, live.second->node);
  };
  int running = 0;
  for (const auto& [id, job] : cluster().jobs)
    running += std::ranges::any_of(model::live_attempts(job), is_there);
  return running;
}

/// Those that were named, or those that serve best; rising.
Result<std::vector<NodeId>> Core::machines_of(const model::ReserveWish& asked) const {
  std::vector<NodeId> nodes;
  for (const std::string& name : asked.nodes) {
    const auto known = std::ranges::find_if(cluster().nodes, [&](const auto& entry) {
      return entry.second.facts.name == name || std::to_string(entry.first.value) == name;
    });
    if (known == cluster().nodes.end())
      return Error{Errc::not_found, "there is no machine " + name + "; `busbar nodes` lists them"};
    nodes.push_back(known->first);
  }
  if (asked.nodes.empty()) {
    const auto found = state_.scheduler.machines_for(asked.gpus, asked.gpu_model, asked.from, asked.until);
    if (found.nodes.empty())
      return Error{Errc::invalid, "gpus: found " + text::show(asked.gpus) + "; at most " +
                                      text::show(found.devices) +
                                      (asked.gpu_model.empty() ? "" : " " + asked.gpu_model) +
                                      ", on machines that are up and not reserved then, would be right"};
    nodes = found.nodes;
  }
  std::ranges::sort(nodes);
  const auto repeated = std::ranges::unique(nodes);
  nodes.erase(repeated.begin(), repeated.end());
  return nodes;
}

Answer Core::answer(const ReserveCommand& command) {
  const model::ReserveWish& asked = command.asked;
  if (!model::may(command.by, model::Verb::administer, command.by))
    return Error{Errc::denied, "only an administrator may reserve machines"};
  const auto known = cluster().reservations.find(asked.name);
  const bool exists = known != cluster().reservations.end();
  if (asked.end && !exists)
    return Error{Errc::not_found,
                 "there is no reservation " + text::quote(asked.name) + "; `busbar reservations` lists them"};
  Accepted accepted;
  if (asked.end) {
    record(model::ReservationEnded{command.by, asked.name});
    return accepted;
  }
  if (exists)
    return Error{Errc::conflict, "there is a reservation " + shown(known->second) +
                                     " already; another name, or "
                                     "`busbar reserve --end` with this one first, would be right"};
  if (asked.until <= now_)
    return Error{Errc::invalid, "until: found " + text::rfc3339(asked.until) +
                                    ", which has passed; a later moment would be right"};
  auto nodes = machines_of(asked);
  if (!nodes) return nodes.error();
  for (const NodeId node : *nodes) {
    const std::string& name = cluster().nodes.at(node).facts.name;
    for (const auto& [other_name, other] : cluster().reservations) {
      if (other.has(node) && other.meets(asked.from, asked.until))
        return Error{Errc::conflict, "machine " + name + " has the reservation " + shown(other) + " then"};
    }
    accepted.nodes.push_back(name);
  }
  accepted.count = running_on(*nodes);
  record(model::ReservationMade{
      command.by,
      {asked.name, asked.from, asked.until, std::move(*nodes), asked.project, asked.user, command.by.user}});
  return accepted;
}

}  // namespace busbar::control
