// SPDX-License-Identifier: Apache-2.0
// route.hpp: which question a method and a path ask. The table in route.cpp is that of docs/api.md.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::api {

struct Route {
  enum class To {
    version,
    submit,
    jobs,
    job,
    why,
    when,
    events,
    output,
    stop,
    hold,
    release,
    nodes,
    drain,
    reservations,
    reserve,
    balances,
    usage,
    try_job,
    down
  } to;
  JobId job;  // where the path names one
};
struct Refusal {
  int status = 400;
  Error error;
};

/// Refused: 404 for a path that nobody knows, 405 for a method it does not take, 400 for an id that is none.
std::variant<Route, Refusal> route_of(std::string_view method, std::string_view path);

}  // namespace busbar::api
