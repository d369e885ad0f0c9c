// SPDX-License-Identifier: Apache-2.0
#include "cli/render/queue.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"
#include "cli/render/table.hpp"
#include "wire/json_out.hpp"

namespace busbar::cli::render {
namespace {

/// "56,291"
std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t k = 0; k < digits.size(); ++k) {
    if (k > 0 && (digits.size() - k) % 3 == 0) text += ',';
    text += digits[k];
  }
  return text;
}
std::string counted(std::int64_t number, const char* one, const char* many) {
  return grouped(number) + " " + (number == 1 ? one : many);
}
/// "12 s", "3 h 20 min"; below a second "0 s".
std::string spoken(double seconds) {
  return text::show(Duration(std::chrono::seconds(std::llround(seconds))));
}
std::string decimal(double value, int places) { return fmt::format("{:.{}f}", value, places); }

double rate(const sim::QueueAnswer& answer, Duration took) {
  return double(answer.events) / (double(std::max(took, Duration{1}).count()) / 1000);
}

std::vector<Cell> row(const std::string& name, const sim::Sums& sums) {
  return {{harmless(name)},
          {grouped(sums.jobs)},
          {spoken(sums.mean_completion())},
          {spoken(sums.mean_wait())},
          {spoken(sums.waits.seconds_at(500))},
          {spoken(sums.waits.seconds_at(900))},
          {spoken(sums.waits.seconds_at(990))},
          {spoken(double(sums.waits.longest().count()) / 1000)}};
}

std::string waits(const sim::Measures& measures, const Screen& screen) {
  std::vector<std::vector<Cell>> rows = {row("all", measures.all())};
  constexpr std::size_t most_shown = 20;
  const auto& groups = measures.by_group();
  if (groups.size() > 1 && groups.size() <= most_shown)
    for (const auto& [name, sums] : groups) rows.push_back(row(name, sums));
  return table({{"JOBS OF", false, 24},
                {"JOBS", true},
                {"MEAN TIME", true},
                {"MEAN WAIT", true},
                {"P50", true},
                {"P90", true},
                {"P99", true},
                {"LONGEST", true}},
               rows, screen);
}

void seconds(wire::JsonOut& out, const char* name, double value) {
  out.key(name),
      out.raw(decimal(value, 6));  // exact sums: a mean of many jobs has digits beyond milliseconds
}

void sums(wire::JsonOut& out, const sim::Sums& of) {
  out.whole("jobs", of.jobs);
  seconds(out, "mean_jct", of.mean_completion());
  out.key("queue");
  out.open('{');
  seconds(out, "mean", of.mean_wait());
  seconds(out, "p50", of.waits.seconds_at(500));
  seconds(out, "p90", of.waits.seconds_at(900));
  seconds(out, "p99", of.waits.seconds_at(990));
  seconds(out, "longest", double(of.waits.longest().count()) / 1000);
  out.close('}');
}

void measures(wire::JsonOut& out, const sim::Measures& of) {
  sums(out, of.all());
  out.whole("over_a_week", of.over_a_week());
  seconds(out, "makespan", double((of.end() - of.begin()).count()) / 1000);
  out.key("utilisation");
  of.capacity().amount > 0 ? out.raw(decimal(of.utilisation(), 6)) : out.null();
  out.whole("preemptions", of.requeues());
  out.key("gpu_hours"), out.raw(decimal(of.gpu_hours(), 3));
  out.key("lost_gpu_hours"), out.raw(decimal(of.lost_gpu_hours(), 3));
}

void cost(wire::JsonOut& out, const sim::Measures& of, double gpu_hour) {
  out.key("cost");
  out.open('{');
  out.key("held"), out.raw(decimal(of.gpu_hours() * gpu_hour, 2));
  out.key("all"), out.raw(decimal(of.gpu_hours_there() * gpu_hour, 2));
  out.close('}');
}

