// SPDX-License-Identifier: Apache-2.0
// A world that begins from the state of another goes on as that one does.
#include <gtest/gtest.h>

#include "sim/story_test.hpp"

namespace busbar::sim {
namespace {

using namespace std::chrono_literals;

/// "3: 90-180 COMPLETED" for each job that ends.
struct Endings : Observer {
  void ended(const model::Job& job) override {
    told.push_back(std::to_string(job.id.value) + ": " + Story::seconds(job.started) + "-" +
                   Story::seconds(job.ended) + " " + model::name_of(job.state));
  }
  std::vector<std::string> told;
};

/// Its length in seconds stands in the job's name.
void by_name(const engine::LaunchOrder& order, Work& work) {
  work.runs = std::chrono::seconds(std::stoi(order.spec->name));
}

TEST(StandingWorld, GoesOnAsTheOneItWasCopiedFromDoes) {
  World::Options options;
  options.start = Story::at(0s);
  options.launch_takes = 2s;
  options.fate = by_name;
  World first(std::move(options));
  for (int node = 1; node <= 2; ++node) first.add(box(node, 2));
  std::deque<Arrival> waiting;
  for (const auto& [runs, tasks, limit] : std::vector<std::tuple<int, int, int>>{
           {90, 1, 0}, {300, 2, 200}, {40, 1, 0}, {60, 4, 0}, {30, 1, 20}, {70, 1, 0}, {500, 2, 0}}) {
    auto spec = std::make_shared<model::JobSpec>();
    spec->command = {"true"};
    spec->name = std::to_string(runs);
    spec->each.gpus = whole_device;
    spec->tasks = tasks;
    spec->time_limit = std::chrono::seconds(limit);
    waiting.push_back(
        {Story::at(5s * std::ssize(waiting)), {.user = "ada", .uid = 1, .gid = 1}, spec, {}, {}});
  }
  first.arrive([&waiting]() -> std::optional<Arrival> {
    if (waiting.empty()) return std::nullopt;
    Arrival next = std::move(waiting.front());
    waiting.pop_front();
    return next;
  });
  first.command(Story::at(50s),
                control::StopCommand{{.user = "ada", .uid = 1, .gid = 1}, JobId{6}, true, ""});

  Endings endings;
  first.watch(endings);
  struct Copy {
    std::shared_ptr<const model::Cluster> state;
    Instant at;
    std::size_t ended;
  };
  std::vector<Copy> copies;
  while (first.step()) {
    if (waiting.empty() && first.now() > Story::at(50s))
      copies.push_back(
          {std::make_shared<const model::Cluster>(first.core().cluster()), first.now(), endings.told.size()});
  }
  ASSERT_GT(copies.size(), 5u);
  for (const Copy& copy : copies) {
    SCOPED_TRACE("from second " + Story::seconds(copy.at));
    World::Options from;
    from.settings = copy.state->settings;
    from.start = copy.at;
    from.launch_takes = 2s;
    from.fate = by_name;
    from.journal = forgetful_journal(copy.state, {});
    from.standing = true;
    World second(std::move(from));
    Endings others;
    second.watch(others);
    while (second.step()) {
      const Status fine = second.audit();
      EXPECT_TRUE(fine) << fine.error().message;
    }
    // What was about to start when the copy was made takes its time anew, so ends may lie 2 s later.
    EXPECT_EQ(others.told.size() + copy.ended, endings.told.size());
    const auto rest = std::vector(endings.told.begin() + std::ptrdiff_t(copy.ended), endings.told.end());
    const bool launching = std::ranges::any_of(copy.state->jobs, [](const auto& entry) {
      return std::ranges::any_of(model::live_attempts(entry.second), [](const auto& live) {
        return live.second->state == model::Attempt::State::launching;
      });
    });
    if (!launching) {
      EXPECT_EQ(others.told, rest);
    }
  }
}

TEST(ForgetfulJournal, GoesOnFromAGivenStateAndKnowsWhatWasOverBefore) {
  auto state = std::make_shared<model::Cluster>();
  state->seq = Seq{7};
  state->epoch = Epoch{3};
  const auto journal = forgetful_journal(state, [](JobId id) -> Result<std::optional<model::Job>> {
    if (id != JobId{4}) return std::optional<model::Job>();
    model::Job job;
    job.id = id;
    job.state = model::JobState::failed;
    return std::optional(job);
  });
  EXPECT_EQ(*journal->last(), Seq{7});
  EXPECT_EQ((*journal->snapshot())->cluster, *state);
  EXPECT_EQ(*journal->raise_epoch(), Epoch{4});
  EXPECT_EQ((*journal->ended_job(JobId{4}))->state, model::JobState::failed);
  EXPECT_FALSE(journal->ended_job(JobId{5})->has_value());
}

}  // namespace
}  // namespace busbar::sim
