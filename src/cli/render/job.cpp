// SPDX-License-Identifier: Apache-2.0
#include "cli/render/job.hpp"

#include "base/text.hpp"
#include "cli/render/jobs.hpp"
#include "cli/render/settings.hpp"
#include "cli/render/when.hpp"

namespace busbar::cli::render {
namespace {

std::string line(const std::string& label, const std::string& value) {
  std::string text = "  " + label;
  text.resize(std::max<std::size_t>(text.size() + 2, 18), ' ');
  return text + harmless(value) + "\n";
}

std::string times(const JobAnswer& job, Instant now) {
  std::string text;
  if (job.submitted) text += line("submitted", local_time(*job.submitted));
  if (job.started) text += line("started", local_time(*job.started));
  if (job.ended) text += line("ended", local_time(*job.ended));
  if (const auto time = ran(job, now)) text += line(job.over() ? "ran" : "running for", text::show(*time));
  return text;
}

/// What it has held so far: the quantities that fair share and the ledger count.
std::string use(const JobAnswer& job, const model::JobSpec& spec, Instant now) {
  const auto time = ran(job, now);
  if (!time) return "";
  const auto held = [&](std::int64_t milli) {
    return text::show(Duration(time->count() * milli * spec.tasks / 1000));
  };
  std::string text = held(spec.each.cpus.count) + " of CPU";
  if (spec.each.gpus.count != 0) text += ", " + held(spec.each.gpus.count) + " of GPU";
  return line("held", text);
}

std::string preempted(const PreemptionAnswer& one) {
  std::string text = one.at ? local_time(*one.at) : "";
  if (one.why == "drain")
    text += ", its machine was drained";
  else if (one.by != 0)
    text += (one.why == "balance" ? ", moved for job " : ", for job ") + std::to_string(one.by);
  if (!one.gone) return line("preempted", text + ", is being stopped");
  return line("preempted", text + (one.saved ? ", saved; " : ", at most ") + text::show(one.lost) + " lost");
}

std::string exit_of(const TaskAnswer& task) {
  if (task.state == "RUNNING" || task.state == "PENDING") return "";
  return task.signal != 0 ? text::signal_name(task.signal) : std::to_string(task.exit_code);
}

std::string tasks(const JobAnswer& job, const Screen& screen) {
  if (job.tasks.empty()) return "";
  std::vector<std::vector<Cell>> rows;
  for (const TaskAnswer& task : job.tasks) {
    JobAnswer alone;  // devices_of() shows them in one way everywhere
    alone.tasks = {task};
    rows.push_back({{"  " + std::to_string(task.index)},
                    {std::to_string(task.attempt)},
                    {task.state, tone_of(task.state)},
                    {task.pid == 0 ? "" : std::to_string(task.pid)},
                    {task.node},
                    {devices_of(alone)},
                    {exit_of(task)}});
  }
  return table({{"  TASK"}, {"ATTEMPT", true}, {"STATE"}, {"PID", true}, {"NODE"}, {"GPUS"}, {"EXIT"}}, rows,
               screen);
}

}  // namespace

std::string headline(const JobAnswer& job, const Screen& screen) {
  std::string text =
      "job " + show_id(job) + "  " + harmless(job.name) + "  " + paint(screen, tone_of(job.state), job.state);
  if (job.waits() && job.submitted) return text + " since " + local_time(*job.submitted);
  if (job.over() && job.ended) return text + " at " + local_time(*job.ended);
  if (!job.over() && job.started) return text + " since " + local_time(*job.started);
  return text;
}

std::string job(const Detail& detail, Instant now, const Screen& screen) {
  const JobAnswer& job = detail.job;
  std::string text = headline(job, screen) + "\n";
  text += line("user", job.user);
  text += line("project", job.project);
  if (job.over()) text += line("ending", ending_in_words(detail));
  text += times(job, now);
  text += use(job, *detail.spec, now);
  for (const PreemptionAnswer& one : detail.preemptions) text += preempted(one);
  text += paint(screen, Tone::title, "settings") + "\n";
  for (const Setting& setting : settings(*detail.spec)) {
    std::string shown = setting.value;
    if (setting.is_default) shown += "  (default)";
    text += line(setting.name, shown);
  }
  return text + tasks(job, screen);
}

}  // namespace busbar::cli::render
