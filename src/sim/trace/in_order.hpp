// SPDX-License-Identifier: Apache-2.0
// in_order.hpp: the jobs of a trace in the order of submission, in bounded memory however long it is.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sim/trace/trace.hpp"

namespace busbar::sim {

/// What of a trace was left out, and why.
struct Skipped {
  std::int64_t refused = 0;          // rows that were wrong, skipped because the reader is lenient
  std::vector<std::string> because;  // the first few errors
  std::int64_t still_running = 0, never_started = 0;  // as in Passed
  std::int64_t unwanted = 0;                          // not within the asked span of time or groups
};

class InOrder {
 public:
  /// Only jobs for which `wanted` is true. A lenient reader skips wrong rows and counts them.
  InOrder(std::unique_ptr<Trace> trace, bool lenient, std::function<bool(const TraceJob&)> wanted);

  /// The next job by time, then by place in the trace; nothing at the end. Errors: those of the trace, and a
  /// job that comes too late to be put in its place. Holds no more jobs than Trace::disorder().
  Result<std::optional<TraceJob>> next();

  /// Counted so far. The same as of skipped() counts for the error that a job which cannot be replayed gives.
  Skipped skipped() const;
  /// Leaves out a row that was fine by itself: an error where the reader is not lenient.
  Status refuse(const Error& error);

 private:
  struct Held {
    TraceJob job;
    std::int64_t row = 0;
  };
  static bool later(const Held& a, const Held& b);
  Status fill();

  std::unique_ptr<Trace> trace_;
  bool lenient_;
  std::function<bool(const TraceJob&)> wanted_;
  std::vector<Held> held_;  // a heap, the earliest on top
  std::int64_t rows_ = 0;
  bool at_end_ = false;
  Instant last_;  // submission of the job that next() gave last
  Skipped skipped_;
};

}  // namespace busbar::sim
