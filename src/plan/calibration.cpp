// SPDX-License-Identifier: Apache-2.0
#include "plan/calibration.hpp"

#include <algorithm>
#include <map>

namespace busbar::plan {

class Calibration::Witness final : public sim::Observer {
 public:
  Witness(Calibration& of, const sim::World& world)
      : of_(of),
        world_(world),
        traffic_(std::make_shared<Traffic>()),
        record_(std::make_shared<TrackRecord>()) {}

  /// The step is folded, so a job that still waits was not started by the decision that saw it first.
  void answered(const sim::Arrival&, const control::Answer& answer) override {
    if (!answer || answer->existed) return;
    const model::Cluster& cluster = world_.core().cluster();
    const auto job = cluster.jobs.find(answer->first);
    if (job == cluster.jobs.end() || job->second.state != model::JobState::pending) return;
    if (++waited_ % of_.every_ != 0) return;
    const Present present{
        std::make_shared<const model::Cluster>(cluster), world_.now(), traffic_, record_, {}};
    const Result<Start> start = when(present, job->first, of_.effort_);
    if (!start) return;
    const Interval told{start->starts.p10, start->starts.p90};
    asked_.emplace(job->first, Asked{present.now, start->played, told, is_busy(cluster)});
    record_->asked(job->first, present.now, start->played, told);
  }

  void launched(const model::Job& job) override {
    const auto asked = asked_.find(job.id);
    if (asked == asked_.end()) return;
    judge(asked->second, world_.now());
    asked_.erase(asked);
    record_->started(job.id, world_.now());
  }

  void ended(const model::Job& job) override { traffic_->learn(job); }

 private:
  struct Asked {
    Instant at;
    Interval played, told;
    bool busy;
  };

  static bool is_busy(const model::Cluster& cluster) {
    const auto waits = [](const auto& entry) { return entry.second.state == model::JobState::pending; };
    return 2 * std::ranges::count_if(cluster.jobs, waits) > std::ssize(cluster.jobs);
  }

  void judge(const Asked& asked, Instant start) {
    const auto& [from, to] = asked.told;
    Hits& hits = of_.hits_;
    ++hits.asked;
    hits.played += holds(asked.played, start);
    hits.busy += asked.busy;
    hits.waits.push_back(start - asked.at);
    to ? hits.widths.push_back(*to - *from) : void(++hits.open);
    if (holds(asked.told, start)) {
      ++hits.held;
      hits.busy_held += asked.busy;
    } else {
      ++(!from || start < *from ? hits.early : hits.late);
    }
  }

  Calibration& of_;
  const sim::World& world_;
  std::shared_ptr<Traffic> traffic_;
  std::shared_ptr<TrackRecord> record_;
  std::int64_t waited_ = 0;
  std::map<JobId, Asked> asked_;
};

std::unique_ptr<sim::Observer> Calibration::beside(const sim::World& world) {
  return std::make_unique<Witness>(*this, world);
}

Hits Calibration::hits() const {
  Hits hits = hits_;
  std::ranges::sort(hits.widths);
  std::ranges::sort(hits.waits);
  return hits;
}

}  // namespace busbar::plan
