// SPDX-License-Identifier: Apache-2.0
#include "wire/forms.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "wire/random_value_test.hpp"
#include "wire/words.hpp"

namespace busbar::wire {
namespace {

constexpr Instant nine{Duration(1'795'251'900'000)};  // 2026-11-21T09:05:00Z

model::JobSpec good_spec() {
  model::JobSpec spec;
  spec.name = "train";
  spec.workdir = "/home/ada";
  spec.command = {"python3", "train.py"};
  return spec;
}

Names two_gpus() { return {{{NodeId{1}, "gpu1"}}, {{DeviceId{11}, 0}, {DeviceId{12}, 1}}}; }

model::Job pending_job() {
  model::Job job;
  job.id = JobId{7};
  job.owner.user = "ada";
  job.spec = std::make_shared<model::JobSpec>(good_spec());
  job.submitted = nine;
  return job;
}

model::Job running_gang() {
  model::Job job = pending_job();
  job.array = JobId{6};
  job.array_index = 4;
  job.state = model::JobState::running;
  job.started = nine + std::chrono::seconds(1);
  model::Attempt attempt;
  attempt.n = 2;
  attempt.node = NodeId{1};
  attempt.state = model::Attempt::State::running;
  attempt.pid = 4711;
  attempt.holdings = {{DeviceId{12}, whole_device, GiB * 80}, {DeviceId{99}, Share{500}, GiB}};
  model::Attempt launching;
  launching.n = 2;
  launching.node = NodeId{3};
  job.tasks = {{{model::Attempt{}, attempt}}, {{model::Attempt{}, launching}}};
  return job;
}

TEST(JobsJson, APendingJobSaysWhatItWaitsFor) {
  model::Job job = pending_job();
  job.waits_for = {{JobId{3}, model::Dependency::When::ok}};
  EXPECT_NE(jobs_json({job}, {}).find(R"("reason":"waits for job 3")"), std::string::npos);
  job.waits_for.push_back({JobId{4}, model::Dependency::When::any});
  EXPECT_NE(jobs_json({job}, {}).find(R"("reason":"waits for job 3 and 1 more")"), std::string::npos);
}

TEST(JobsJson, APendingJobHasNullsForWhatIsNotKnown) {
  EXPECT_EQ(
      jobs_json({pending_job()}, {}),
      R"({"version":1,"jobs":[{"id":7,"array_id":null,"array_index":null,"name":"train","user":"ada",)"
      R"("project":"default","state":"PENDING","exit_code":null,"signal":null,"reason":"waits for its turn",)"
      R"("submitted":"2026-11-21T09:05:00.000Z","started":null,"ended":null,"node":null,"gpus":[],)"
      R"("attempt":null,"tasks":[]}]})");
  EXPECT_EQ(jobs_json({}, {}), R"({"version":1,"jobs":[]})");
}

TEST(JobsJson, ARunningGangShowsItsTasksAndTheFirstOneFlat) {
  EXPECT_EQ(jobs_json({running_gang()}, two_gpus()),
            R"({"version":1,"jobs":[{"id":7,"array_id":6,"array_index":4,"name":"train","user":"ada",)"
            R"("project":"default","state":"RUNNING","exit_code":null,"signal":null,"reason":"",)"
            R"("submitted":"2026-11-21T09:05:00.000Z","started":"2026-11-21T09:05:01.000Z","ended":null,)"
            R"("node":"gpu1","gpus":[1,null],"attempt":2,"tasks":[)"
            R"({"index":0,"node":"gpu1","attempt":2,"state":"RUNNING","pid":4711,"devices":[)"
            R"({"id":12,"index":1,"milli":1000,"memory":85899345920},)"
            R"({"id":99,"index":null,"milli":500,"memory":1073741824}],"exit_code":null,"signal":null},)"
            R"({"index":1,"node":"node 3","attempt":2,"state":"RUNNING","pid":null,"devices":[],)"
            R"("exit_code":null,"signal":null}]}]})");
}

TEST(JobsJson, StatesOfTasksThatAreOver) {
  struct Row {
    model::Cause cause;
    int exit_code, signal;
    const char* state;
  };
  constexpr Row rows[] = {
      {model::Cause::exited, 0, 0, "COMPLETED"}, {model::Cause::exited, 3, 0, "FAILED"},
      {model::Cause::exited, 0, 11, "FAILED"},   {model::Cause::stopped, 0, 15, "CANCELLED"},
      {model::Cause::timeout, 0, 9, "TIMEOUT"},  {model::Cause::out_of_memory, 0, 9, "OUT_OF_MEMORY"},
      {model::Cause::lost, 0, 0, "NODE_FAIL"},   {model::Cause::not_started, 0, 0, "BOOT_FAIL"},
  };
  for (const Row& row : rows) {
    model::Job job = running_gang();
    model::Attempt& attempt = job.tasks[0].attempts.back();
    attempt.state = model::Attempt::State::ended;
    attempt.ending = {row.exit_code, row.signal, row.cause, Duration(5), ""};
    const std::string json = jobs_json({job}, two_gpus());
    EXPECT_NE(json.find("\"state\":\"" + std::string(row.state) + "\",\"pid\":4711"), std::string::npos)
        << json;
    EXPECT_NE(json.find("\"exit_code\":" + std::to_string(row.exit_code) +
                        ",\"signal\":" + std::to_string(row.signal) + "}"),
              std::string::npos)
        << json;
  }
}

TEST(JobsJson, IsValidJsonWhateverThingsAreCalled) {
  model::Job job = pending_job();
  auto spec = good_spec();
  spec.name =
      "a\"\\\n\x01\xFF"
      "gr\xF6\xC3\xA9\xE2\x82";
  spec.env = {{"LATIN", "gr\xF6\xDF"}};
  job.spec = std::make_shared<model::JobSpec>(spec);
  const auto parsed = boost::json::parse(jobs_json({job}, {}));  // throws when it is not
  EXPECT_EQ(parsed.at("jobs").at(0).at("name").as_string(),
            "a\"\\\n\x01\xEF\xBF\xBDgr\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_NO_THROW(boost::json::parse(job_json(job, {})));
}

TEST(JobJson, HasEverySettingDefaultsIncluded) {
  const auto parsed = boost::json::parse(job_json(pending_job(), {}));
  EXPECT_EQ(parsed.at("version").as_int64(), 1);
  EXPECT_EQ(parsed.at("job").at("id").as_int64(), 7);
  const auto& spec = parsed.at("spec");
  EXPECT_EQ(spec.at("each").at("cpus").as_int64(), 1000);
  EXPECT_EQ(spec.at("grace").as_int64(), 30'000);
  EXPECT_EQ(spec.at("time_limit").as_int64(), 0);
  EXPECT_EQ(spec.at("warning").at("ahead").as_int64(), 60'000);
}

TEST(NodesJson, AMachineWithOneDeclaredDevice) {
  model::Cluster cluster;
  model::Node node;
  node.facts.id = NodeId{1};
  node.facts.name = "gpu1";
  node.facts.cpus = Cpus{2000};
  node.facts.numa = {2};
  node.facts.memory = GiB;
  node.facts.disk = GiB;
  node.facts.memory_limit = model::Enforcement::watched;
  node.facts.cpu_limit = model::Enforcement::enforced;
  node.facts.isolation = "PID namespace";
  node.facts.labels = {"h100", "nvlink"};
  model::Device device;
  device.id = DeviceId{11};
  device.uuid = "declared-0";
  device.model = "H100";
  device.memory = GiB * 80;
  device.declared = true;
  node.facts.devices = {device};
  node.cpus_held = Cpus{500};
  node.held[DeviceId{11}] = {DeviceId{11}, Share{500}, GiB};
  cluster.nodes[NodeId{1}] = node;
  EXPECT_EQ(
      nodes_json(cluster),
      R"({"version":1,"nodes":[{"id":1,"name":"gpu1","state":"up","os":"","cpu_model":"",)"
      R"("cpus":{"total":2,"held":0.5},"memory":{"total":1073741824,"held":0},"disk":1073741824,"disk_held":0,"numa":[2],)"
      R"("gpus":[{"id":11,"index":0,"uuid":"declared-0","kind":"whole","parent":null,"model":"H100","milli":1000,)"
      R"("milli_held":500,"memory":85899345920,"memory_held":1073741824,"declared":true}],)"
      R"("limits":{"memory":"watched, not enforced","cpus":"enforced","processes":"not limited"},)"
      R"("isolation":"PID namespace","labels":["h100","nvlink"]}]})");
}

TEST(SubmitForm, ComesBackAsItWasSent) {
  SubmitForm form{"key-1", good_spec()};
  form.spec.env = {{"A", "1"}, {"LATIN", "gr\xF6\xDF"}, {"CONTROL", "\x01\n"}};
  form.spec.script = "#!/bin/sh\necho \"ü\"\n";
  form.spec.each = {Share{2000}, "H100", GiB * 80, Cpus{500}, GiB};
  form.spec.array = {{0, 2, 4}, 2};
  form.spec.after = {{JobId{3}, model::Dependency::When::not_ok}};
  form.spec.warning = {10, Duration(5), true};
  form.spec.kept = {"--foo"};
  form.spec.slurm_env = false;
  const auto back = decode_submit(encode(form));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->key, form.key);
  EXPECT_EQ(back->spec, form.spec);
}

TEST(SubmitForm, MistakesNameThePathFoundAndRight) {
  const auto refused = [](std::string_view body) {
    const auto form = decode_submit(body);
    return form ? "taken" : form.error().message;
  };
  EXPECT_EQ(refused(R"({"version":1,"spec":{"each":{"cpus":"many"}}})"),
            "spec.each.cpus: found \"many\", a whole number would be right");
  EXPECT_TRUE(std::string_view(refused(R"({"version":1,"spec":{"nmae":"a"}})"))
                  .starts_with("spec.nmae: not a field"));
  EXPECT_EQ(refused(R"({"version":2,"spec":{}})"), "version: found 2; 1 would be right");
  EXPECT_EQ(refused(R"({"spec":{}})"), "version: found none; 1 would be right");
  for (const char* body :
       {"", "[]", "null", "{", R"({"version":1,"spec":)", R"({"version":1,"spec":[]})",
        R"({"version":1,"key":3})", R"({"version":1,"version":1})", R"({"version":1} x)"}) {
    EXPECT_NE(std::string(refused(body)), "taken") << body;
  }
  EXPECT_NE(std::string(refused(std::string(10 << 20, '['))), "taken");
}

TEST(Validate, RefusesWithTheFieldFoundAndRight) {
  EXPECT_TRUE(validate(good_spec()));
  struct Row {
    void (*spoil)(model::JobSpec&);
    const char* told;
  };
  const Row rows[] = {
      // clang-format off
      {[](auto& s) { s.command.clear(); }, "spec.command: found no program; a program and its arguments would be right"},
      {[](auto& s) { s.command = {""}; }, "spec.command: found no program; a program and its arguments would be right"},
      {[](auto& s) { s.command.push_back(std::string("a\0b", 3)); }, "spec.command: found \"a\\x00b\"; arguments without a byte of zero would be right"},
      {[](auto& s) { s.tasks = 0; }, "spec.tasks: found 0; a whole number from 1 to 100000 would be right"},
      {[](auto& s) { s.nodes = 2; }, "spec.nodes: found 2; a whole number from 0 to 1 would be right"},
      {[](auto& s) { s.workdir = "runs"; }, "spec.workdir: found \"runs\"; an absolute path would be right"},
      {[](auto& s) { s.each.cpus = Cpus{0}; }, "spec.each.cpus: found 0; a whole number from 1 to 1000000000 would be right"},
      {[](auto& s) { s.each.memory = Bytes{-1}; }, "spec.each.memory: found -1 B; 0 or more bytes would be right"},
      {[](auto& s) { s.each.gpu_memory = Bytes{-1}; }, "spec.each.gpu_memory: found -1 B; 0 or more bytes would be right"},
      {[](auto& s) { s.each.gpus = Share{1500}; }, "spec.each.gpus: found 1.5 GPUs; a whole number, or a share below one, would be right"},
      {[](auto& s) { s.each.gpus = Share{-1}; }, "spec.each.gpus: found -1; a whole number from 0 to 1000000000 would be right"},
      {[](auto& s) { s.begin = Instant(Duration(-1)); }, "spec.begin: found -1 ms; a moment from 1970 to 9999 would be right"},
      {[](auto& s) { s.deadline = Instant::max(); }, "spec.deadline: found 9223372036854775807 ms; a moment from 1970 to 9999 would be right"},
      {[](auto& s) { s.time_limit = Duration(-1); }, "spec.time_limit: found -1 ms; 0 to 100 years would be right"},
      {[](auto& s) { s.grace = Duration(-1); }, "spec.grace: found -1 ms; 0 to 100 years would be right"},
      {[](auto& s) { s.warning.signal = 65; }, "spec.warning.signal: found 65; a whole number from 1 to 64 would be right"},
      {[](auto& s) { s.saves_every = Duration{-1}; }, "spec.saves_every: found -1 ms; 0 to 100 years would be right"},
      {[](auto& s) { s.retries = -1; }, "spec.retries: found -1; a whole number from 0 to 2147483647 would be right"},
      {[](auto& s) { s.array.indices = {1, 1}; }, "spec.array.indices: found 1 at place 1; rising numbers from 0 up would be right"},
      {[](auto& s) { s.array.indices = {-1}; }, "spec.array.indices: found -1 at place 0; rising numbers from 0 up would be right"},
      {[](auto& s) { s.array.indices.assign(100'001, 0); }, "spec.array.indices: found 100001 of them; at most 100000 would be right"},
      {[](auto& s) { s.after = {{JobId{0}, {}}}; }, "spec.after: found 0; a whole number from 1 to 2147483647 would be right"},
      {[](auto& s) { s.name = "a\nb"; }, "spec.name: found \"a\\nb\"; up to 256 bytes of UTF-8 without control characters would be right"},
      {[](auto& s) { s.project = ""; }, "spec.project: found \"\"; a name such as default would be right"},
      {[](auto& s) { s.script.assign((1 << 20) + 1, 'x'); }, "spec.script: found 1048577 bytes; at most 1048576 would be right"},
      {[](auto& s) { s.env = {{"A=B", "1"}}; }, "spec.env: found \"A=B\"; names without = or a byte of zero would be right"},
      {[](auto& s) { s.env = {{"A", std::string(2 << 20, 'x')}}; }, "spec.env: found 2097155 bytes; at most 1048576 would be right"},
      // clang-format on
  };
  for (const Row& row : rows) {
    model::JobSpec spec = good_spec();
    row.spoil(spec);
    const Status passed = validate(spec);
    EXPECT_EQ(passed ? "taken" : passed.error().message, row.told);
  }
}

RC_GTEST_PROP(Forms, AnySpecCrossesTheSocketAndIsTakenOrRefusedInUtf8, (std::uint64_t seed)) {
  const SubmitForm form{"key", RandomValue(seed).of<model::JobSpec>()};
  const auto back = decode_submit(encode(form));
  RC_ASSERT(back && back->spec == form.spec);
  const Status passed = validate(form.spec);
  RC_ASSERT(passed || text::is_utf8(passed.error().message));
}

RC_GTEST_PROP(Forms, AnyJobAndAnyMachineIsShownAsJson, (std::uint64_t seed)) {
  RandomValue random(seed);
  const auto job = random.of<model::Job>();
  boost::system::error_code wrong;
  RC_ASSERT(boost::json::parse(jobs_json({job, job}, {}), wrong).is_object());
  RC_ASSERT(boost::json::parse(job_json(job, {}), wrong).is_object());
  RC_ASSERT(boost::json::parse(nodes_json(random.of<model::Cluster>()), wrong).is_object());
  RC_ASSERT(!wrong);
  RC_ASSERT(is_over(job.state) != ending_in_words(job).empty());
}

TEST(Errors, CrossTheSocketUnchanged) {
  for (const Errc code : {Errc::invalid, Errc::denied, Errc::not_found, Errc::conflict, Errc::exhausted,
                          Errc::unavailable, Errc::internal}) {
    const Error error{code, "line 1: \"x\"\n"};
    EXPECT_EQ(decode_error(http_status_of(code), error_json(error)), error);
  }
  EXPECT_EQ(error_json({Errc::invalid, "no"}), R"({"version":1,"error":{"code":"invalid","message":"no"}})");
  EXPECT_EQ(http_status_of(Errc::exhausted), 507);
  EXPECT_EQ(exit_code_of(Errc::invalid), 2);
  EXPECT_EQ(exit_code_of(Errc::unavailable), 125);
  EXPECT_EQ(exit_code_of(Errc::conflict), 1);
}

TEST(Errors, WhatIsNoFormGoesByItsStatus) {
  EXPECT_EQ(decode_error(503, "").code, Errc::unavailable);
  EXPECT_EQ(decode_error(413, "too large"),
            (Error{Errc::invalid, "the server answered with status 413 and \"too large\""}));
  EXPECT_EQ(decode_error(502, "<html>").code, Errc::internal);
  EXPECT_EQ(decode_error(404, R"({"version":9,"error":{"code":"new","message":"gone","more":1}})"),
            (Error{Errc::not_found, "gone"}));
}

}  // namespace
}  // namespace busbar::wire
