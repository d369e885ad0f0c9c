// SPDX-License-Identifier: Apache-2.0
#include "plan/calibration.hpp"

#include <algorithm>
#include <map>

namespace busbar::plan {

class Calibration::Witness final : public sim::Observer {
 public:
  Witness(Calibration& of, const sim::World& world)
      : of_(of), world_(world), experience_(std::make_shared<Experience>()) {}

  /// The step is folded, so a job that still waits was not started by the decision that saw it first.
  void answered(const sim::Arrival&, const control::Answer& answer) override {
    if (!answer || answer->existed) return;
    const model::Cluster& cluster = world_.core().cluster();
    const auto job = cluster.jobs.find(answer->first);
    if (job == cluster.jobs.end() || job->second.state != model::JobState::pending) return;
    if (++waited_ % of_.every_ != 0) return;
    const Present present{std::make_shared<const model::Cluster>(cluster), world_.now(), experience_, {}};
    if (const Result<Start> start = when(present, job->first, of_.effort_))
      asked_.emplace(job->first, Asked{present.now, start->starts});
  }

  void launched(const model::Job& job) override {
    const auto asked = asked_.find(job.id);
    if (asked == asked_.end()) return;
    judge(asked->second, world_.now());
    asked_.erase(asked);
  }

  void ended(const model::Job& job) override { experience_->learn(job); }

 private:
  struct Asked {
    Instant at;
    Moments starts;
  };

  void judge(const Asked& asked, Instant start) {
    const auto& [p10, p50, p90] = asked.starts;
    Hits& hits = of_.hits_;
    ++hits.asked;
    hits.waits.push_back(start - asked.at);
    p90 ? hits.widths.push_back(*p90 - *p10) : void(++hits.open);
    if (!p10 || start < *p10) {
      ++hits.early;
    } else if (p90 && start > *p90) {
      ++hits.late;
    } else {
      ++hits.held;
    }
  }

  Calibration& of_;
  const sim::World& world_;
  std::shared_ptr<Experience> experience_;
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
