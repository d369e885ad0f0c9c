// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/measures.hpp"

#include <algorithm>

namespace busbar::sim {
namespace {

/// A group's own quantiles are for plots: beyond so many jobs they may be inexact.
constexpr std::size_t exact_in_a_group = std::size_t{1} << 17;
/// More groups than that are not told apart: a trace in which each job has its own stays bounded.
constexpr std::size_t most_groups = 1000;

template <std::size_t... I>
std::array<Sums, sizeof...(I)> sums(std::index_sequence<I...>) {
  return {((void)I, Sums(exact_in_a_group))...};
}

}  // namespace

void Sums::add(const JobOutcome& outcome) {
  ++jobs;
  completion_ms += outcome.completion().count();
  waited_ms += outcome.waited().count();
  held_gpu_ms += double(outcome.gpus) * double(outcome.held.count());
  waits.add(outcome.waited());
}
double Sums::mean_completion() const { return jobs ? double(completion_ms) / double(jobs) / 1000 : 0; }
double Sums::mean_wait() const { return jobs ? double(waited_ms) / double(jobs) / 1000 : 0; }

std::size_t size_class_of(std::int64_t gpus) {
  std::size_t at = 0;
  while (gpus > size_classes[at].most_gpus) ++at;
  return at;
}

Measures::Measures(Instant begin, Capacity capacity)
    : begin_(begin),
      end_(begin),
      capacity_(capacity),
      by_size_(sums(std::make_index_sequence<size_classes.size()>())),
      waiting_(begin),
      held_(begin) {}

void Measures::add(const JobOutcome& outcome) {
  all_.add(outcome);
  const bool is_new = !by_group_.contains(outcome.group);
  const std::string& group = is_new && by_group_.size() >= most_groups ? "(others)" : outcome.group;
  by_group_.try_emplace(group, exact_in_a_group).first->second.add(outcome);
  by_size_[size_class_of(outcome.gpus)].add(outcome);

  end_ = std::max(end_, outcome.ended);
  requeues_ += outcome.attempts - 1;
  if (outcome.waited() > std::chrono::hours(24 * 7)) ++over_a_week_;
  const double gpus = double(outcome.gpus);
  const double amount = capacity_.unit == Capacity::Unit::gpus ? gpus : double(outcome.cpus);
  held_ms_ += amount * double(outcome.held.count());
  lost_gpu_ms_ += gpus * double(std::max(outcome.held - outcome.ran, Duration{0}).count());

  // Drawn as one wait before one run: of a job that ran in pieces, the last piece.
  const Instant runs_from = outcome.ended - outcome.held;
  waiting_.add(outcome.submitted, 1);
  waiting_.add(runs_from, -1);
  held_.add(runs_from, amount);
  held_.add(outcome.ended, -amount);
}

double Measures::gpu_hours_there() const {
  return capacity_.unit == Capacity::Unit::gpus
             ? double(capacity_.amount) * double((end_ - begin_).count()) / 3'600'000
             : 0;
}

double Measures::utilisation() const {
  const double span = double((end_ - begin_).count());
  return capacity_.amount > 0 && span > 0 ? held_ms_ / (double(capacity_.amount) * span) : 0;
}

}  // namespace busbar::sim
