// SPDX-License-Identifier: Apache-2.0
// reserve_form.hpp: a reservation as it is asked for, and as it is shown.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/cluster.hpp"

namespace busbar::wire {

/// POST /v1/reservations:
/// {"version":1,"name":"course","from":..,"until":..,"nodes":["node1"],"project":"nlp"}; moments in
/// milliseconds since 1970. In place of nodes: "gpus" (thousandths) and "gpu_model".
/// {"version":1,"name":"course", "end":true} ends it.
struct ReserveForm : model::ReserveWish {
  int version = 1;  // of the form
  bool operator==(const ReserveForm&) const = default;
};
std::string encode(const ReserveForm& form);
/// Errors name the field, what was found and what would be right.
Result<ReserveForm> decode_reserve(std::string_view body);

/// {"version":1,"reservations":[{"name","from","until","nodes":[..],"project","user","by","begun":bool}]}
std::string reservations_json(const model::Cluster& cluster, Instant now);

}  // namespace busbar::wire
