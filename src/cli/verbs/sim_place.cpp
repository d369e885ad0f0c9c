// SPDX-License-Identifier: Apache-2.0
// sim_place.cpp: the placement experiment on as many threads as there are cores, one run each at a time.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <thread>

#include "cli/exit_code.hpp"
#include "cli/policy_flags.hpp"
#include "cli/render/table.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "sim/place.hpp"
#include "sim/report.hpp"
#include "wire/fields.hpp"
#include "wire/json_out.hpp"

namespace busbar::cli {
namespace {

using Steady = std::chrono::steady_clock;

/// One list and one policy, under every seed.
struct Trial {
  std::string pods;  // path
  sim::Experiment experiment;
  std::vector<sim::Outcome> outcomes;                   // by seed
  std::vector<std::vector<sim::Placement>> placements;  // by seed, where they are wanted
  std::vector<double> seconds;                          // by seed
};

double decisions_per_second(const Trial& trial) {
  double decisions = 0, seconds = 0;
  for (const sim::Outcome& outcome : trial.outcomes) decisions += double(outcome.placed + outcome.dropped);
  for (const double run : trial.seconds) seconds += run;
  return seconds > 0 ? decisions / seconds : 0;
}

/// "12 of 90 runs" while it goes on: a line that is written over on a terminal, else one for each tenth.
class Progress {
 public:
  Progress(std::size_t runs, bool quiet) : runs_(runs), quiet_(quiet), terminal_(screen_of(2).width > 0) {}
  void one_more() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (quiet_) return;
    if (terminal_)
      write_all(2, fmt::format("\r{} of {} runs{}", done_, runs_, done_ == runs_ ? "\n" : ""));
    else if (done_ * 10 / runs_ != (done_ - 1) * 10 / runs_)
      note(fmt::format("{} of {} runs", done_, runs_));
  }

 private:
  std::mutex mutex_;
  std::size_t runs_, done_ = 0;
  bool quiet_, terminal_;
};

void run_all(std::vector<Trial>& trials, const SimPlace& asked, bool quiet) {
  const std::size_t seeds = asked.seeds.size(), runs = trials.size() * seeds;
  for (Trial& trial : trials) {
    trial.outcomes.resize(seeds);
    trial.placements.resize(seeds);
    trial.seconds.resize(seeds);
  }
  Progress progress(runs, quiet);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t run = next++; run < runs; run = next++) {
      Trial& trial = trials[run / seeds];
      const std::size_t seed = run % seeds;
      const auto start = Steady::now();
      trial.outcomes[seed] =
          sim::place(trial.experiment, asked.seeds[seed], [&](const sim::Placement& placement) {
            if (!asked.placements.empty()) trial.placements[seed].push_back(placement);
          });
      trial.seconds[seed] = std::chrono::duration<double>(Steady::now() - start).count();
      progress.one_more();
    }
  };
  std::vector<std::thread> threads;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (std::size_t k = 1; k < std::min(cores, runs); ++k) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

Status write_report(const std::vector<Trial>& trials, const SimPlace& asked) {
  sim::PlaceReport report{asked.nodes, trials.front().pods, asked.load_milli, {}};
  for (const Trial& trial : trials) report.runs.push_back({name_of(trial.experiment.fit), trial.outcomes});
  std::ofstream file(asked.report, std::ios::binary | std::ios::trunc);
  file << sim::place_page(report);
  file.close();
  if (file) return Done{};
  return Error{Errc::unavailable, asked.report + ": cannot be written"};
}

/// seed,order,pod,node,devices,milli
Status write_placements(const Trial& trial, const SimPlace& asked) {
  std::FILE* file = std::fopen(asked.placements.c_str(), "w");
  const auto failed_to = [&](const char* what) {
    return Error{Errc::unavailable, asked.placements + ": " + what + ": " + std::strerror(errno)};
  };
  if (file == nullptr) return failed_to("cannot be written");
  fmt::print(file, "seed,order,pod,node,devices,milli\n");
  for (std::size_t seed = 0; seed < asked.seeds.size(); ++seed) {
    for (std::size_t order = 0; order < trial.placements[seed].size(); ++order) {
      const sim::Placement& placement = trial.placements[seed][order];
      const sim::Pod& pod = trial.experiment.pods[placement.pod];
      std::string devices;
      for (const int device : placement.devices)
        devices += (devices.empty() ? "" : "|") + std::to_string(device);
      const std::int64_t milli = std::min(pod.needs.gpus, whole_device).count;  // of each device
      fmt::print(file, "{},{},{},{},{},{}\n", asked.seeds[seed], order, pod.name,
                 placement.node ? trial.experiment.nodes[*placement.node].name : "dropped", devices, milli);
    }
  }
  const bool whole = std::ferror(file) == 0;
  if (std::fclose(file) != 0 || !whole) return failed_to("cannot be written whole");
  return Done{};
}

