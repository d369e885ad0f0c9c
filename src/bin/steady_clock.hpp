// SPDX-License-Identifier: Apache-2.0
// steady_clock.hpp: the real clock, made fit for a journal: it starts at the machine's time or at the last
// record, whichever is later, follows the machine's clock when it is set forward, and never runs back.
// Controller and API ask it from threads of their own.
#pragma once
#include <time.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/chance.hpp"

namespace busbar {

class SteadyClock final : public Clock {
 public:
  /// `floor`: no Instant lies before it.
  explicit SteadyClock(Instant floor) : now_(std::max(floor, wall())), wall_(wall()), uptime_(uptime()) {}

  Instant now() override {
    const std::lock_guard lock(mutex_);  // two that measure from one moment would count the same time twice
    const Instant wall_now = wall();
    const Duration uptime_now = uptime();
    const Duration passed = uptime_now - uptime_;
    const Duration set_by = (wall_now - wall_) - passed;
    wall_ = wall_now;
    uptime_ = uptime_now;
    now_ += std::max(passed, Duration{0});
    if (set_by > tolerance || set_by < -tolerance) {
      jumped_ += set_by;
      now_ = std::max(now_, wall_now);
    }
    return now_;
  }

  Duration jumped() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(jumped_, Duration{0});
  }

 private:
  static constexpr Duration tolerance = std::chrono::seconds(2);

  static Duration read(clockid_t which) {
    timespec at{};
    clock_gettime(which, &at);
    return std::chrono::seconds(at.tv_sec) +
           std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(at.tv_nsec));
  }
  static Instant wall() { return Instant{read(CLOCK_REALTIME)}; }
  static Duration uptime() { return read(CLOCK_BOOTTIME); }  // goes on while the machine sleeps

  std::mutex mutex_;
  Instant now_;
  Instant wall_;
  Duration uptime_;
  Duration jumped_{0};
};

}  // namespace busbar
