// SPDX-License-Identifier: Apache-2.0
// story_test.hpp: tells the state a story event by event, for tests. One node, 8 CPUs, 16 GiB, two devices.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "model/cluster.hpp"

namespace busbar::model {

class Story {
 public:
  Story() {
    tell(Opened{});
    NodeFacts facts;
    facts.id = NodeId{1};
    facts.name = "box";
    facts.cpus = Cpus{8000};
    facts.memory = GiB * 16;
    for (int k = 0; k < 2; ++k) {
      Device device;
      device.id = DeviceId{k + 1};
      device.index = k;
      device.memory = GiB * 80;
      facts.devices.push_back(device);
    }
    tell(NodeJoined{facts});
  }

  /// Folds an event; gives the error's text, "" when it folds.
  std::string tell(Event event) {
    now_ += std::chrono::seconds(1);
    const Epoch epoch =
        std::holds_alternative<Opened>(event) ? Epoch{cluster.epoch.value + 1} : cluster.epoch;
    Result<Changes> changes =
        apply(cluster, Record{Seq{cluster.seq.value + 1}, epoch, now_, std::move(event)});
    if (!changes) return changes.error().message;
    for (Job& job : changes->ended) ended[job.id.value] = std::move(job);
    const Result<int> audited = audit(cluster);
    EXPECT_TRUE(audited) << audited.error().message;
    return "";
  }

  std::int64_t submit(JobSpec spec, std::vector<Dependency> waits_for = {}, const std::string& key = "") {
    const JobId first = cluster.next_id;
    spec.command = {"true"};
    EXPECT_EQ(tell(Submitted{
                  {}, first, key, std::make_shared<const JobSpec>(std::move(spec)), std::move(waits_for)}),
              "");
    return first.value;
  }

  /// The launch of every task of a job, on node 1.
  Decided launch_of(std::int64_t id, std::vector<Holding> holdings = {}, int port = 20000) const {
    Decided decided;
    const Job& job = cluster.jobs.at(JobId{id});
    for (int k = 0; k < job.spec->tasks; ++k) {
      const int n = job.tasks.empty() ? 1 : int(job.tasks[std::size_t(k)].attempts.size()) + 1;
      decided.launches.push_back({{job.id, k, n}, NodeId{1}, holdings, port});
    }
    return decided;
  }
  std::string launch(std::int64_t id, std::vector<Holding> holdings = {}, int port = 20000) {
    return tell(launch_of(id, std::move(holdings), port));
  }

  std::string finish(std::int64_t id, int code, Cause cause = Cause::exited, int task = 0,
                     int foreign_port = 0) {
    const auto job = cluster.jobs.find(JobId{id});
    const int n = job == cluster.jobs.end() || job->second.tasks.empty()
                      ? 1
                      : int(job->second.tasks[std::size_t(task)].attempts.size());
    Finished finished{{JobId{id}, task, n}, {}, foreign_port};
    finished.ending.exit_code = code;
    finished.ending.cause = cause;
    return tell(finished);
  }

  /// "PENDING", or "COMPLETED" once it has left the state.
  std::string state(std::int64_t id) const {
    const auto job = cluster.jobs.find(JobId{id});
    if (job != cluster.jobs.end()) return name_of(job->second.state);
    const auto over = ended.find(id);
    return over == ended.end() ? "unknown" : name_of(over->second.state);
  }

  Cluster cluster;
  std::map<std::int64_t, Job> ended;

 private:
  Instant now_{};
};

}  // namespace busbar::model
