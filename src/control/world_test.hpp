// SPDX-License-Identifier: Apache-2.0
// world_test.hpp: a journal in memory, a machine of numbers and a clock that is one integer, for tests.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "control/core.hpp"

namespace busbar::control {

inline model::NodeFacts box(int gpus = 2) {
  model::NodeFacts facts;
  facts.id = NodeId{1};
  facts.name = "box";
  facts.boot_id = "first";
  facts.cpus = Cpus{4000};
  facts.memory = GiB * 16;
  for (int k = 0; k < gpus; ++k) {
    model::Device device;
    device.id = DeviceId{k + 1};
    device.index = k;
    device.memory = GiB * 80;
    facts.devices.push_back(device);
  }
  return facts;
}

inline model::Principal user(const char* name, std::uint32_t uid) {
  return {.user = name, .uid = uid, .gid = uid};
}

inline std::shared_ptr<const model::JobSpec> spec_of(int gpus = 0, int tasks = 1) {
  auto spec = std::make_shared<model::JobSpec>();
  spec->command = {"true"};
  spec->each.gpus = whole_device * gpus;
  spec->tasks = tasks;
  return spec;
}

/// One Core on a memory journal; every step is appended before its effects are looked at, as the loop does.
class World {
 public:
  World() : journal(store::memory_journal()) {
    open();
    step({}, {engine::Joined{box(), {}}});
  }

  void open() {
    const Result<Epoch> epoch = journal->raise_epoch();
    Result<Recovered> recovered = recover(*journal);
    EXPECT_TRUE(epoch && recovered);
    core = std::make_unique<Core>(std::move(*recovered), *journal, *epoch);
    epoch_ = *epoch;
    const Seq expected = core->cluster().seq;
    append(expected, core->open(now, settings));
  }

  Step step(const std::vector<Command>& commands, const std::vector<engine::News>& news = {}) {
    now += std::chrono::milliseconds(10);
    const Seq expected = core->cluster().seq;
    Step done = core->step(now, Duration{0}, commands, news);
    append(expected, done);
    return done;
  }

  Answer submit(std::shared_ptr<const model::JobSpec> spec, const std::string& key = "",
                const model::Principal& by = user("ada", 1)) {
    Step done = step({SubmitCommand{by, std::move(spec), key}});
    last = done;
    return done.answers.at(0);
  }

  Step finish(model::AttemptId attempt, int code = 0) {
    model::Finished finished{attempt, {}, 0};
    finished.ending.exit_code = code;
    return last = step({}, {finished});
  }

  template <class Kind>
  std::vector<Kind> orders(const Step& of) const {
    std::vector<Kind> found;
    for (const engine::Order& order : of.orders)
      if (const auto* kind = std::get_if<Kind>(&order)) found.push_back(*kind);
    return found;
  }

  model::Settings settings;  // of the next open()
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<Core> core;
  Step last;
  Instant now{std::chrono::hours(24 * 365 * 50)};

 private:
  void append(Seq expected, const Step& done) {
    if (done.batch.records.empty()) return;
    const Status written = journal->append(expected, epoch_, done.batch);
    EXPECT_TRUE(written) << written.error().message;
  }
  Epoch epoch_;
};

}  // namespace busbar::control
