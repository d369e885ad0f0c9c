// SPDX-License-Identifier: Apache-2.0
// queue.hpp: replays the jobs of a trace on given machines under given rules, through the production
// controller, and sums up who waited how long.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "model/policy.hpp"
#include "sim/queue/measures.hpp"
#include "sim/trace/in_order.hpp"
#include "sim/trace/inventory.hpp"
#include "sim/trace/moment.hpp"
#include "sim/world.hpp"

namespace busbar::sim {

struct QueueQuestion {
  std::string jobs;     // a file, or the state folder of a server
  std::string gpus;     // the table of GPUs beside an SWF log; "" for none
  std::string cluster;  // as read_inventory() takes it; "" where the jobs know their machines
  std::string more;     // machines to add: "1x8:H100"; "" for none
  model::Policy policy = model::policies().front();
  std::int64_t scale = 1000;            // of each pool's nodes, in thousandths
  std::optional<Instant> since, until;  // of submission: since <= it < until
  std::set<std::string> drop;           // groups that are left out, and virtual clusters of these names
  bool pool = false;                    // all machines together, although there are several pools
  bool shares = false;                  // together, each pool a project that is guaranteed its own machines
  /// Every job agrees to be stopped, and saves so often; nothing: none does.
  std::optional<Duration> saves_every;
  int spare = 0;  // machines that may fail, of each pool
  bool lenient = false;
};

struct QueueAnswer {
  std::string format;  // of the jobs, in words
  std::string policy;  // its name
  std::int64_t nodes = 0, gpus = 0, pools = 0;
  Measures measures;
  /// As it went where the trace was recorded; nothing where it does not say.
  std::optional<Measures> recorded;
  Skipped skipped;
  std::int64_t clamped = 0;    // asked for more than there is
  std::int64_t any_model = 0;  // asked for a model that is not there
  std::int64_t events = 0;     // submits, commands and news that went through the controller
};

/// Who looks on. Each may be empty.
struct QueueWatch {
  std::function<void(const JobOutcome&, Instant begin)> over;  // each job as it ends; begin: of the whole
  std::function<void(std::int64_t jobs_over, Instant now)> progress;  // now and then
  /// Looks on at the world of each pool from its beginning; asked for one before that.
  std::function<std::unique_ptr<Observer>(const World&)> beside;
};

/// Errors: Errc::not_found and Errc::invalid of what cannot be read; a job of a group that has no machines,
/// or that no machine could ever hold, names its line (a lenient question leaves it out and counts it).
/// Memory: the jobs that are alive, and as many as may be out of order in the trace. Cost: that of the
/// controller.
Result<QueueAnswer> replay_queue(const QueueQuestion& question, const QueueWatch& watch = {});

}  // namespace busbar::sim