void skipped(wire::JsonOut& out, const sim::QueueAnswer& answer) {
  out.key("skipped");
  out.open('{');
  out.whole("refused", answer.skipped.refused);
  out.key("because");
  out.open('[');
  for (const std::string& reason : answer.skipped.because) out.word(reason);
  out.close(']');
  out.whole("still_running", answer.skipped.still_running);
  out.whole("never_started", answer.skipped.never_started);
  out.whole("unwanted", answer.skipped.unwanted);
  out.close('}');
}

bool has_gpus(const sim::Measures& measures) { return measures.capacity().unit == sim::Capacity::Unit::gpus; }

Duration middle_of(const std::vector<Duration>& sorted) {
  return sorted.empty() ? Duration{0} : sorted[sorted.size() / 2];
}
double held_percent(const plan::Hits& hits) {
  return hits.asked == 0 ? 0 : 100 * double(hits.held) / double(hits.asked);
}

std::string hits_told(const plan::Hits& hits) {
  std::string text = "asked when " + counted(hits.asked, "job that waited", "jobs that waited") +
                     " would start: " + decimal(held_percent(hits), 1) + " % of the 80 % intervals held; " +
                     grouped(hits.early) + " started before, " + grouped(hits.late) + " behind\n";
  return text + "half of these waited longer than " + text::show(middle_of(hits.waits)) +
         ", half of the intervals are wider than " + text::show(middle_of(hits.widths)) +
         (hits.open > 0 ? ", " + grouped(hits.open) + " have no end\n" : "\n") + "by the futures alone " +
         grouped(hits.played) + " would have held; asked while more waited than ran: " + grouped(hits.busy) +
         ", of which " + grouped(hits.busy_held) + " held\n";
}

void put(wire::JsonOut& out, const plan::Hits& hits) {
  out.key("when");
  out.open('{');
  out.whole("asked", hits.asked);
  out.whole("held", hits.held);
  out.whole("early", hits.early);
  out.whole("late", hits.late);
  out.whole("open", hits.open);
  out.whole("by_futures_alone", hits.played);
  out.whole("busy", hits.busy);
  out.whole("busy_held", hits.busy_held);
  seconds(out, "median_wait", double(middle_of(hits.waits).count()) / 1000);
  seconds(out, "median_width", double(middle_of(hits.widths).count()) / 1000);
  out.close('}');
}

std::string one(const Replayed& replay, const Screen& screen) {
  const sim::QueueAnswer& answer = *replay.answer;
  const sim::Measures& all = answer.measures;
  std::string text = counted(all.all().jobs, "job", "jobs") + " on " + machines(answer);
  text += ", by " + answer.policy + "\n\n" + waits(all, screen) + "\n";
  text += "from the first submission to the last end: " + text::show(Duration(all.end() - all.begin()));
  text += std::string(has_gpus(all) ? "; GPUs" : "; CPUs") + " held " + decimal(all.utilisation() * 100, 1) +
          " % of that\n";
  if (replay.gpu_hour > 0)
    text += "cost of " + grouped(std::llround(all.gpu_hours())) +
            " GPU-hours held: " + grouped(std::llround(all.gpu_hours() * replay.gpu_hour)) +
            ", of all GPUs until then: " + grouped(std::llround(all.gpu_hours_there() * replay.gpu_hour)) +
            "\n";
  if (all.requeues() > 0)
    text += "preempted or started again: " + grouped(all.requeues()) + " times, " +
            decimal(all.lost_gpu_hours(), 1) + " GPU-hours lost\n";
  if (all.over_a_week() > 0)
    text += counted(all.over_a_week(), "job", "jobs") + " waited longer than a week\n";
  if (replay.hits) text += hits_told(*replay.hits);
  text += "replayed in " + text::show(replay.took) + ", " + grouped(std::llround(rate(answer, replay.took))) +
          " events a second\n";
  return text;
}

