// SPDX-License-Identifier: Apache-2.0
#include "model/story_test.hpp"

namespace busbar::model {
namespace {

JobSpec wanting(int tasks = 1, int retries = 0) {
  JobSpec spec;
  spec.tasks = tasks;
  spec.retries = retries;
  return spec;
}

TEST(Apply, HowAnAttemptEndsIsHowItsJobEnds) {
  struct Row {
    const char* says;
    Cause cause;
    int code;
    const char* state;
  };
  constexpr Row rows[] = {
      // clang-format off
      {"code 0 is success",               Cause::exited,        0,   "COMPLETED"},
      {"any other code is failure",       Cause::exited,        3,   "FAILED"},
      {"the limit of time",               Cause::timeout,       0,   "TIMEOUT"},
      {"the limit of memory",             Cause::out_of_memory, 137, "OUT_OF_MEMORY"},
      {"the machine went away",           Cause::lost,          0,   "NODE_FAIL"},
      {"it could not be started at all",  Cause::not_started,   0,   "BOOT_FAIL"},
      {"stopped from outside, code 0",    Cause::stopped,       0,   "CANCELLED"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story story;
    const auto id = story.submit(wanting());
    EXPECT_EQ(story.launch(id), "");
    EXPECT_EQ(story.state(id), "RUNNING");
    EXPECT_EQ(story.finish(id, row.code, row.cause), "");
    EXPECT_EQ(story.state(id), row.state);
    EXPECT_EQ(story.ended.at(id).exit_code, row.code);
    EXPECT_EQ(story.cluster.nodes.at(NodeId{1}).cpus_held, Cpus{});
  }
}

TEST(Apply, AFailureIsTriedAgainAsOftenAsAskedAndALimitIsNot) {
  Story story;
  const auto id = story.submit(wanting(1, 2));
  for (int run = 0; run < 2; ++run) {
    story.launch(id);
    story.finish(id, 1);
    EXPECT_EQ(story.state(id), "PENDING") << run;
  }
  story.launch(id);
  story.finish(id, 1);
  EXPECT_EQ(story.state(id), "FAILED");
  EXPECT_EQ(story.ended.at(id).restarts, 2);
  EXPECT_EQ(story.ended.at(id).tasks[0].attempts.size(), 3u);

  const auto late = story.submit(wanting(1, 2));
  story.launch(late);
  story.finish(late, 0, Cause::timeout);
  EXPECT_EQ(story.state(late), "TIMEOUT");
}

TEST(Apply, AGangStartsWholeAndFallsWhole) {
  Story story;
  const auto id = story.submit(wanting(2));
  Decided half = story.launch_of(id);
  half.launches.pop_back();
  EXPECT_NE(Story(story).tell(half).find("I4"), std::string::npos);

  EXPECT_EQ(story.launch(id), "");
  EXPECT_EQ(story.finish(id, 5, Cause::exited, 1), "");
  EXPECT_EQ(story.state(id), "RUNNING") << "its other task still lives";
  EXPECT_TRUE(story.cluster.jobs.at(JobId{id}).stopping);
  EXPECT_EQ(story.tell(Decided{.stops = {{JobId{id}, 0, 1}}}), "");
  EXPECT_EQ(story.finish(id, 143, Cause::stopped, 0), "");
  EXPECT_EQ(story.state(id), "FAILED");
  EXPECT_EQ(story.ended.at(id).exit_code, 5) << "the code of the task that failed first";
}

TEST(Apply, WhatWasAskedToStopIsCancelledUnlessItHadDoneItsWork) {
  Story story;
  const auto waiting = story.submit(wanting()), running = story.submit(wanting()),
             done = story.submit(wanting());
  EXPECT_EQ(story.tell(StopAsked{{}, JobId{waiting}, "by ada"}), "");
  EXPECT_EQ(story.state(waiting), "CANCELLED");
  story.launch(running, {}, 20000);
  story.launch(done, {}, 20001);
  story.tell(StopAsked{{}, JobId{running}, "by ada"});
  story.tell(StopAsked{{}, JobId{done}, "by ada"});
  story.finish(running, 143, Cause::stopped);
  story.finish(done, 0);
  EXPECT_EQ(story.state(running), "CANCELLED");
  EXPECT_EQ(story.ended.at(running).reason, "by ada");
  EXPECT_EQ(story.state(done), "COMPLETED");
}

TEST(Apply, AHeldJobStartsOnceItIsReleased) {
  const Principal ada{.user = "ada", .uid = 1}, root{.user = "root", .uid = 5, .admin = true};
  Story story;
  JobSpec held = wanting();
  held.hold = true;
  const auto id = story.submit(held);
  EXPECT_NE(Story(story).launch(id).find("I8"), std::string::npos);
  EXPECT_EQ(story.tell(HoldAsked{ada, JobId{id}, true}), "");
  const Job& job = story.cluster.jobs.at(JobId{id});
  EXPECT_EQ(job.eligible, story.cluster.now) << "it waits since it was released";
  EXPECT_EQ(story.tell(HoldAsked{root, JobId{id}, false}), "");
  EXPECT_EQ(job.hold, (Hold{"root", true}));
  EXPECT_EQ(story.tell(HoldAsked{root, JobId{id}, true}), "");
  EXPECT_EQ(story.launch(id), "");
  EXPECT_NE(story.tell(HoldAsked{ada, JobId{id}, false}).find("I8"), std::string::npos) << "it runs";
}

/// The story's clock goes by a second with each event; the machine joins at its second.
TEST(Apply, AMomentOfAJobComesNeitherEarlyNorTwice) {
  const auto second = [](int k) { return Instant(std::chrono::seconds(k)); };
  using What = TimeCame::What;
  Story story;
  JobSpec spec = wanting();
  spec.begin = second(5);
  spec.deadline = second(9);
  const auto id = story.submit(spec);  // 3
  const auto come = [&](What what) { return story.tell(TimeCame{what, JobId{id}}); };
  EXPECT_NE(Story(story).launch(id).find("I8"), std::string::npos) << "it has not begun";
  EXPECT_NE(Story(story).tell(TimeCame{What::begin, JobId{id}}).find("I8"), std::string::npos)
      << "4 is too early";
  story.submit(wanting());  // 4
  EXPECT_EQ(come(What::begin), "");
  EXPECT_EQ(story.cluster.jobs.at(JobId{id}).eligible, second(5));
  EXPECT_NE(Story(story).tell(TimeCame{What::begin, JobId{id}}).find("I8"), std::string::npos);
  EXPECT_EQ(story.launch(id), "");  // 6
  story.submit(wanting());          // 7
  EXPECT_NE(Story(story).tell(TimeCame{What::deadline, JobId{id}}).find("I8"), std::string::npos) << "8";
  story.submit(wanting());  // 8
  EXPECT_EQ(come(What::deadline), "");
  EXPECT_EQ(story.finish(id, 143, Cause::stopped), "");
  EXPECT_EQ(story.state(id), "DEADLINE");
  EXPECT_EQ(story.ended.at(id).exit_code, 143);
}

TEST(Apply, AJobEndsByItsDeadlineAsSoonAsItsLimitNoLongerFits) {
  struct Row {
    const char* says;
    int limit, deadline;  // seconds; it is submitted at 3
    int ends;             // the first second in which its time may have come; 0: it has none
  };
  constexpr Row rows[] = {
      {"without a deadline there is no such moment", 2, 0, 0},
      {"with a limit the last start is so long before it", 2, 8, 7},
      {"without one it is the deadline itself", 0, 6, 6},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story story;
    JobSpec spec = wanting(1, 3);
    spec.time_limit = std::chrono::seconds(row.limit);
    if (row.deadline > 0) spec.deadline = Instant(std::chrono::seconds(row.deadline));
    const auto id = story.submit(spec);
    for (int now = 4; now < 10; ++now) {
      const bool due = row.ends > 0 && now >= row.ends;
      Story other = story;
      EXPECT_EQ(other.tell(TimeCame{TimeCame::What::deadline, JobId{id}}) == "", due) << now;
      EXPECT_EQ(other.state(id), due ? "DEADLINE" : "PENDING");
      story.submit(wanting());
    }
  }
}

TEST(Apply, AReservedMachineIsForThoseItIsFor) {
  const auto second = [](int k) { return Instant(std::chrono::seconds(k)); };
  const auto made = [&](const char* name, int from, int until) {
    return ReservationMade{{.user = "root"},
                           {name, second(from), second(until), {NodeId{1}}, "nlp", "", "root"}};
  };
  Story story;
  EXPECT_EQ(story.tell(made("course", 20, 30)), "");
  EXPECT_NE(Story(story).tell(made("again", 29, 40)).find("I15"), std::string::npos) << "overlaps";
  EXPECT_EQ(Story(story).tell(made("then", 30, 40)), "");
  EXPECT_NE(Story(story).tell(ReservationEnded{{}, "course"}).find("I15"), std::string::npos)
      << "before its time";
  EXPECT_EQ(Story(story).tell(ReservationEnded{{.user = "root"}, "course"}), "");
  struct Row {
    const char* says;
    int limit, grace;
    const char* project;
    bool starts;
  };
  constexpr Row rows[] = {
      {"gone in time", 10, 5, "default", true},
      {"its grace is too long", 10, 6, "default", false},
      {"it may never go", 0, 0, "default", false},
      {"it is for this one", 0, 0, "nlp", true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story other = story;
    JobSpec spec = wanting();
    spec.project = row.project;
    spec.time_limit = std::chrono::seconds(row.limit);
    spec.grace = std::chrono::seconds(row.grace);
    const auto id = other.submit(spec);
    const std::string told = other.launch(id);  // at 5
    EXPECT_EQ(told == "", row.starts) << told;
  }
}

TEST(Apply, TheMachineKnowsADeadlineAsALimit) {
  Story story;
  JobSpec spec = wanting();
  spec.deadline = Instant(std::chrono::seconds(5));
  const auto id = story.submit(spec);  // 3
  story.launch(id);                    // 4
  EXPECT_EQ(story.finish(id, 0, Cause::timeout), "");
  EXPECT_EQ(story.state(id), "DEADLINE");
}

TEST(Apply, Dependencies) {
  struct Row {
    Dependency::When when;
    int code;
    const char* state;
  };
  constexpr Row rows[] = {
      {Dependency::When::ok, 0, "PENDING"},     {Dependency::When::ok, 1, "CANCELLED"},
      {Dependency::When::not_ok, 1, "PENDING"}, {Dependency::When::not_ok, 0, "CANCELLED"},
      {Dependency::When::any, 1, "PENDING"},    {Dependency::When::any, 0, "PENDING"},
  };
  for (const Row& row : rows) {
    Story story;
    const auto first = story.submit(wanting());
    const auto second = story.submit(wanting(), {{JobId{first}, row.when}});
    const auto third = story.submit(wanting(), {{JobId{second}, Dependency::When::ok}});
    EXPECT_NE(Story(story).launch(second), "") << "it must wait";
    story.launch(first);
    story.finish(first, row.code);
    EXPECT_EQ(story.state(second), row.state);
    EXPECT_EQ(story.state(third), row.state) << "what waits for a job that can never start can never start";
    EXPECT_TRUE(story.cluster.dependents.size() <= 1);
  }
}

TEST(Apply, AJobThatNamesAnotherTwiceWaitsForItOnce) {
  Story story;
  const auto first = story.submit(wanting(1, 1));
  const auto second = story.submit(
      wanting(), {{JobId{first}, Dependency::When::started}, {JobId{first}, Dependency::When::started}});
  story.launch(first);
  EXPECT_TRUE(story.cluster.jobs.at(JobId{second}).is_eligible());
  EXPECT_EQ(story.launch(second, {}, 20001), "");
  story.finish(second, 0);
  story.finish(first, 1);
  EXPECT_EQ(story.launch(first), "");  // starts again: nobody waits any more
  EXPECT_EQ(story.state(first), "RUNNING");
}

TEST(Apply, ADependencyOnAStartIsFulfilledByIt) {
  Story story;
  const auto first = story.submit(wanting());
  const auto second = story.submit(wanting(), {{JobId{first}, Dependency::When::started}});
  story.launch(first);
  EXPECT_TRUE(story.cluster.jobs.at(JobId{second}).is_eligible());
}

TEST(Apply, AnArrayIsAsManyJobsAsItHasIndicesAndKeepsToItsBound) {
  Story story;
  JobSpec spec;
  spec.array = {{3, 5, 9}, 1};
  const auto first = story.submit(spec);
  EXPECT_EQ(show_id(story.cluster.jobs.at(JobId{first + 2})), std::to_string(first) + "_9");
  EXPECT_EQ(story.launch(first, {}, 20000), "");
  EXPECT_NE(Story(story).launch(first + 1, {}, 20001), "") << "one at a time";
  story.finish(first, 0);
  EXPECT_EQ(story.launch(first + 1, {}, 20001), "");
}

TEST(Apply, APortTakenByAStrangerIsNobodysFault) {
  Story story;
  const auto id = story.submit(wanting());
  story.launch(id, {}, 20000);
  story.finish(id, 0, Cause::not_started, 0, 20000);
  EXPECT_EQ(story.state(id), "PENDING");
  EXPECT_EQ(story.cluster.jobs.at(JobId{id}).restarts, 0);
  EXPECT_TRUE(story.cluster.nodes.at(NodeId{1}).foreign_ports.contains(20000));
}

TEST(Apply, TheImpossibleIsRefusedByTheInvariantItBreaks) {
  const Holding device{DeviceId{1}, Share{1000}, GiB * 80};
  struct Row {
    const char* says;
    const char* invariant;
    std::function<std::string(Story&)> deed;
  };
  const Row rows[] = {
      {"launched twice", "I8",
       [](Story& s) {
         const auto id = s.submit({});
         s.launch(id);
         return s.launch(id);
       }},
      {"a device given twice", "I3",
       [&](Story& s) {
         s.launch(s.submit({}), {device}, 1);
         return s.launch(s.submit({}), {device}, 2);
       }},
      {"a port given twice", "I3",
       [](Story& s) {
         s.launch(s.submit({}), {}, 1);
         return s.launch(s.submit({}), {}, 1);
       }},
      {"too many CPUs", "I3",
       [](Story& s) {
         JobSpec spec;
         spec.each.cpus = Cpus{9000};
         return s.launch(s.submit(spec));
       }},
      {"too much memory", "I3",
       [](Story& s) {
         JobSpec spec;
         spec.each.memory = GiB * 17;
         return s.launch(s.submit(spec));
       }},
      {"an end without a beginning", "I8", [](Story& s) { return s.finish(s.submit({}), 0); }},
      {"ended twice", "I8",
       [](Story& s) {
         const auto id = s.submit({});
         s.launch(id);
         s.finish(id, 0);
         return s.finish(id, 0);
       }},
      {"a limit passed", "I14",
       [](Story& s) {
         Settings settings;
         settings.shares["default"] = {Share{1000}, Share{1500}};
         s.tell(SettingsChanged{settings});
         JobSpec spec;
         spec.each.gpus = whole_device;
         s.launch(s.submit(spec), {{DeviceId{1}, whole_device, {}}});
         return s.launch(s.submit(spec), {{DeviceId{2}, whole_device, {}}}, 20001);
       }},
      {"one stopped that holds its own", "I13",
       [](Story& s) {
         Settings settings;
         settings.shares["a"] = settings.shares["b"] = {whole_device, std::nullopt};
         s.tell(SettingsChanged{settings});
         JobSpec spec;
         spec.each.gpus = whole_device;
         spec.preemptible = true;
         spec.project = "a";
         const auto first = s.submit(spec);
         s.launch(first, {{DeviceId{1}, whole_device, {}}});
         spec.project = "b";
         Decided decided;
         decided.preempts.push_back({JobId{first}, Preemption::Why::share, JobId{s.submit(spec)}});
         return s.tell(decided);
       }},
      {"an id skipped", "I8",
       [](Story& s) { return s.tell(Submitted{{}, JobId{77}, "", std::make_shared<const JobSpec>(), {}}); }},
      {"a key accepted twice", "I9",
       [](Story& s) {
         s.submit({}, {}, "k");
         return s.tell(Submitted{{}, s.cluster.next_id, "k", std::make_shared<const JobSpec>(), {}});
       }},
      {"an old server writes", "I2",
       [](Story& s) {
         auto old = s.cluster;
         s.tell(Opened{});
         auto r =
             apply(s.cluster, Record{Seq{s.cluster.seq.value + 1}, old.epoch, s.cluster.now, ClockJumped{}});
         return r ? "" : r.error().message;
       }},
      {"time runs back", "I11",
       [](Story& s) {
         auto r = apply(s.cluster,
                        Record{Seq{s.cluster.seq.value + 1}, s.cluster.epoch, Instant{}, ClockJumped{}});
         return r ? "" : r.error().message;
       }},
      {"a record is missing", "I11",
       [](Story& s) {
         auto r = apply(s.cluster,
                        Record{Seq{s.cluster.seq.value + 2}, s.cluster.epoch, s.cluster.now, ClockJumped{}});
         return r ? "" : r.error().message;
       }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Story story;
    const std::string refused = row.deed(story);
    EXPECT_NE(refused.find(row.invariant), std::string::npos) << refused;
  }
}

TEST(May, TheQueueIsOpenAndTheWorkIsPrivate) {
  const Principal ada{.user = "ada", .uid = 1}, ben{.user = "ben", .uid = 2},
      root{.user = "root", .uid = 0, .admin = true};
  EXPECT_TRUE(may(ben, Verb::see, ada));
  EXPECT_FALSE(may(ben, Verb::read_output, ada));
  EXPECT_FALSE(may(ben, Verb::stop, ada));
  EXPECT_TRUE(may(ada, Verb::stop, ada));
  EXPECT_TRUE(may(root, Verb::stop, ada));
  EXPECT_FALSE(may(ada, Verb::administer, ada));
  EXPECT_FALSE(may({.tenant = "other", .user = "eve", .uid = 3}, Verb::see, ada));
}

}  // namespace
}  // namespace busbar::model