void write_json(wire::JsonOut& out, const Trial& trial, const SimPlace& asked, bool only) {
  const auto number = [&](double value) { out.raw(fmt::format("{:.4f}", value)); };
  out.open('{');
  if (only) out.whole("version", 1);
  out.word("policy", name_of(trial.experiment.fit));
  out.word("pods", trial.pods);
  out.key("seeds"), out.open('[');
  for (const std::uint64_t seed : asked.seeds) out.whole(std::int64_t(seed));
  out.close(']');
  out.key("allocated"), out.open('{');
  const std::vector<sim::Level>& levels = trial.outcomes.front().levels;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const sim::Figure figure = sim::allocated(trial.outcomes, k);
    out.key(std::to_string(levels[k].percent)), out.open('{');
    out.key("mean"), number(figure.mean);
    out.key("std"), number(figure.deviation);
    out.close('}');
  }
  out.close('}');
  if (trial.experiment.move_milli > 0) {
    std::int64_t moved = 0;
    for (const sim::Outcome& outcome : trial.outcomes) moved += outcome.moved;
    out.key("moved"), number(double(moved) / double(trial.outcomes.size()));
  }
  out.whole("decisions_per_second", std::int64_t(decisions_per_second(trial)));
  out.close('}');
}

std::string as_json(const std::vector<Trial>& trials, const SimPlace& asked) {
  wire::JsonOut out;
  const bool only = trials.size() == 1;
  if (!only) {
    out.open('{');
    out.whole("version", 1);
    out.key("experiments"), out.open('[');
  }
  for (const Trial& trial : trials) write_json(out, trial, asked, only);
  if (!only) out.close(']'), out.close('}');
  return out.text + "\n";
}

std::string as_table(const std::vector<Trial>& trials) {
  std::vector<render::Column> columns = {{"PODS"}, {"POLICY"}};
  for (const sim::Level& level : trials.front().outcomes.front().levels)
    columns.push_back({"AT " + std::to_string(level.percent) + " %", true});
  columns.push_back({"STD", true});
  std::vector<std::vector<render::Cell>> rows;
  for (const Trial& trial : trials) {
    std::vector<render::Cell> row = {{trial.pods.substr(trial.pods.rfind('/') + 1)},
                                     {name_of(trial.experiment.fit)}};
    sim::Figure figure;
    for (std::size_t k = 0; k < trial.outcomes.front().levels.size(); ++k) {
      figure = sim::allocated(trial.outcomes, k);
      row.push_back({fmt::format("{:.2f}", figure.mean)});
    }
    row.push_back({fmt::format("{:.2f}", figure.deviation)});
    rows.push_back(std::move(row));
  }
  return "percent of all GPUs given out when so much had been asked for; the deviation is of the last\n\n" +
         render::table(columns, rows, screen_of(1));
}

void remark(const std::string& path, const sim::Refused& refused) {
  if (refused.rows > 0)
    note(fmt::format("{}: {} row{} skipped; the first: {}", path, refused.rows, refused.rows == 1 ? "" : "s",
                     refused.first));
}

}  // namespace

int sim_place(const Invocation& invocation) {
  const SimPlace& asked = invocation.sim_place;
  const auto nodes = sim::open_nodes(asked.nodes, asked.lenient);
  if (!nodes) return failed(nodes.error());
  remark(asked.nodes, nodes->refused);
  std::vector<Trial> trials;
  for (const std::string& path : asked.pods) {
    const auto pods = sim::open_pods(path, asked.lenient);
    if (!pods) return failed(pods.error());
    remark(path, pods->refused);
    for (const model::Rules::Fit policy : asked.policies) {
      trials.push_back(
          {path, {nodes->nodes, pods->pods, policy, asked.load_milli, asked.move_milli}, {}, {}, {}});
      if (Status fine = sim::check(trials.back().experiment); !fine) return failed(fine.error());
    }
  }
  run_all(trials, asked, invocation.quiet);
  if (!asked.placements.empty()) {
    if (Status written = write_placements(trials.front(), asked); !written) return failed(written.error());
  }
  if (!asked.report.empty()) {
    if (Status written = write_report(trials, asked); !written) return failed(written.error());
  }
  return print(invocation.json ? as_json(trials, asked) : as_table(trials));
}

}  // namespace busbar::cli
