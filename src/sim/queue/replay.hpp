// SPDX-License-Identifier: Apache-2.0
// replay.hpp: worlds, one for each pool of machines, fed with the jobs of a trace as time goes by.
#pragma once
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/queue.hpp"
#include "sim/queue/shape.hpp"
#include "sim/world.hpp"

namespace busbar::sim {

/// One pool and the world it lives in.
class Lane final : public Observer {
 public:
  Lane(Pool pool, const QueueQuestion& question, const model::Quotas& shares, Instant begin,
       std::function<void(const JobOutcome&)> over,
       const std::function<std::unique_ptr<Observer>(const World&)>& beside);

  /// Lets everything happen that comes before `job`, then has it arrive. Errors: of a job before it that no
  /// machine could ever hold.
  Status take(const TraceJob& job);
  /// Lets everything happen.
  Status finish();

  const World& world() const { return world_; }
  std::int64_t clamped() const { return clamped_; }
  std::int64_t any_model() const { return any_model_; }

 private:
  struct Living {
    std::int64_t number;
    Duration ran;
  };
  std::optional<Arrival> next();
  void answered(const Arrival& arrival, const control::Answer& answer) override;
  void ended(const model::Job& job) override;
  Status refused();

  bool oracle_;
  std::optional<Duration> saves_every_;
  std::function<void(const JobOutcome&)> over_;
  Shaper shaper_;
  World world_;
  std::unique_ptr<Observer> beside_;
  std::deque<Arrival> waiting_;                      // to arrive
  std::unordered_map<std::int64_t, Living> living_;  // by job id; never walked
  std::optional<Error> refused_;
  std::int64_t clamped_ = 0, any_model_ = 0;
};

}  // namespace busbar::sim
