// SPDX-License-Identifier: Apache-2.0
#include "cli/render/job.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/render/settings.hpp"
#include "wire/forms.hpp"

namespace busbar::cli::render {
namespace {

/// As the server tells it: made by the very code that the server uses.
Detail detail_of(const model::Job& job) {
  auto detail = read_detail(wire::job_json(job, {{{NodeId{1}, "n1"}}, {{DeviceId{5}, 0}}}));
  EXPECT_TRUE(detail) << detail.error().message;
  return *detail;
}

model::Job plain_job() {
  ::setenv("TZ", "UTC", 1);
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = "train";
  spec->workdir = "/home/ada";
  spec->command = {"python", "train.py", "--title", "it's new"};
  model::Job job;
  job.id = JobId{7};
  job.owner.user = "ada";
  job.spec = spec;
  job.submitted = *parse_rfc3339("2026-11-21T09:00:00.000Z");
  return job;
}

TEST(Job, ShowsEverySettingAndWhichAreDefaults) {
  EXPECT_EQ(render::job(detail_of(plain_job()), Instant{}, {}),
            "job 7  train  PENDING since 2026-11-21 09:00:00\n"
            "  user            ada\n"
            "  project         default\n"
            "  submitted       2026-11-21 09:00:00\n"
            "settings\n"
            "  command         python train.py --title 'it'\\''s new'\n"
            "  workdir         /home/ada\n"
            "  gpus            none  (default)\n"
            "  gpu memory      any  (default)\n"
            "  cpus            1  (default)\n"
            "  memory          neither reserved nor limited  (default)\n"
            "  disk            none reserved  (default)\n"
            "  time limit      none  (default)\n"
            "  tasks           1  (default)\n"
            "  nodes           wherever they fit  (default)\n"
            "  machines        any  (default)\n"
            "  priority        0  (default)\n"
            "  retries         0  (default)\n"
            "  preemptible     no  (default)\n"
            "  saves every     not stated  (default)\n"
            "  held            no  (default)\n"
            "  begin           at once  (default)\n"
            "  deadline        none  (default)\n"
            "  array           no  (default)\n"
            "  after           nothing  (default)\n"
            "  signal          SIGUSR2, 1 min before the time limit, if the program handles it  (default)\n"
            "  grace           30 s  (default)\n"
            "  output          kept by the server alone  (default)\n"
            "  error           with the output  (default)\n"
            "  hold for nodes  no  (default)\n"
            "  slurm names     yes  (default)\n"
            "  environment     0 variables (see --json)\n");
}

TEST(Job, TasksTimesAndUseOfOneThatIsOver) {
  model::Job job = plain_job();
  auto spec = std::make_shared<model::JobSpec>(*job.spec);
  spec->each.gpus = Share{1000};
  spec->each.gpu_model = "H100";
  spec->each.cpus = Cpus{2000};
  spec->each.memory = GiB;
  spec->time_limit = std::chrono::hours(1);
  job.spec = spec;
  job.state = model::JobState::failed;
  job.exit_code = 3;
  job.started = job.submitted + std::chrono::minutes(1);
  job.ended = job.started + std::chrono::minutes(10);
  model::Attempt attempt;
  attempt.n = 2;
  attempt.node = NodeId{1};
  attempt.holdings = {{DeviceId{5}, Share{1000}, GiB}};
  attempt.state = model::Attempt::State::ended;
  attempt.pid = 4711;
  attempt.ending.exit_code = 3;
  job.tasks = {{{attempt}}};
  const std::string text = render::job(detail_of(job), job.ended + std::chrono::hours(5), {});
  EXPECT_EQ(text.substr(0, text.find("settings")),
            "job 7  train  FAILED at 2026-11-21 09:11:00\n"
            "  user            ada\n"
            "  project         default\n"
            "  ending          it ended with exit code 3\n"
            "  submitted       2026-11-21 09:00:00\n"
            "  started         2026-11-21 09:01:00\n"
            "  ended           2026-11-21 09:11:00\n"
            "  ran             10 min\n"
            "  held            20 min of CPU, 10 min of GPU\n");
  EXPECT_NE(
      text.find("  gpus            1 x H100\n  gpu memory      any  (default)\n  cpus            2\n  "
                "memory          1 GiB\n  disk            none reserved  (default)\n  time limit      1 h\n"),
      std::string::npos);
  EXPECT_EQ(text.substr(text.find("  TASK")),
            "  TASK  ATTEMPT  STATE    PID  NODE  GPUS  EXIT\n"
            "  0           2  FAILED  4711  n1    0     3\n");
}

TEST(Job, TellsWhenItWasStoppedForWhomAndWhatThatCost) {
  model::Job job = plain_job();
  const auto at = [&](int minutes) { return job.submitted + std::chrono::minutes(minutes); };
  using Why = model::Preemption::Why;
  job.preemptions = {{Why::priority, JobId{9}, 1, at(60), at(61), false, std::chrono::minutes(21)},
                     {Why::drain, {}, 2, at(120), at(121), true, std::chrono::minutes(1)},
                     {Why::balance, JobId{12}, 3, at(180), {}, false, Duration{0}}};
  const std::string text = render::job(detail_of(job), job.submitted, {});
  EXPECT_NE(text.find("  preempted       2026-11-21 10:00:00, for job 9, at most 21 min lost\n"
                      "  preempted       2026-11-21 11:00:00, its machine was drained, saved; 1 min lost\n"
                      "  preempted       2026-11-21 12:00:00, moved for job 12, is being stopped\n"),
            std::string::npos)
      << text;
}

TEST(Job, ShellWordsCanBeTyped) {
  EXPECT_EQ(shell_words({"echo", "a b", "", "x=1", "$HOME", "it's"}), "echo 'a b' '' x=1 '$HOME' 'it'\\''s'");
}

}  // namespace
}  // namespace busbar::cli::render
