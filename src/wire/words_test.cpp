// SPDX-License-Identifier: Apache-2.0
#include "wire/words.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace busbar::wire {
namespace {

using model::Reason;
using Kind = Reason::Kind;
using Scarce = Reason::Scarce;

constexpr Instant now{Duration(1'795'251'900'000)};  // 2026-11-21T09:05:00Z

struct Row {
  const char* says;
  Reason reason;
  const char* words;
  const char* advice;
};

Reason reason(Kind kind, Scarce scarce = Scarce::none, std::int64_t wanted = 0, std::int64_t most_free = 0,
              std::int64_t most_total = 0) {
  Reason made;
  made.kind = kind;
  made.scarce = scarce;
  made.wanted = wanted;
  made.most_free = most_free;
  made.most_total = most_total;
  return made;
}
template <class Change>
Reason with(Reason made, Change change) {
  change(made);
  return made;
}

Reason losing(std::vector<Reason::Loss> losses) {
  Reason made = reason(Kind::making_room);
  made.free_at = now + std::chrono::minutes(1);
  made.losses = std::move(losses);
  return made;
}
Reason over(Kind kind, std::vector<JobId> ahead) {
  Reason made = reason(kind);
  made.scarce = Scarce::gpus;
  made.wanted = 2000;
  made.held = 3000;
  made.most_total = 4000;
  made.project = "vision";
  made.jobs = std::move(ahead);
  return made;
}
Reason on_machines(const char* names) {
  Reason made = reason(Kind::drained);
  made.machines = names;
  return made;
}

TEST(Words, OfEveryReason) {
  const Row rows[] = {
      // clang-format off
      {"next", reason(Kind::next_in_turn), "fits now; starts with the next decision", ""},
      {"next of several", with(reason(Kind::next_in_turn), [](Reason& r) { r.place = 2; r.waiting = 5; }),
       "fits now; starts with the next decision; place 2 of 5 in the queue", ""},
      {"one dependency", with(reason(Kind::dependency), [](Reason& r) { r.jobs = {JobId{12}}; }), "waits for job 12", ""},
      {"many dependencies", with(reason(Kind::dependency), [](Reason& r) { for (int i = 1; i <= 9; ++i) r.jobs.push_back({i}); }),
       "waits for jobs 1, 2, 3, 4, 5 and 4 more", ""},
      {"no machine", reason(Kind::no_nodes), "no machine is up", "try: `busbar nodes`, which says what became of the machines"},
      {"too many GPUs", reason(Kind::none_that_large, Scarce::gpus, 8000, 0, 4000),
       "needs 8 GPUs on one machine; the most that a suitable machine has is 4", "try: -g 4, or --hold-for-nodes to queue it all the same"},
      {"too many of a model", with(reason(Kind::none_that_large, Scarce::gpus, 8000, 0, 4000), [](Reason& r) { r.gpu_model = "H100"; }),
       "needs 8 H100 GPUs on one machine; the most that a suitable machine has is 4", "try: -g 4:H100, or --hold-for-nodes to queue it all the same"},
      {"no such model", with(reason(Kind::none_that_large, Scarce::gpus, 1000, 0, 0), [](Reason& r) { r.gpu_model = "B200"; }),
       "needs 1 B200 GPU; no machine has such a GPU", "try: a GPU that `busbar nodes` lists, or --hold-for-nodes to queue it all the same"},
      {"too much GPU memory", reason(Kind::none_that_large, Scarce::gpu_memory, (GiB * 96).count, 0, (GiB * 80).count),
       "needs a GPU with 96 GiB of memory; the largest has 80 GiB", "try: --gpu-memory 80GiB, or --hold-for-nodes to queue it all the same"},
      {"too many CPUs", reason(Kind::none_that_large, Scarce::cpus, 32'000, 0, 16'000),
       "needs 32 CPUs on one machine; the most that a suitable machine has is 16", "try: --cpus 16, or --hold-for-nodes to queue it all the same"},
      {"too much memory: what is advised is never above what there is",
       reason(Kind::none_that_large, Scarce::memory, (GiB * 64).count, 0, (GiB * 16).count - 1),
       "needs 64 GiB of memory on one machine; the most that a suitable machine has is 15.99 GiB",
       "try: --mem 15.99GiB, or --hold-for-nodes to queue it all the same"},
      {"a gang too large", with(reason(Kind::none_that_large, Scarce::gpus, 2000, 0, 4000), [](Reason& r) { r.tasks = 5; r.tasks_fit = 4; }),
       "4 of its 5 tasks would fit if all machines were empty; each task needs 2 GPUs on one machine; the most that a suitable machine has is 4",
       "try: --tasks 4, or --hold-for-nodes to queue it all the same"},
      {"too many nodes", with(reason(Kind::none_that_large, Scarce::nodes, 3, 0, 2), [](Reason& r) { r.tasks = r.tasks_fit = 3; }),
       "needs 3 machines, each with room for its part; there are 2", "try: --nodes 2, or --hold-for-nodes to queue it all the same"},
      {"too few on each", with(reason(Kind::none_that_large, Scarce::nodes, 3, 0, 2), [](Reason& r) { r.tasks = 3; r.tasks_fit = 2; r.per_node = 1; }),
       "needs 3 machines, each with room for its part; there are 2", "try: --tasks-per-node 2, or --hold-for-nodes to queue it all the same"},
      {"busy GPUs", with(reason(Kind::busy, Scarce::gpus, 2000, 1000, 2000), [](Reason& r) {
         r.jobs = {JobId{3}, JobId{4}}; r.free_at = now + std::chrono::minutes(12); r.place = 1; r.waiting = 3; }),
       "needs 2 GPUs on one machine; the most that is free is 1 of 2; in use by jobs 3 and 4; starts at the latest at "
       "09:17 UTC (in 12 min); place 1 of 3 in the queue", "try: -g 1, as many are free now"},
      {"busy for days", with(reason(Kind::busy, Scarce::cpus, 4000, 500, 8000), [](Reason& r) { r.free_at = now + std::chrono::hours(50); }),
       "needs 4 CPUs on one machine; the most that is free is 0.5 of 8; starts at the latest at 2026-11-23 11:05 UTC (in 2 d 2 h)", ""},
      {"a share", reason(Kind::busy, Scarce::gpus, 500, 300, 1000), "needs 0.5 of a GPU on one machine; the most that is free is 0.3 of 1", ""},
      {"memory", reason(Kind::busy, Scarce::memory, (GiB * 8).count, (GiB * 4).count, (GiB * 16).count),
       "needs 8 GiB of memory on one machine; the most that is free is 4 GiB of 16 GiB", ""},
      {"part of a gang", with(reason(Kind::busy, Scarce::gpus, 1000, 0, 4000), [](Reason& r) { r.tasks = 4; r.tasks_fit = 3; }),
       "3 of its 4 tasks would fit now; each task needs 1 GPU on one machine; the most that is free is 0 of 4", ""},
      {"nodes", with(reason(Kind::busy, Scarce::nodes, 2, 1, 2), [](Reason& r) { r.tasks = 2; r.tasks_fit = 1; }),
       "needs 2 machines, each with room for its part; free are 1 of 2", ""},
      {"ports", reason(Kind::busy, Scarce::ports, 1), "needs a free port for MASTER_PORT; every port of a suitable machine is taken", ""},
      {"just now", with(reason(Kind::busy, Scarce::cpus, 1000, 0, 1000), [](Reason& r) { r.free_at = now; }),
       "needs 1 CPU on one machine; the most that is free is 0 of 1; starts any moment now", ""},
      {"behind", with(reason(Kind::behind), [](Reason& r) { r.jobs = {JobId{2}}; r.place = 2; r.waiting = 2; }),
       "would fit now, but would delay job 2, which is ahead and has its place reserved; place 2 of 2 in the queue",
       "try: a shorter --time, so that it ends before job 2 can start"},
      {"an array", reason(Kind::array_full, Scarce::none, 2, 0, 2),
       "2 elements of its array run, and its submitter allowed 2 at once", "try: a larger number behind the % of --array next time"},
      {"an array of one at a time", reason(Kind::array_full, Scarce::none, 1, 0, 1),
       "1 element of its array runs, and its submitter allowed 1 at once", "try: a larger number behind the % of --array next time"},
      {"making room", losing({{JobId{7}, std::chrono::minutes(12), Share{2000}, false}}),
       "room is being made for it; starts at the latest at 09:06 UTC (in 1 min), by stopping job 7 (loses at most 12 min x 2 GPUs)", ""},
      {"making room of several", losing({{JobId{7}, Duration{0}, Share{1000}, true}, {JobId{8}, std::chrono::minutes(1), Share{1000}, false}, {JobId{9}, std::chrono::minutes(1), Share{0}, false}}),
       "room is being made for it; starts at the latest at 09:06 UTC (in 1 min), by stopping job 7 (saves first), job 8 (loses at most 1 min x 1 GPU), job 9 (loses at most 1 min)", ""},
      {"drained", on_machines("box (new fan)"), "would fit box (new fan): an administrator lets nothing new start there", "try: `busbar nodes`, which says who drains them"},
      {"over its limit", over(Kind::over_limit, {}), "needs 2 GPUs; project \"vision\" holds 3 of the 4 that it may hold at most", "see: `busbar usage`, which says what each project holds"},
      {"behind one that is", over(Kind::over_limit, {JobId{7}}), "waits behind job 7 of its project, which needs 2 GPUs; project \"vision\" holds 3 of the 4 that it may hold at most", "see: `busbar usage`, which says what each project holds"},
      {"over its share", over(Kind::over_share, {}), "needs 2 GPUs; project \"vision\" holds 3 and is guaranteed 4; more is lent only to jobs that may be stopped (--preemptible)", "try: --preemptible, which lets it borrow what others leave idle"},
      {"held", with(reason(Kind::held), [](Reason& r) { r.hold = {"ada", false}; r.jobs = {JobId{7}}; }), "held by ada", "try: busbar release 7"},
      {"held by an administrator", with(reason(Kind::held), [](Reason& r) { r.hold = {"root", true}; r.jobs = {JobId{7}}; }),
       "held by root; only an administrator releases it", ""},
      {"early", with(reason(Kind::early), [](Reason& r) { r.begins = now + std::chrono::hours(3); }), "begins at 12:05 UTC (in 3 h) at the earliest", ""},
      {"with a deadline", with(reason(Kind::next_in_turn), [](Reason& r) { r.last_start = now + std::chrono::hours(1); }),
       "fits now; starts with the next decision; starts by 10:05 UTC (in 1 h), or ends as DEADLINE", ""},
      {"reserved now", with(on_machines("box"), [](Reason& r) { r.kind = Kind::reserved;
         r.reservation = model::Reservation{"course", now, now + std::chrono::hours(2), {}, "nlp", "", "root"}; r.free_at = now + std::chrono::hours(2); }),
       "would fit box, reserved for project nlp (\"course\") until 11:05 UTC (in 2 h); starts at the latest at 11:05 UTC (in 2 h)",
       "try: a --time that ends it before then, or see `busbar reservations`"},
      {"reserved later", with(on_machines("box"), [](Reason& r) { r.kind = Kind::reserved;
         r.reservation = model::Reservation{"fans", now + std::chrono::hours(1), now + std::chrono::hours(2), {}, "", "", "root"}; }),
       "would fit box, reserved for maintenance (\"fans\") from 10:05 UTC (in 1 h): it might still be there then",
       "try: a --time that ends it before then, or see `busbar reservations`"},
      {"stopping", reason(Kind::stopping), "its former run is still being stopped", ""},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(in_words(row.reason, now), row.words);
    EXPECT_EQ(advice(row.reason), row.advice);
  }
}

TEST(Words, LossesAsJson) {
  EXPECT_NE(encode(losing({{JobId{7}, Duration{5}, Share{2000}, true}}), now)
                .find(R"("losses":[{"job":7,"lost_ms":5,"gpu_milli":2000,"saves":true}])"),
            std::string::npos);
}

TEST(Words, AsJson) {
  Reason busy = reason(Kind::busy, Scarce::gpus, 2000, 1000, 2000);
  busy.gpu_model = "H\"1";
  busy.jobs = {JobId{3}};
  busy.free_at = now;
  EXPECT_EQ(
      encode(busy, now),
      R"({"kind":"busy","scarce":"gpus","wanted":2000,"most_free":1000,"most_total":2000,"gpu_model":"H\"1",)"
      R"("tasks":1,"tasks_fit":0,"place":0,"waiting":0,"free_at":"2026-11-21T09:05:00.000Z","jobs":[3],)"
      R"("words":"needs 2 H\"1 GPUs on one machine; the most that is free is 1 of 2; in use by job 3; starts )"
      R"(any moment now","advice":"try: -g 1:H\"1, as many are free now"})");
}

