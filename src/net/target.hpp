// SPDX-License-Identifier: Apache-2.0
// target.hpp: what stands between "GET" and "HTTP/1.1", taken apart.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace busbar::net {

struct Target {
  std::string path;
  std::map<std::string, std::string> query;  // of a name that stands twice, the last
};

/// "/v1/jobs?project=a%20b": nothing when it is no absolute path or a percent sign is not followed by two
/// digits.
std::optional<Target> parse_target(std::string_view target);

}  // namespace busbar::net
