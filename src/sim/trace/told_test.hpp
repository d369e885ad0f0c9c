// SPDX-License-Identifier: Apache-2.0
// told_test.hpp: the jobs of a trace as lines of text, for tests.
#pragma once
#include <string>

#include "base/text.hpp"
#include "sim/trace/csv.hpp"
#include "sim/trace/moment.hpp"
#include "sim/trace/trace.hpp"

namespace busbar::sim {

/// "7 2017-10-01 00:00:45 +30 ran 60 4x2g8c1 GiB/2 A100 limit 120 ada/vision": number, submission, recorded
/// wait, run time, tasks of what, over how many nodes, model, limit, user and project. What is not said is
/// not there.
inline std::string told(const TraceJob& job) {
  const model::JobSpec& spec = *job.spec;
  std::string text = std::to_string(job.number) + " ";
  std::string at = text::rfc3339(job.submitted);
  at[10] = ' ';
  text += at.substr(0, 19);
  if (job.started) text += " +" + show_seconds(*job.started - job.submitted);
  text += " ran " + show_seconds(job.ran) + " " + std::to_string(spec.tasks) + "x";
  if (spec.each.gpus.count) text += text::show(spec.each.gpus) + "g";
  if (spec.each.cpus.count) text += text::show(spec.each.cpus) + "c";
  if (spec.each.memory.count) text += text::show(spec.each.memory);
  if (spec.nodes) text += "/" + std::to_string(spec.nodes);
  if (!spec.each.gpu_model.empty()) text += " " + spec.each.gpu_model;
  if (spec.time_limit.count()) text += " limit " + show_seconds(spec.time_limit);
  return text + " " + job.by->user + "/" + spec.project;
}

/// Every job and every error, a line each, as a lenient reader meets them.
inline std::string told(Trace& trace) {
  std::string text;
  for (int rows = 0; rows < 1000; ++rows) {
    const Result<std::optional<TraceJob>> job = trace.next();
    if (job && !*job) return text;
    text += (job ? told(**job) : job.error().message) + "\n";
  }
  return text + "and so on";
}

}  // namespace busbar::sim
