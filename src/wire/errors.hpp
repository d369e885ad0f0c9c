// SPDX-License-Identifier: Apache-2.0
// errors.hpp: one table of what each error code is called, which HTTP status and which exit code it maps to.
#pragma once
#include <array>
#include <string_view>

#include "base/result.hpp"

namespace busbar::wire {

struct ErrorRow {
  Errc code;
  std::string_view word;
  int http_status;
  int exit_code;
};
constexpr auto error_table = std::to_array<ErrorRow>({
    {Errc::invalid, "invalid", 400, 2},
    {Errc::denied, "denied", 403, 1},
    {Errc::not_found, "not_found", 404, 1},
    {Errc::conflict, "conflict", 409, 1},
    {Errc::exhausted, "exhausted", 507, 1},
    {Errc::unavailable, "unavailable", 503, 125},
    {Errc::internal, "internal", 500, 1},
});

}  // namespace busbar::wire