void one(wire::JsonOut& out, const Replayed& replay) {
  const sim::QueueAnswer& answer = *replay.answer;
  out.word("policy", answer.policy);
  out.whole("nodes", answer.nodes);
  out.whole("gpus", answer.gpus);
  out.whole("pools", answer.pools);
  out.time("begin", answer.measures.begin());
  measures(out, answer.measures);
  if (replay.gpu_hour > 0) cost(out, answer.measures, replay.gpu_hour);
  out.whole("clamped", answer.clamped);
  out.whole("any_model", answer.any_model);
  out.key("events_per_second"), out.raw(decimal(rate(answer, replay.took), 0));
  skipped(out, answer);
  out.key("groups");
  out.open('[');
  for (const auto& [name, of] : answer.measures.by_group()) {
    out.open('{');
    out.word("name", name);
    sums(out, of);
    out.close('}');
  }
  out.close(']');
  if (replay.hits) put(out, *replay.hits);
  if (answer.recorded) {
    out.key("recorded");
    out.open('{');
    measures(out, *answer.recorded);
    out.close('}');
  }
}

}  // namespace

std::string machines(const sim::QueueAnswer& answer) {
  const bool gpus = has_gpus(answer.measures);
  std::string text = counted(answer.nodes, "node", "nodes") + ", " +
                     counted(answer.measures.capacity().amount, gpus ? "GPU" : "CPU", gpus ? "GPUs" : "CPUs");
  if (answer.pools > 1) text += " in " + std::to_string(answer.pools) + " sealed clusters";
  return text;
}

std::string queue(const std::vector<Replayed>& replays, const Screen& screen) {
  std::string text;
  for (const Replayed& replay : replays) text += (text.empty() ? "" : "\n") + one(replay, screen);
  return text;
}

std::string queue_json(const std::vector<Replayed>& replays) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  one(out, replays[0]);
  if (replays.size() > 1) {
    out.key("against");
    out.open('{');
    one(out, replays[1]);
    out.close('}');
  }
  out.close('}');
  return out.text + "\n";
}

const char* const starts_header = "vc,submit_time,gpu_num,duration,start_time,end_time,queue,job\n";

std::string starts_line(const sim::JobOutcome& outcome, Instant begin) {
  const auto since = [begin](Instant at) { return sim::show_seconds(at - begin); };
  std::string name = outcome.group;
  if (name.find_first_of(",\"") != std::string::npos)  // RFC 4180
    name = '"' + text::join(text::split(name, '"'), "\"\"") + '"';
  return name + "," + since(outcome.submitted) + "," + std::to_string(outcome.gpus) + "," +
         sim::show_seconds(outcome.ran) + "," + since(outcome.started) + "," + since(outcome.ended) + "," +
         sim::show_seconds(outcome.waited()) + "," + std::to_string(outcome.number) + "\n";
}

std::vector<std::string> remarks(const sim::QueueAnswer& answer) {
  std::vector<std::string> all;
  const sim::Skipped& skipped = answer.skipped;
  if (skipped.refused > 0)
    all.push_back(counted(skipped.refused, "row was", "rows were") + " wrong and left out:");
  for (const std::string& reason : skipped.because) all.push_back("  " + reason);
  if (skipped.refused > std::ssize(skipped.because)) all.push_back("  and so on");
  if (skipped.still_running > 0)
    all.push_back(counted(skipped.still_running, "job was", "jobs were") +
                  " not over yet: how long they run is not known, so they are left out");
  if (skipped.never_started > 0)
    all.push_back(counted(skipped.never_started, "job", "jobs") + " never ran and are left out");
  if (answer.clamped > 0)
    all.push_back(counted(answer.clamped, "job", "jobs") +
                  " asked for more than there is and got all there is");
  if (answer.any_model > 0)
    all.push_back(counted(answer.any_model, "job", "jobs") +
                  " asked for a model of GPU that is not there and took any");
  return all;
}

}  // namespace busbar::cli::render
