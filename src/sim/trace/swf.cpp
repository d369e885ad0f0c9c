// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/swf.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "sim/trace/inventory.hpp"

namespace busbar::sim {
namespace {

/// Fields in the order of the format's definition.
enum Field : std::size_t {
  job_number,
  submit_time,  // seconds since the log began
  wait_time,
  run_time,
  allocated_processors,
  average_cpu_time,
  used_memory,
  requested_processors,
  requested_time,
  requested_memory,  // KiB of each processor
  status,
  user_id,
  group_id,
  executable,
  queue,
  partition,
  preceding_job,
  think_time,
};

struct Bounds {
  const char* name;
  std::int64_t low, high;
};
constexpr std::int64_t most_seconds = std::int64_t{1} << 33;  // 272 years
constexpr std::int64_t most_run = longest_run / std::chrono::seconds(1);
constexpr std::int64_t most_kib = std::int64_t{1} << 40;
constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
// clang-format off
constexpr Bounds bounds[] = {
    {"job number", 1, any},
    {"submit time", 0, most_seconds},
    {"wait time", 0, most_seconds},
    {"run time", 0, most_run},
    {"allocated processors", 0, most_processors},
    {"average CPU time", 0, most_seconds},
    {"used memory", 0, most_kib},
    {"requested processors", 0, most_processors},
    {"requested time", 0, most_seconds},
    {"requested memory", 0, most_kib},
    {"status", 0, 5},
    {"user", 0, any},
    {"group", 0, any},
    {"executable", 0, any},
    {"queue", 0, any},
    {"partition", 0, any},
    {"preceding job", 0, any},
    {"think time", 0, most_seconds},
};
// clang-format on
constexpr std::int64_t unknown = -1;

/// Of `status`: a part of a job that was checkpointed; its whole is a line of its own.
bool is_part(std::int64_t status) { return status >= 2 && status <= 4; }

/// A whole number in its bounds, or -1. A fraction, as averages have, is dropped.
Result<std::int64_t> parse_field(std::string_view text, const Bounds& bounds_of) {
  if (text == "-1") return unknown;
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos && text::parse_whole(text.substr(point + 1), 0, any))
    text = text.substr(0, point);
  Result<std::int64_t> found = text::parse_whole(text, bounds_of.low, bounds_of.high);
  if (!found) return Error{Errc::invalid, std::string(bounds_of.name) + ": " + found.error().message};
  return found;
}

std::string named(const char* what, std::int64_t id, const char* otherwise) {
  return id == unknown ? otherwise : what + std::to_string(id);
}

}  // namespace

Result<std::unique_ptr<Swf>> Swf::read(Lines lines, std::optional<Csv> gpus) {
  std::optional<GpuTable> table;
  if (gpus) {
    const Result<std::size_t> job = gpus->column("job");
    if (!job) return job.error();
    const Result<std::size_t> count = gpus->column("gpus");
    if (!count) return count.error();
    table = GpuTable{std::move(*gpus), *job, *count};
  }
  return std::unique_ptr<Swf>(new Swf(std::move(lines), std::move(table)));
}

Result<std::optional<TraceJob>> Swf::next() {
  for (;;) {
    const Result<bool> line = lines_.next();
    if (!line) return line.error();
    if (!*line) return std::optional<TraceJob>{};
    const std::string_view text = text::trim(lines_.line());
    if (text.starts_with(';')) remark(text);
    if (text.empty() || text.starts_with(';')) continue;
    if (const Status fields = split(); !fields) return fields.error();
    Result<std::optional<TraceJob>> found = job();
    if (!found || *found) return found;
  }
}

/// "; MaxProcs: 256"
void Swf::remark(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view key = text::trim(line.substr(1, colon - 1));
  std::string_view value = text::trim(line.substr(colon + 1));
  value = value.substr(0, value.find_first_of(" \t("));  // some logs explain the number behind it
  const Result<std::int64_t> number = text::parse_whole(value, 1, most_seconds);
  if (!number) return;
  if (key == "MaxNodes") most_nodes_ = *number;
  if (key == "MaxProcs") most_procs_ = *number;
  if (key == "UnixStartTime" && last_job_ == 0) begin_ = Instant{std::chrono::seconds(*number)};
}

