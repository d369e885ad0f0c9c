// SPDX-License-Identifier: Apache-2.0
// reservation.hpp: machines that are somebody's for a stretch of time (docs/adr/0032).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace busbar::model {

struct Job;

struct Reservation {
  std::string name;
  Instant from, until;
  std::vector<NodeId> nodes;  // rising
  std::string project, user;  // whose jobs may run there; both empty: nobody's, for maintenance
  std::string by;             // the administrator who made it
  bool operator==(const Reservation&) const = default;

  bool has(NodeId node) const;
  bool is_for(const Job& job) const;
  /// Would somebody who is there from `start` to `end` (nothing: without a stated end) be there within its
  /// time?
  bool meets(Instant start, const std::optional<Instant>& end) const {
    return start < until && (!end || *end > from);
  }
};
/// Machines that are to be somebody's for a while, or the end of the reservation of this name.
struct ReserveWish {
  std::string name;
  bool end = false;
  Instant from, until;
  std::vector<std::string> nodes;  // by name; none: machines with so many devices
  Share gpus;
  std::string gpu_model;
  std::string project, user;  // as in Reservation
  bool operator==(const ReserveWish&) const = default;
};

/// "project nlp", "user ada", "maintenance".
std::string purpose_of(const Reservation& reservation);

}  // namespace busbar::model
