// SPDX-License-Identifier: Apache-2.0
#include "api/worker.hpp"

#include <pthread.h>

#include <csignal>

namespace busbar::api {

void Worker::after(Duration delay, std::function<void()> work) {
  const auto due = delay == Duration{0} ? Steady::time_point{} : Steady::now() + delay;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    waiting_.emplace(due, std::move(work));
  }
  changed_.notify_one();
}

void Worker::stop() {
  std::multimap<Steady::time_point, std::function<void()>> dropped;  // released outside the lock
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  sigset_t all;  // signals belong to the program's main thread
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = waiting_.begin()->first; due > Steady::now()) {
      changed_.wait_until(lock, due);
    } else {
      auto next = waiting_.extract(waiting_.begin());
      lock.unlock();
      next.mapped()();
      next = {};  // what it held goes before we lock again
      lock.lock();
    }
  }
}

}  // namespace busbar::api
