// SPDX-License-Identifier: Apache-2.0
// invocation.hpp: the words of a command line as one plain value, or the sentence that says what is wrong
// with them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/cli.hpp"
#include "cli/queue_flags.hpp"
#include "cli/sim_flags.hpp"
#include "cli/table_flags.hpp"
#include "model/job.hpp"
#include "wire/reserve_form.hpp"

namespace busbar::cli {

enum class Verb {
  help,
  up,
  down,
  server,
  run,
  submit,
  ps,
  show,
  why,
  when,
  try_job,
  logs,
  stop,
  hold,
  release,
  wait,
  nodes,
  drain,
  reserve,
  reservations,
  usage,
  sim_place,
  sim_queue,
  sim_share,
  plan_offers,
  plan_tco,
  plan_cluster,
  plan_train,
  plan_serve,
  plan_predict,
  plan_score,
  check,
  version
};

/// Flags of `run` and `submit`; what is absent stays as the file or the default has it.
struct JobFlags {
  std::optional<Share> gpus;
  std::string gpu_model;  // beside gpus
  std::optional<Bytes> gpu_memory, memory, disk;
  std::optional<Cpus> cpus;
  std::optional<Duration> time_limit, grace;
  std::optional<std::string> name, project, workdir, output, error;
  std::optional<int> tasks, nodes, priority, retries;
  std::optional<model::Array> array;
  std::optional<std::vector<model::Dependency>> after;
  std::optional<model::Warning> warning;
  std::vector<std::string> env;  // "NAME=value", or "NAME" to take it from here
  bool hold_for_nodes = false;
  bool preemptible = false;
  std::optional<std::vector<std::string>> labels, on, off;
  std::optional<int> per_node;
  bool alone = false;
  bool hold = false;
  std::optional<std::string> begin, deadline;  // as given: they mean what they mean where they are read
};

/// A job as people name it: "12", or "12_4" for the element with index 4 of array 12.
struct JobName {
  JobId id;
  std::optional<int> index;
  bool operator==(const JobName&) const = default;
};

// Of plan_flags.hpp and need_flags.hpp: few sources need to know what is in them.
struct PlanOffers;
struct PlanTco;
struct PlanCluster;
struct PlanTrain;
struct PlanServe;

struct Invocation {
  Verb verb = Verb::help;
  std::string state;  // as given; "" when not
  bool json = false, quiet = false;

  std::string help;  // Verb::help: the text to print

  JobFlags job;         // run, submit, try
  std::string key;      // "" when not given
  bool detach = false;  // run
  std::string file;     // submit, try: path, or "-"
  std::vector<std::string>
      command;  // run, submit, try: the program and its arguments; with a file: its arguments
  std::optional<std::string> wrap;  // submit, try

  ServerFlags settings;    // up, server
  bool stop_jobs = false;  // down

  bool all = false;                    // ps
  std::optional<std::string> project;  // ps
  std::string user;                    // ps

  std::vector<JobName> jobs;                // show, why, when, logs, stop, hold, release, wait
  bool follow = false;                      // logs
  std::optional<int> task;                  // logs
  std::optional<int> attempt;               // logs
  std::optional<int> tail;                  // logs
  bool only_out = false, only_err = false;  // logs
  std::string reason;                       // stop, drain
  std::string node;                         // drain
  bool now = false, end = false;            // drain

  wire::ReserveForm reserve;  // without its moments, which mean what they mean where they are read:
  std::optional<std::string> from, until;  // reserve

  SimPlace sim_place;
  QueueFlags sim_queue;
  SimShare sim_share;

  std::shared_ptr<const PlanOffers> plan_offers;
  std::shared_ptr<const PlanTco> plan_tco;
  std::shared_ptr<const PlanCluster> plan_cluster;
  std::shared_ptr<const PlanTrain> plan_train;
  std::shared_ptr<const PlanServe> plan_serve;
  TableFlags plan_table;              // plan predict, plan score
  std::vector<std::string> catalogs;  // plan: paths of tables of one's own
};

/// `words` are the arguments without the program's name. Errors are Errc::invalid and name the flag, what was
/// found and what would be right.
Result<Invocation> parse(const std::vector<std::string>& words);

}  // namespace busbar::cli
