// SPDX-License-Identifier: Apache-2.0
// picture_test.hpp: worlds as text, so that a test reads as the rule it checks.
//
//   nodes  "1:4g 2:8c16m@A100"  node 1 has 4 devices; node 2 has 8 CPUs, 16 GiB, devices of model A100.
//          g devices (else none), c CPUs (64), m memory in GiB (256), v GiB of a device (80), @ model (H100),
//          d disk in GiB (0), l so many devices side by side are linked
//   jobs   "1:2g 2:.5g1c!~ben"  job 1 wants 2 devices; job 2 half a device and a CPU, goes first, is ben's.
//          g c m v d @ as above (CPUs: 0.001), x tasks, n nodes, t time limit in seconds, k grace (0), !
//          priority one up (each), _ one down, ~ user (ana), / project, > waits for that job, a array of so
//          many, % of which so many may run at once, r retries, ^ may be preempted, w saves when told that
//          many seconds ahead, s saves by itself every so many seconds; # label of a node, or that a job
//          wants; = only on that node, * alone, p at most so many tasks on a node; b begins, l deadline in
//          seconds since the beginning, h held
//   told   "1>2(0,1) 3>1+1+2"   job 1 goes to node 2 and holds devices 0 and 1; job 3 is a gang of three
//   tasks; "2>1?" on lent CPUs, and "2=" holds them itself from now on; "7^9" job 7 is stopped for job 9,
//   "7^^9" for its share, "7^fail9" because job 9 lost its machine, "7~9" it is moved for it, "7^drain" it
//   leaves its machine, "7^lent" it gives back CPUs that it borrowed
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sched/scheduler.hpp"

namespace busbar::sched::picture {

class World {
 public:
  /// Tasks go by best fit unless said otherwise: its places are easy to foresee.
  explicit World(const std::string& nodes, model::Rules::Fit fit = model::Rules::Fit::best);

  void join(const std::string& nodes);
  void leave(int node);
  /// It goes, and everything that ran there is lost.
  void fail(int node);
  /// Ids are given out in turn, and must be as drawn.
  void submit(const std::string& jobs);
  void submit(model::JobSpec spec, const std::string& user);
  void stop(int job);
  /// Decides, folds the decision and lets what was launched start. Gives what was told.
  std::string step(std::size_t work = 1000);
  /// Everything that lives of a job ends, well or not.
  void finish(int job, int exit_code = 0, int foreign_port = 0);
  void wait(Duration span) { now += span; }
  void wait_seconds(int seconds) { now += std::chrono::seconds(seconds); }
  void set_half_life(Duration half_life);
  void set_rules(const model::Rules& rules);
  /// "a=4 b=2<6": project a is guaranteed 4 devices; b 2, and it may hold 6 at most.
  void set_shares(const std::string& shares);
  /// So many machines may fail.
  void set_spare(int machines);
  /// What was told to stop has gone.
  void gone(int job, int signal = SIGTERM);
  /// "1 3": these nodes, for that project ("": for maintenance), seconds since the beginning.
  void reserve(const std::string& nodes, const std::string& project, int from, int until);
  void hold(int job, bool end = false);
  void drain(int node, bool move = false);
  /// So many CPUs of what is held on the node may be lent.
  void idle(int node, double cpus, bool over = false);
  void set_preemption(const model::PreemptionRules& rules);

  /// Folds into `scheduler`; the state is audited, and the indexes compared with fresh ones, after each
  /// event.
  model::Changes fold(model::Event event);

  Scheduler scheduler;
  Instant now{std::chrono::hours(1)};

 private:
  Seq seq_;
};

/// Looks when the scheduler says that there would be something to see, and at nothing else. Gives what was
/// told, with the second of each: "=3" job 3 is over, "-3" it is being stopped.
std::string play(World& world);

/// One row of a table of rules: with these jobs running, launched all at once, what is told when those come.
struct Rule {
  const char* says;
  const char* nodes;
  const char* running;
  const char* waiting;
  const char* told;
};

std::string told(const model::Decided& decided, const model::Cluster& cluster);
/// Ids with blanks between.
std::string listed(const std::vector<JobId>& jobs);
/// A reason in one line: "busy gpus 2 of 1/4 fit 0/1 place 1/1 at 60 jobs 3", without what is not there.
std::string shown(const std::optional<model::Reason>& reason, Instant zero = Instant{std::chrono::hours(1)});

}  // namespace busbar::sched::picture
