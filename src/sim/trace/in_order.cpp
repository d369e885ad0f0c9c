// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/in_order.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::sim {
namespace {
constexpr std::size_t most_reasons = 5;
}

InOrder::InOrder(std::unique_ptr<Trace> trace, bool lenient, std::function<bool(const TraceJob&)> wanted)
    : trace_(std::move(trace)), lenient_(lenient), wanted_(std::move(wanted)) {}

bool InOrder::later(const Held& a, const Held& b) {
  return a.job.submitted != b.job.submitted ? a.job.submitted > b.job.submitted : a.row > b.row;
}

Status InOrder::refuse(const Error& error) {
  if (!lenient_ || error.code != Errc::invalid) return error;
  ++skipped_.refused;
  if (skipped_.because.size() < most_reasons) skipped_.because.push_back(error.message);
  return Done{};
}

/// Reads until as many are held as may be out of order, and one.
Status InOrder::fill() {
  while (!at_end_ && held_.size() <= trace_->disorder()) {
    Result<std::optional<TraceJob>> job = trace_->next();
    if (!job) {
      if (const Status skipped = refuse(job.error()); !skipped) return skipped;
      continue;
    }
    if (!*job) {
      at_end_ = true;
      break;
    }
    ++rows_;
    if (!wanted_(**job)) {
      ++skipped_.unwanted;
    } else if ((*job)->submitted < last_) {
      const Status skipped = refuse(
          trace_->wrong("found a job of " + text::rfc3339((*job)->submitted) + " more than " +
                        std::to_string(trace_->disorder()) + " jobs behind one of " + text::rfc3339(last_) +
                        "; a file sorted by the time of submission would be right"));
      if (!skipped) return skipped;
    } else {
      held_.push_back({std::move(**job), rows_});
      std::ranges::push_heap(held_, later);
    }
  }
  return Done{};
}

Result<std::optional<TraceJob>> InOrder::next() {
  if (const Status filled = fill(); !filled) return filled.error();
  if (held_.empty()) return std::optional<TraceJob>{};
  std::ranges::pop_heap(held_, later);
  TraceJob job = std::move(held_.back().job);
  held_.pop_back();
  last_ = job.submitted;
  return std::optional(std::move(job));
}

Skipped InOrder::skipped() const {
  Skipped all = skipped_;
  all.still_running = trace_->passed().still_running;
  all.never_started = trace_->passed().never_started;
  return all;
}

}  // namespace busbar::sim