std::vector<model::NodeFacts> Swf::machines() const {
  const std::int64_t nodes = most_nodes_ ? most_nodes_ : most_procs_;
  const std::int64_t processors = most_procs_ ? most_procs_ : most_nodes_;
  if (nodes < 1 || processors < nodes) return {};
  const std::string form = std::to_string(nodes) + "x0/" + std::to_string(processors / nodes);
  const Result<std::vector<model::NodeFacts>> parsed = parse_nodes(form);
  return parsed ? *parsed : std::vector<model::NodeFacts>{};
}

Status Swf::split() {
  std::string_view rest = lines_.line();
  std::size_t count = 0;
  for (;; ++count) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.empty()) break;
    const std::size_t length = std::min(rest.find_first_of(" \t"), rest.size());
    if (count < fields_.size()) {
      const Result<std::int64_t> value = parse_field(rest.substr(0, length), bounds[count]);
      if (!value) return lines_.wrong(value.error().message);
      fields_[count] = *value;
    }
    rest.remove_prefix(length);
  }
  if (count != fields_.size())
    return lines_.wrong("found " + std::to_string(count) +
                        " fields; 18, as the Standard Workload Format has, would be right");
  return Done{};
}

/// Nothing where the line is no job that can be replayed.
Result<std::optional<TraceJob>> Swf::job() {
  if (is_part(fields_[status])) return std::optional<TraceJob>{};
  const std::int64_t id = fields_[job_number], submit = fields_[submit_time], run = fields_[run_time];
  if (id == unknown || submit == unknown)
    return lines_.wrong("found a job without a number or a submit time; both are needed");
  if (id <= last_job_)
    return lines_.wrong("job number: found " + std::to_string(id) + " behind " + std::to_string(last_job_) +
                        "; a larger one would be right");
  if (submit < last_submit_)
    return lines_.wrong("submit time: found " + std::to_string(submit) + " behind " +
                        std::to_string(last_submit_) + "; jobs in the order of submission would be right");
  last_job_ = id;
  last_submit_ = submit;
  if (run == unknown) return ++passed_.never_started, std::optional<TraceJob>{};

  const std::int64_t asked = fields_[requested_processors], got = fields_[allocated_processors];
  const std::int64_t processors = asked > 0 ? asked : got;
  const Result<std::int64_t> gpus = gpus_of(id);
  if (!gpus) return gpus.error();
  if (processors <= 0 && *gpus == 0)
    return lines_.wrong("requested processors: found none, and none allocated; at least 1 would be right");

  Request request;
  request.project = named("group", fields_[group_id], "default");
  request.gpus = *gpus;
  request.cpus = Cpus{1000} * std::max<std::int64_t>(processors, 0);
  if (fields_[requested_memory] > 0)
    request.memory = KiB * fields_[requested_memory] * std::max<std::int64_t>(processors, 1);
  if (fields_[requested_time] > 0) request.time_limit = std::chrono::seconds(fields_[requested_time]);
  TraceJob found;
  found.number = id;
  found.submitted = begin_ + std::chrono::seconds(submit);
  found.ran = std::chrono::seconds(run);
  if (fields_[wait_time] != unknown)
    found.started = found.submitted + std::chrono::seconds(fields_[wait_time]);
  found.by = shared_.user(named("user", fields_[user_id], "unknown"));
  found.spec = shared_.spec(request);
  return std::optional(std::move(found));
}

/// Of the table beside the log, which is read along with it.
Result<std::int64_t> Swf::gpus_of(std::int64_t job) {
  if (!gpus_) return std::int64_t{0};
  GpuTable& table = *gpus_;
  while (!table.at_end && table.next_job < job) {
    const Result<bool> row = table.csv.next();
    if (!row) return row.error();
    if (!*row) {
      table.at_end = true;
      break;
    }
    const Result<std::int64_t> id = table.csv.whole(table.job, 1, any);
    if (!id) return id.error();
    const Result<std::int64_t> gpus = table.csv.whole(table.gpus, 0, most_gpus);
    if (!gpus) return gpus.error();
    if (*id <= table.next_job)
      return table.csv.wrong(table.job, "found " + std::to_string(*id) + " behind " +
                                            std::to_string(table.next_job) + "; a larger one would be right");
    table.next_job = *id;
    table.next_gpus = *gpus;
  }
  return !table.at_end && table.next_job == job ? table.next_gpus : 0;
}

}  // namespace busbar::sim
