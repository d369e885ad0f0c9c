// SPDX-License-Identifier: Apache-2.0
// CPUs on the real machine: who holds them gets them, whoever borrows gives way, and what each did is told.
// Ratios of what two tasks used in the same moments, never times.
#include <csignal>
#include <cstdio>

#include "engine/local/cgroup.hpp"
#include "engine/local/cpu_meter.hpp"
#include "engine/local/scene_test.hpp"

namespace busbar::engine {
namespace {

constexpr const char* spin = "while :; do :; done";
/// Of what somebody asked for and wants, while the machine's other work leaves it: this part at least.
constexpr double owed = 0.9;

bool lends_here() {
  const auto cgroups = Cgroups::find();
  if (!cgroups || !is_root()) return false;
  const std::string probe = "busbar-test-" + std::to_string(::getpid());
  const CgroupMeans means = cgroups->open(probe);
  cgroups->remove(probe);
  return means.cpu && means.cpu_use;
}

struct Lending {
  Scene scene;
  std::int64_t cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  std::vector<model::AttemptId> running;
  Lending() { scene.settings.lend_cpus = 50; }
  ~Lending() {  // a task outlives its engine, and would spin on
    while (!running.empty()) end(running.back());
  }
  void end(const model::AttemptId attempt) {
    std::erase(running, attempt);
    scene.stop(attempt);
    scene.finished(attempt);
  }

