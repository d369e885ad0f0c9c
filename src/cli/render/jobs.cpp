// SPDX-License-Identifier: Apache-2.0
#include "cli/render/jobs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"

namespace busbar::cli::render {
namespace {

/// Waiting elements of one array, one name, one user and one reason.
struct Fold {
  std::int64_t array = 0;
  std::string name, user, reason;
  auto operator<=>(const Fold&) const = default;
};

struct Row {
  const JobAnswer* job = nullptr;
  std::vector<int> indices;  // where it stands for several
};

std::vector<Row> folded(const std::vector<JobAnswer>& jobs) {
  std::vector<Row> rows;
  std::map<Fold, std::size_t> place;
  for (const JobAnswer& job : jobs) {
    if (job.waits() && job.array != 0) {
      const auto [known, fresh] = place.try_emplace({job.array, job.name, job.user, job.reason}, rows.size());
      if (!fresh) {
        rows[known->second].indices.push_back(job.array_index);
        continue;
      }
    }
    rows.push_back({&job, {job.array_index}});
  }
  return rows;
}

std::string id_of(Row& row) {
  if (row.indices.size() < 2) return show_id(*row.job);
  std::sort(row.indices.begin(), row.indices.end());
  return std::to_string(row.job->array) + "_[" + ranges(row.indices) + "]";
}

}  // namespace

Tone tone_of(std::string_view state) {
  if (state == "RUNNING") return Tone::good;
  if (state == "PENDING" || state == "SUSPENDED" || state == "COMPLETED") return Tone::plain;
  if (state == "CANCELLED" || state == "PREEMPTED") return Tone::faint;
  return Tone::bad;
}

std::string ranges(const std::vector<int>& sorted) {
  constexpr std::size_t most = 24;
  std::string text;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t last = i;
    while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
    std::string piece = std::to_string(sorted[i]);
    if (last > i) piece += (last == i + 1 ? "," : "-") + std::to_string(sorted[last]);
    if (!text.empty() && text.size() + piece.size() + 1 > most) return text + ",...";
    text += (text.empty() ? "" : ",") + piece;
    i = last + 1;
  }
  return text;
}

std::string devices_of(const JobAnswer& job) {
  std::set<std::string> seen;  // of a share, several tasks may hold parts of one device
  std::vector<std::string> shown;
  for (const TaskAnswer& task : job.tasks) {
    for (const DeviceAnswer& device : task.devices) {
      std::string text = device.index < 0 ? "?" : std::to_string(device.index);
      if (device.milli != whole_device) text += "(" + text::show(device.milli) + ")";
      if (seen.insert(task.node + "/" + text).second) shown.push_back(text);
    }
  }
  return text::join(shown, ",");
}

std::string nodes_of(const JobAnswer& job) {
  std::set<std::string> others;
  for (const TaskAnswer& task : job.tasks) {
    if (!task.node.empty() && task.node != job.node) others.insert(task.node);
  }
  return others.empty() ? job.node : job.node + " +" + std::to_string(others.size());
}

std::optional<Duration> ran(const JobAnswer& job, Instant now) {
  if (!job.started || job.waits()) return std::nullopt;
  return std::max(Duration(0), job.ended.value_or(now) - *job.started);
}

std::string reason_of(const JobAnswer& job) {
  if (!job.reason.empty()) return job.reason;
  if (job.state != "FAILED") return "";
  if (job.signal != 0) return "killed by " + text::signal_name(job.signal);
  return "exit code " + std::to_string(job.exit_code);
}

std::string jobs(const std::vector<JobAnswer>& all, Instant now, const Screen& screen) {
  const std::vector<Column> columns = {{"ID", true, 0},     {"NAME", false, 24}, {"USER", false, 12},
                                       {"STATE", false, 0}, {"GPUS", false, 16}, {"NODE", false, 20},
                                       {"TIME", true, 0},   {"REASON", false, 0}};
  std::vector<std::vector<Cell>> rows;
  for (Row& row : folded(all)) {
    const JobAnswer& job = *row.job;
    const auto time = ran(job, now);
    rows.push_back({{id_of(row)},
                    {job.name},
                    {job.user, Tone::faint},
                    {job.state, tone_of(job.state)},
                    {devices_of(job)},
                    {nodes_of(job)},
                    {time ? text::show(*time) : ""},
                    {reason_of(job), Tone::faint}});
  }
  return table(columns, rows, screen);
}

}  // namespace busbar::cli::render
