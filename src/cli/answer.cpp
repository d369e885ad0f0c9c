// SPDX-License-Identifier: Apache-2.0
#include "cli/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdio>

namespace busbar::cli {

Result<json::value> parse_json(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed) return Error{Errc::internal, "the server's answer is not JSON: " + failed.message()};
  return value;
}

const json::value& at(const json::value& of, std::string_view field) {
  static const json::value nothing;
  const json::object* object = of.if_object();
  if (object == nullptr) return nothing;
  const json::value* value = object->if_contains(json::string_view(field.data(), field.size()));
  return value == nullptr ? nothing : *value;
}

std::string text_at(const json::value& of, std::string_view field) {
  const json::string* text = at(of, field).if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::int64_t whole_at(const json::value& of, std::string_view field, std::int64_t otherwise) {
  const json::value& value = at(of, field);
  if (const std::int64_t* whole = value.if_int64()) return *whole;
  if (const std::uint64_t* whole = value.if_uint64()) return static_cast<std::int64_t>(*whole);
  return otherwise;
}

double number_at(const json::value& of, std::string_view field) {
  const double* fraction = at(of, field).if_double();
  return fraction == nullptr ? static_cast<double>(whole_at(of, field)) : *fraction;
}

bool truth_at(const json::value& of, std::string_view field) {
  const bool* truth = at(of, field).if_bool();
  return truth != nullptr && *truth;
}

const json::array& list_at(const json::value& of, std::string_view field) {
  static const json::array nothing;
  const json::array* list = at(of, field).if_array();
  return list == nullptr ? nothing : *list;
}

std::optional<Instant> time_at(const json::value& of, std::string_view field) {
  return parse_rfc3339(text_at(of, field));
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0, used = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
                  &used) != 6) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(static_cast<std::size_t>(used));
  if (!rest.empty() && rest[0] == '.') {
    rest.remove_prefix(1);
    for (int unit = 100; !rest.empty() && rest[0] >= '0' && rest[0] <= '9';
         unit /= 10, rest.remove_prefix(1)) {
      milli += (rest[0] - '0') * unit;
    }
  }
  if (rest != "Z") return std::nullopt;  // the server speaks UTC
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto since = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                     std::chrono::minutes(minute) + std::chrono::seconds(second) + Duration(milli);
  return Instant(std::chrono::duration_cast<Duration>(since));
}

namespace {

TaskAnswer read_task(const json::value& from) {
  TaskAnswer task;
  task.index = static_cast<int>(whole_at(from, "index"));
  task.attempt = static_cast<int>(whole_at(from, "attempt"));
  task.node = text_at(from, "node");
  task.state = text_at(from, "state");
  task.pid = whole_at(from, "pid");
  task.exit_code = static_cast<int>(whole_at(from, "exit_code"));
  task.signal = static_cast<int>(whole_at(from, "signal"));
  for (const json::value& device : list_at(from, "devices")) {
    task.devices.push_back({whole_at(device, "index", -1), Share{whole_at(device, "milli", 1000)}});
  }
  return task;
}

}  // namespace

JobAnswer read_job(const json::value& from) {
  JobAnswer job;
  job.id = whole_at(from, "id");
  job.array = whole_at(from, "array_id");
  job.array_index = job.array == 0 ? -1 : static_cast<int>(whole_at(from, "array_index", -1));
  job.name = text_at(from, "name");
  job.user = text_at(from, "user");
  job.project = text_at(from, "project");
  job.state = text_at(from, "state");
  job.reason = text_at(from, "reason");
  job.node = text_at(from, "node");
  job.exit_code = static_cast<int>(whole_at(from, "exit_code"));
  job.signal = static_cast<int>(whole_at(from, "signal"));
  job.attempt = static_cast<int>(whole_at(from, "attempt"));
  job.submitted = time_at(from, "submitted");
  job.started = time_at(from, "started");
  job.ended = time_at(from, "ended");
  for (const json::value& task : list_at(from, "tasks")) job.tasks.push_back(read_task(task));
  return job;
}

std::string show_id(const JobAnswer& job) {
  if (job.array == 0) return std::to_string(job.id);
  return std::to_string(job.array) + "_" + std::to_string(job.array_index);
}

}  // namespace busbar::cli