  model::AttemptId launch(const std::string& shell, std::int64_t milli, bool lent = false) {
    LaunchOrder order = scene.order(shell);
    scene.spec->each.cpus = Cpus{milli};
    order.lent = lent;
    const model::AttemptId attempt = scene.launch(order);
    running.push_back(attempt);
    EXPECT_GT(scene.started(attempt), 0);
    return attempt;
  }
  /// As many threads as there are CPUs, and so many more.
  model::AttemptId spinner(std::int64_t milli, bool lent = false, int more = 0) {
    std::string shell;
    for (std::int64_t k = 1; k < cpus + more; ++k) shell += "(" + std::string(spin) + ") & ";
    return launch(shell + spin, milli, lent);
  }
  std::string group_of(const model::AttemptId& attempt) const {
    struct stat about{};
    ::stat(scene.folder().c_str(), &about);
    return "busbar-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino) + "/" +
           model::show(attempt);
  }
  /// What an attempt's group has used so far, microseconds.
  std::int64_t used_so_far(const model::AttemptId& attempt) const {
    const auto used = Cgroups::find()->cpu_used(group_of(attempt));
    EXPECT_TRUE(used.has_value());
    return used.value_or(CpuUsed{}).us;
  }
  /// What `one` uses beside `other`, in parts of what it uses while that one stands still: a second each in
  /// turn, so that what else the machine does weighs on both alike.
  double kept_beside(const model::AttemptId& one, const model::AttemptId& other) const {
    constexpr int turns = 8;
    std::int64_t used[2] = {};
    for (int k = 0; k < 2 * turns; ++k) {
      const bool runs = k % 2 == 0;
      for (const std::int64_t thread : Cgroups::find()->threads(group_of(other)))
        ::kill(static_cast<pid_t>(thread), runs ? SIGCONT : SIGSTOP);
      const std::int64_t before = used_so_far(one);
      std::this_thread::sleep_for(1s);
      used[runs ? 0 : 1] += used_so_far(one) - before;
    }
    for (const std::int64_t thread : Cgroups::find()->threads(group_of(other)))
      ::kill(static_cast<pid_t>(thread), SIGCONT);
    return double(used[0]) / double(std::max<std::int64_t>(used[1], 1));
  }
  /// What the first uses of all that they use from now on for some seconds, and how much that all is.
  struct Part {
    double first = 0;
    std::int64_t all = 0;
  };
  Part part_of(const std::vector<model::AttemptId>& attempts) const {
    std::this_thread::sleep_for(500ms);  // until it is so
    Part part;
    std::vector<std::int64_t> before;
    for (const auto& attempt : attempts) before.push_back(used_so_far(attempt));
    std::this_thread::sleep_for(5s);
    std::int64_t first = 0;
    for (std::size_t k = 0; k < attempts.size(); ++k) {
      const std::int64_t used = used_so_far(attempts[k]) - before[k];
      if (k == 0) first = used;
      part.all += used;
    }
    part.first = part.all == 0 ? 0 : double(first) / double(part.all);
    return part;
  }
  /// The second sample from now on: the first began before.
  CpuUse sample() {
    CpuUse last;
    for (int k = 0; k < 2; ++k) {
      scene.forget_news();
      const auto use = scene.wait_for<CpuUse>([](const CpuUse&) { return true; });
      EXPECT_TRUE(use) << "no sample came";
      if (use) last = *use;
    }
    return last;
  }
};

TEST(Lending, WhoHoldsCpusGetsThemAndWhoBorrowsGivesWay) {
  if (!lends_here()) GTEST_SKIP() << "needs root and cgroups that weigh CPUs";
  Lending lab;
  ASSERT_TRUE(lab.scene.open());
  const auto borrower = lab.spinner(lab.cpus * 1000, true);
  EXPECT_GT(lab.part_of({borrower}).all, 0) << "it runs on what nobody wants";
  const auto owner = lab.spinner(lab.cpus * 1000);
  const double kept = lab.kept_beside(owner, borrower);
  std::printf("          beside the borrower the holder uses %.1f %% of what it uses without\n", kept * 100);
  EXPECT_GE(kept, owed);
  lab.end(owner);
  EXPECT_GT(lab.part_of({borrower}).all, 0) << "and again, when it wants them no more";
}

TEST(Lending, ABorrowerThatComesToHoldItsCpusCountsLikeAnyOther) {
  if (!lends_here()) GTEST_SKIP() << "needs root and cgroups that weigh CPUs";
  Lending lab;
  ASSERT_TRUE(lab.scene.open());
  const auto borrower = lab.spinner(lab.cpus * 1000, true), owner = lab.spinner(lab.cpus * 1000);
  const Cpus all{lab.cpus * 1000};
  lab.scene.tell(CpuOrder{borrower, Epoch{1}, NodeId{}, all, all, false});
  const auto equal = lab.part_of({owner, borrower});
  EXPECT_GT(equal.first, 0.4);
  EXPECT_LT(equal.first, 0.6);
  lab.end(owner);
  lab.scene.tell(CpuOrder{borrower, Epoch{1}, NodeId{}, Cpus{100}, Cpus{1000}, true});
  EXPECT_LT(lab.part_of({borrower}).all, 750'000)
      << "held to a tenth of a CPU, though the rest is idle: 500 ms in 5 s";
}

/// Both asked for one CPU; without limits and weights one of nine threads would get a ninth.
TEST(Lending, WhoSpinsMoreThreadsThanItAskedForDoesNotHurtItsNeighbour) {
  if (!lends_here()) GTEST_SKIP() << "needs root and cgroups that weigh CPUs";
  Lending lab;
  if (lab.cpus < 2) GTEST_SKIP() << "needs two CPUs";
  ASSERT_TRUE(lab.scene.open());
  const auto quiet = lab.launch(spin, 1000), greedy = lab.spinner(1000, false, 6);
  const auto both = lab.part_of({quiet, greedy});
  std::printf("          of %lld ms the neighbour used %.1f %%\n", static_cast<long long>(both.all / 1000),
              both.first * 100);
  EXPECT_GE(both.first, 0.4);
}

TEST(Lending, SaysWhatWasUsedAndForHowLongThreadsWaited) {
  if (!lends_here()) GTEST_SKIP() << "needs root and cgroups that weigh CPUs";
  Lending lab;
  ASSERT_TRUE(lab.scene.open());
  const auto one = lab.spinner(lab.cpus * 1000), other = lab.spinner(lab.cpus * 1000);
  const auto idle = lab.launch("sleep 1000", 1000);
  const CpuUse use = lab.sample();
  EXPECT_EQ(use.tasks.size(), 3u);
  for (const CpuUse::Task& task : use.tasks) {
    ASSERT_TRUE(task.used.has_value());
    if (task.attempt == idle) {
      EXPECT_LT(*task.used + task.waited, Cpus{50});
    } else {
      EXPECT_TRUE(task.attempt == one || task.attempt == other);
      EXPECT_GT(*task.used, Cpus{lab.cpus * 50});
      EXPECT_GT(task.waited, Cpus{lab.cpus * 300}) << "two threads for each CPU, and one of them waits";
    }
  }
}

TEST(Lending, NeedsControlGroups) {
  model::Settings settings;
  settings.lend_cpus = 50;
  EXPECT_EQ(bool(can_do(settings)), lends_here());
  settings.isolation = "plain";
  EXPECT_EQ(can_do(settings).error().message,
            "--lend-cpus: CPUs are lent by control groups, and with --isolation plain there are none");
  settings.lend_cpus = 0;
  EXPECT_TRUE(can_do(settings));
}

}  // namespace
}  // namespace busbar::engine
