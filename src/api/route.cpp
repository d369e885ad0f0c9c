// SPDX-License-Identifier: Apache-2.0
#include "api/route.hpp"

#include <limits>

#include "base/text.hpp"

namespace busbar::api {
namespace {

struct Row {
  std::string_view method, path;  // "*" stands for the id of a job
  Route::To to;
};

constexpr Row rows[] = {
    // clang-format off
    {"GET",  "/v1/version",       Route::To::version},
    {"POST", "/v1/jobs",          Route::To::submit},
    {"GET",  "/v1/jobs",          Route::To::jobs},
    {"GET",  "/v1/jobs/*",        Route::To::job},
    {"GET",  "/v1/jobs/*/why",    Route::To::why},
    {"GET",  "/v1/jobs/*/when",   Route::To::when},
    {"GET",  "/v1/jobs/*/events", Route::To::events},
    {"GET",  "/v1/jobs/*/output", Route::To::output},
    {"POST", "/v1/jobs/*/stop",   Route::To::stop},
    {"POST", "/v1/jobs/*/hold",   Route::To::hold},
    {"POST", "/v1/jobs/*/release", Route::To::release},
    {"GET",  "/v1/nodes",         Route::To::nodes},
    {"POST", "/v1/drain",         Route::To::drain},
    {"GET",  "/v1/reservations",  Route::To::reservations},
    {"POST", "/v1/reservations",  Route::To::reserve},
    {"GET",  "/v1/usage",         Route::To::usage},
    {"GET",  "/v1/balances",      Route::To::balances},
    {"POST", "/v1/try",           Route::To::try_job},
    {"POST", "/v1/down",          Route::To::down},
    // clang-format on
};

/// True when `path` has the form of `pattern`; `id` is then what stands in the place of "*".
bool has_form(std::string_view path, std::string_view pattern, std::string_view& id) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return path == pattern;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  path.remove_prefix(star);
  id = path.substr(0, path.find('/'));
  return path.substr(id.size()) == pattern.substr(star + 1);
}

}  // namespace

std::variant<Route, Refusal> route_of(std::string_view method, std::string_view path) {
  std::string allowed;
  for (const Row& row : rows) {
    std::string_view id;
    if (!has_form(path, row.path, id)) continue;
    if (method != row.method) {
      allowed += (allowed.empty() ? "" : " or ") + std::string(row.method);
      continue;
    }
    if (row.path.find('*') == row.path.npos) return Route{row.to, {}};
    const auto number = text::parse_whole(id, 1, std::numeric_limits<std::int32_t>::max());
    if (number) return Route{row.to, JobId{*number}};
    return Refusal{
        400,
        {Errc::invalid, text::quote(id) + " is not the id of a job: a whole number from 1 would be right"}};
  }
  const std::string asked = text::quote(std::string(method) + " " + std::string(path));
  if (allowed.empty())
    return Refusal{404, {Errc::not_found, asked + " is not a route of this server; docs/api.md lists them"}};
  return Refusal{405, {Errc::invalid, asked + ": the method would have to be " + allowed}};
}

}  // namespace busbar::api
