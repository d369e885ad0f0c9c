// SPDX-License-Identifier: Apache-2.0
// worker.hpp: a thread for what may take a while (a journal's past, a file's next page), one thing after the
// other.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/units.hpp"

namespace busbar::api {

/// Held by everybody who may have work for it, so that work that comes after the end is dropped and nothing
/// else.
class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(std::function<void()> work) { after(Duration{0}, std::move(work)); }
  void after(Duration delay, std::function<void()> work);
  /// Finishes what it is at and drops the rest. Not to be called by its own work.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Steady::time_point, std::function<void()>>
      waiting_;  // equal moments in the order of their coming
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace busbar::api
