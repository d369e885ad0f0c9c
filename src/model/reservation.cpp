// SPDX-License-Identifier: Apache-2.0
#include "model/reservation.hpp"

#include <algorithm>

#include "model/job.hpp"

namespace busbar::model {

bool Reservation::has(NodeId node) const { return std::ranges::binary_search(nodes, node); }

bool Reservation::is_for(const Job& job) const {
  return (!project.empty() && job.spec->project == project) || (!user.empty() && job.owner.user == user);
}

std::string purpose_of(const Reservation& reservation) {
  if (!reservation.project.empty()) return "project " + reservation.project;
  if (!reservation.user.empty()) return "user " + reservation.user;
  return "maintenance";
}

}  // namespace busbar::model
