// SPDX-License-Identifier: Apache-2.0
#include "store/journal_samples_test.hpp"

#include <cstdlib>

namespace busbar::store::samples {
namespace {

model::JobSpec spec() {
  model::JobSpec spec;
  spec.name = "train";
  spec.workdir = "/home/ann/experiments/resnet";
  spec.command = {"python3", "train.py", "--epochs", "90", "--lr", "0.1"};
  for (int k = 0; k < 20; ++k)
    spec.env.emplace_back("VARIABLE_NUMBER_" + std::to_string(k),
                          "/usr/local/lib/some/path/to/a/place:" + std::to_string(k));
  spec.each.gpus = Share{2000};
  spec.time_limit = std::chrono::hours(2);
  return spec;
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "busbar-store-XXXXXX").string();
  path_ = mkdtemp(name.data()) ? name : "";
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

model::Record record(std::int64_t seq, Epoch epoch) {
  return {Seq{seq}, epoch, Instant(Duration(1000 + seq)), model::Started{{JobId{seq}, 0, 1}, 4000 + seq}};
}

model::Record submission(std::int64_t seq, Epoch epoch, JobId id) {
  static const auto shared = std::make_shared<const model::JobSpec>(spec());
  model::Submitted submitted;
  submitted.by.user = "ann";
  submitted.by.uid = 1000;
  submitted.first = id;
  submitted.spec = shared;
  return {Seq{seq}, epoch, Instant(Duration(1000 + seq)), std::move(submitted)};
}

model::Job ended_job(std::int64_t id, const std::string& project, std::uint32_t uid, std::int64_t at) {
  model::JobSpec changed = spec();
  changed.project = project;
  model::Job job;
  job.id = JobId{id};
  job.owner.uid = uid;
  job.spec = std::make_shared<const model::JobSpec>(std::move(changed));
  job.state = model::JobState::failed;
  job.reason = "it \"broke\"\n";
  job.exit_code = 3;
  job.ended = Instant(Duration(at));
  job.tasks.resize(1);
  job.tasks[0].attempts.push_back({.n = 1, .node = NodeId{1}, .holdings = {{DeviceId{2}, Share{500}, GiB}}});
  return job;
}

std::vector<model::Event> every_event() {
  model::NodeFacts facts;
  facts.id = NodeId{1};
  facts.name = "box";
  facts.numa = {2, 2};
  facts.devices.push_back({.id = DeviceId{1}, .uuid = "GPU-1", .model = "H100", .memory = GiB * 80});
  const model::AttemptId attempt{JobId{1}, 0, 1};
  model::Submitted submitted = std::get<model::Submitted>(submission(1, Epoch{1}, JobId{1}).event);
  submitted.waits_for = {{JobId{9}, model::Dependency::When::any}};
  return {model::Opened{2, JobId{1'000'001}},
          model::SettingsChanged{{.declared_gpus = "4:H100:80GiB"}},
          model::NodeJoined{facts},
          model::NodeLeft{NodeId{1}, "its engine does not answer"},
          submitted,
          model::StopAsked{submitted.by, JobId{1}, "no longer needed"},
          model::Decided{Seq{3},
                         2,
                         ~std::uint64_t{0},
                         {attempt},
                         {{attempt, NodeId{1}, {{DeviceId{1}, Share{1000}, GiB}}, 29500}}},
          model::Started{attempt, 4711},
          model::Finished{
              attempt,
              {.exit_code = 1, .signal = 9, .cause = model::Cause::out_of_memory, .message = "too much"},
              29500},
          model::ClockJumped{Duration(-3'600'000)},
          model::PriceSet{Money{2'500'000}, Money{10'000}}};
}

model::Cluster cluster() {
  model::Cluster cluster;
  cluster.epoch = Epoch{1};
  const auto shared = std::get<model::Submitted>(submission(1, Epoch{1}, JobId{1}).event).spec;
  for (std::int64_t id = 1; id <= 5; ++id) {
    model::Job job;
    job.id = JobId{id};
    job.spec = shared;
    cluster.jobs.emplace(job.id, job);
  }
  cluster.keys.emplace(std::pair(std::uint32_t{1000}, "key"), JobId{1});
  cluster.dependents[JobId{1}] = {JobId{2}, JobId{3}};
  return cluster;
}

}  // namespace busbar::store::samples
