// SPDX-License-Identifier: Apache-2.0
// measures.hpp: what a replay is judged by, summed up job by job as they end.
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "sim/queue/quantiles.hpp"
#include "sim/queue/timeline.hpp"

namespace busbar::sim {

/// One job that is over.
struct JobOutcome {
  std::int64_t number = 0;  // the trace's for it
  std::string group;
  std::int64_t gpus = 0, cpus = 0;    // whole ones, all tasks together, as they were given
  Instant submitted, started, ended;  // started: for the first time
  Duration ran{0};                    // how long it had to run
  Duration held{0};                   // how long it did run, all attempts together: more where some was lost
  int attempts = 1;

  Duration completion() const { return ended - submitted; }
  /// All the time in which it did not run.
  Duration waited() const { return completion() - held; }
};

/// Sums over jobs, exact in milliseconds.
struct Sums {
  std::int64_t jobs = 0;
  std::int64_t completion_ms = 0, waited_ms = 0;
  double held_gpu_ms = 0;
  Quantiles waits;

  explicit Sums(std::size_t exact = Quantiles::most_exact) : waits(exact) {}
  void add(const JobOutcome& outcome);
  double mean_completion() const;  // seconds; of none 0
  double mean_wait() const;
  double gpu_hours() const { return held_gpu_ms / 3'600'000; }
};

/// Jobs by their size.
struct SizeClass {
  const char* name;
  std::int64_t most_gpus;
};
constexpr std::array<SizeClass, 8> size_classes = {{{"no GPU", 0},
                                                    {"1 GPU", 1},
                                                    {"2 GPUs", 2},
                                                    {"3 to 4", 4},
                                                    {"5 to 8", 8},
                                                    {"9 to 16", 16},
                                                    {"17 to 32", 32},
                                                    {"over 32", INT64_MAX}}};
std::size_t size_class_of(std::int64_t gpus);

/// What machines are made of, as far as it is given out: GPUs, and CPUs where there are none.
struct Capacity {
  enum class Unit { gpus, cpus } unit = Unit::gpus;
  std::int64_t amount = 0;  // 0: not known
};

class Measures {
 public:
  /// Of a replay that begins with the first job's submission.
  Measures(Instant begin, Capacity capacity);

  void add(const JobOutcome& outcome);

  const Sums& all() const { return all_; }
  const std::map<std::string, Sums>& by_group() const { return by_group_; }
  const std::array<Sums, size_classes.size()>& by_size() const { return by_size_; }

  Instant begin() const { return begin_; }
  Instant end() const { return end_; }  // when the last job was over
  const Capacity& capacity() const { return capacity_; }
  /// What was held as part of all there was until the end, from 0 to 1; 0 where the capacity is not known.
  double utilisation() const;
  std::int64_t requeues() const { return requeues_; }
  /// Time on GPUs that had to be run again, or led to nothing.
  double lost_gpu_hours() const { return lost_gpu_ms_ / 3'600'000; }
  double gpu_hours() const { return all_.gpu_hours(); }
  /// All that there were, until the last job was over; 0 where that is not known.
  double gpu_hours_there() const;
  /// Jobs that waited longer than a week.
  std::int64_t over_a_week() const { return over_a_week_; }

  const Timeline& waiting() const { return waiting_; }  // jobs
  const Timeline& held() const { return held_; }        // in units of the capacity

 private:
  Instant begin_, end_;
  Capacity capacity_;
  Sums all_;
  std::map<std::string, Sums> by_group_;
  std::array<Sums, size_classes.size()> by_size_;
  std::int64_t requeues_ = 0, over_a_week_ = 0;
  double lost_gpu_ms_ = 0, held_ms_ = 0;
  Timeline waiting_, held_;
};

}  // namespace busbar::sim