TEST(Words, WhatIsQueuedIsNotAdvisedToBeQueued) {
  const std::string told = encode(reason(Kind::none_that_large, Scarce::gpus, 4000, 0, 2000), now);
  EXPECT_NE(told.find("\"try: -g 2, or wait for a machine that is large enough\""), std::string::npos)
      << told;
}

TEST(Words, OfEveryEnding) {
  using model::JobState;
  const auto told = [](JobState state, int exit_code = 0, int signal = 0, const char* why = "") {
    auto spec = std::make_shared<model::JobSpec>();
    spec->time_limit = std::chrono::minutes(10);
    spec->each.memory = MiB * 64;
    model::Job job;
    job.spec = spec;
    job.state = state;
    job.exit_code = exit_code;
    job.signal = signal;
    job.reason = why;
    return ending_in_words(job);
  };
  EXPECT_EQ(told(JobState::pending), "");
  EXPECT_EQ(told(JobState::running), "");
  EXPECT_EQ(told(JobState::completed), "it ended well");
  EXPECT_EQ(told(JobState::failed, 3), "it ended with exit code 3");
  EXPECT_EQ(told(JobState::failed, 0, 11), "killed by SIGSEGV (signal 11)");
  EXPECT_EQ(told(JobState::failed, 0, 50), "killed by signal 50");
  EXPECT_EQ(told(JobState::failed, 1, 0, "task 2 ended first"),
            "it ended with exit code 1: task 2 ended first");
  EXPECT_EQ(told(JobState::cancelled, 0, 15, "by ada"), "by ada");
  EXPECT_EQ(told(JobState::timeout), "over its time limit of 10 min");
  EXPECT_EQ(told(JobState::out_of_memory), "over its memory limit of 64 MiB");
  EXPECT_EQ(told(JobState::boot_fail, 0, 0, "no such program"), "it could not be started: no such program");
  EXPECT_EQ(ending_in_words(model::Job{}), "");
}

}  // namespace
}  // namespace busbar::wire
