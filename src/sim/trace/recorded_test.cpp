// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/recorded.hpp"

#include <gtest/gtest.h>

#include "sim/queue.hpp"
#include "sim/trace/told_test.hpp"
#include "sim/world.hpp"

namespace busbar::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Instant begin = *parse_moment("2026-03-02 09:00:00");

Arrival arrival(int minute, int gpus, int runs, const char* user) {
  auto spec = std::make_shared<model::JobSpec>();
  spec->command = {"true"};
  spec->project = "vision";
  spec->each.gpus = whole_device * gpus;
  spec->each.cpus = {1000};
  Arrival made;
  made.at = begin + minutes(minute);
  made.by = {.user = user, .uid = 7};
  made.spec = spec;
  made.work.runs = minutes(runs);
  return made;
}

TEST(Recorded, AJournalTellsItsJobsAndMachines) {
  World::Options options;
  options.start = begin;
  options.journal = store::memory_journal();
  World world(std::move(options));  // an hour of one machine of two GPUs
  model::NodeFacts box = (*parse_nodes("1x2:H100/16"))[0];
  box.id = NodeId{1};
  box.devices[0].id = DeviceId{1};
  box.devices[1].id = DeviceId{2};
  world.add(box);
  std::vector<Arrival> arrivals = {arrival(0, 2, 30, "ada"), arrival(5, 1, 10, "bob"),
                                   arrival(6, 1, 600, "bob")};
  auto array = std::make_shared<model::JobSpec>(*arrivals[1].spec);
  array->array.indices = {3, 5};
  arrivals[1].spec = array;
  std::size_t next = 0;
  world.arrive([&]() -> std::optional<Arrival> {
    return next < arrivals.size() ? std::optional(arrivals[next++]) : std::nullopt;
  });
  while (world.next() && *world.next() < begin + minutes(60)) world.step();

  const Result<std::unique_ptr<Trace>> trace = Recorded::read(world.journal(), "state");
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ((*trace)->machines().size(), 1u);
  EXPECT_EQ((*trace)->machines()[0].devices.size(), 2u);
  EXPECT_EQ(told(**trace),
            "1 2026-03-02 09:00:00 +0 ran 1800 1x2g1c ada/vision\n"
            "2 2026-03-02 09:05:00 +1500 ran 600 1x1g1c bob/vision\n"
            "3 2026-03-02 09:05:00 +1500 ran 600 1x1g1c bob/vision\n");
  EXPECT_EQ((*trace)->passed().still_running, 1);
}

TEST(Recorded, AJobIsTheOneThatRanInTheEnd) {
  model::Job job;
  job.id = JobId{7};
  job.submitted = begin;
  job.eligible = begin + seconds(5);  // it waited for another before
  EXPECT_FALSE(as_traced(job));       // it never ran

  model::Attempt first;
  first.launched = first.started = begin + seconds(10);
  first.ending.ran = seconds(100);
  job.tasks = {{{first}}, {{first}}};
  job.tasks[1].attempts[0].ending.ran = seconds(90);  // a gang is over when its last task is
  std::optional<TraceJob> traced = as_traced(job);
  ASSERT_TRUE(traced);
  EXPECT_EQ(traced->ran, seconds(100));
  EXPECT_EQ(traced->submitted, begin + seconds(5));
  EXPECT_EQ(traced->started, begin + seconds(10));

  model::Attempt second = first;
  second.launched = second.started = begin + seconds(500);
  second.ending.ran = seconds(30);
  for (model::Task& task : job.tasks) task.attempts.push_back(second);
  job.restarts = 1;
  job.eligible = begin + seconds(400);  // since it was put back
  traced = as_traced(job);
  ASSERT_TRUE(traced);
  EXPECT_EQ(traced->ran, seconds(30));
  EXPECT_EQ(traced->submitted, begin);
  EXPECT_EQ(traced->started, begin + seconds(10));
}

}  // namespace
}  // namespace busbar::sim
