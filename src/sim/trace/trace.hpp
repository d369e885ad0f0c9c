// SPDX-License-Identifier: Apache-2.0
// trace.hpp: what happened to jobs somewhere, as a stream: when each was submitted, what it asked for, how
// long it ran. One class a format behind it; jobs.hpp finds out which one a file needs.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/job.hpp"
#include "model/node.hpp"
#include "model/principal.hpp"

namespace busbar::sim {

/// One job of a trace. What many jobs have in common they share, so that a million of them are small.
struct TraceJob {
  std::int64_t number = 0;  // the trace's own for it; of a trace that numbers nothing, its row
  Instant submitted;
  Duration ran{0};                 // how long it ran in the end
  std::optional<Instant> started;  // as recorded, where it is
  std::shared_ptr<const model::Principal> by;
  /// As it was asked for. A trace that knows GPUs alone gives them to one task, however many they are;
  /// what becomes of them on machines of a given size is not the trace's business (sim/queue/shape.hpp).
  std::shared_ptr<const model::JobSpec> spec;

  const std::string& group() const { return spec->project; }
};

/// What a trace holds beside jobs that can be replayed.
struct Passed {
  std::int64_t still_running = 0;  // how long they run in the end is not known
  std::int64_t never_started = 0;  // cancelled before
};

class Trace {
 public:
  virtual ~Trace() = default;

  /// The next job in the order of the file; nothing at the end. Errors (Errc::invalid, "FILE:LINE: ...") are
  /// of one row: the next call goes on behind it, so whoever is lenient counts and asks again.
  virtual Result<std::optional<TraceJob>> next() = 0;

  /// By how many rows at most a job may stand behind a later one. What must be held to bring the jobs in
  /// order.
  virtual std::size_t disorder() const = 0;
  virtual Passed passed() const { return {}; }
  /// The machines it tells of, none where it does not; complete once the first job has been read.
  virtual std::vector<model::NodeFacts> machines() const { return {}; }
  /// "FILE:LINE: message" for the row that next() gave last.
  virtual Error wrong(const std::string& message) const = 0;
};

/// Bounds of what a row may say. Beyond them it is a slip, not a job.
constexpr std::int64_t most_gpus = 1'000'000, most_processors = 100'000'000;
constexpr Duration longest_run = std::chrono::hours(24 * 366 * 20);

}  // namespace busbar::sim
