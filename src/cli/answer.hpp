// SPDX-License-Identifier: Apache-2.0
// answer.hpp: what the server says of jobs, read leniently: an older client goes on with a newer server, and
// a field that is missing is a default, never a crash.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::cli {

namespace json = boost::json;

/// Errors: Errc::internal when the text is not JSON; it comes from a server, so the user cannot mend it.
Result<json::value> parse_json(std::string_view text);

/// The field of an object, or null.
const json::value& at(const json::value& of, std::string_view field);
std::string text_at(const json::value& of, std::string_view field);
std::int64_t whole_at(const json::value& of, std::string_view field, std::int64_t otherwise = 0);
/// Also a fraction: CPUs are told as 0.5.
double number_at(const json::value& of, std::string_view field);
bool truth_at(const json::value& of, std::string_view field);
const json::array& list_at(const json::value& of, std::string_view field);
/// Nothing when absent, null or not RFC 3339.
std::optional<Instant> time_at(const json::value& of, std::string_view field);
std::optional<Instant> parse_rfc3339(std::string_view text);

struct DeviceAnswer {
  std::int64_t index = -1;  // -1: its machine is gone
  Share milli{1000};
};
struct TaskAnswer {
  int index = 0, attempt = 0;
  std::string node, state;
  std::int64_t pid = 0;
  std::vector<DeviceAnswer> devices;
  int exit_code = 0, signal = 0;
};
/// One job in the form of `ps --json`.
/// One time that it was stopped for another.
struct PreemptionAnswer {
  std::optional<Instant> at, gone;
  std::string why;
  std::int64_t by = 0;
  bool saved = false;
  Duration lost{0};
};

struct JobAnswer {
  std::int64_t id = 0, array = 0;
  int array_index = -1;  // -1: not an element
  std::string name, user, project, state, reason, node;
  int exit_code = 0, signal = 0, attempt = 0;
  std::optional<Instant> submitted, started, ended;
  std::vector<TaskAnswer> tasks;

  bool waits() const { return state == "PENDING"; }
  bool over() const { return state != "PENDING" && state != "RUNNING" && state != "SUSPENDED"; }
};
JobAnswer read_job(const json::value& job);

/// "12_4" for an element, else "12".
std::string show_id(const JobAnswer& job);

}  // namespace busbar::cli
