// SPDX-License-Identifier: Apache-2.0
// steps.cpp: a fixed amount of the controller's work, for counting instructions (bench/instructions.py). No
// clock, no chance, no thread, no disk: two runs of one build execute the same instructions.
//   steps              the names of the parts
//   steps PART N       one part, N times
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "control/core.hpp"
#include "wire/codec.hpp"
#include "wire/forms.hpp"

namespace {

using namespace busbar;

void expect(bool well, const char* what) {
  if (well) return;
  std::fprintf(stderr, "steps: %s\n", what);
  std::exit(1);
}

std::shared_ptr<const model::JobSpec> spec() {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = "train";
  spec->workdir = "/home/ann/experiments/resnet";
  spec->command = {"python3", "train.py", "--epochs", "90"};
  for (int k = 0; k < 20; ++k)
    spec->env.emplace_back("VARIABLE_NUMBER_" + std::to_string(k),
                           "/usr/local/lib/some/path/to/a/place:" + std::to_string(k));
  return spec;
}

model::NodeFacts box(int id, int gpus) {
  model::NodeFacts box;
  box.id = NodeId{id};
  box.name = "box" + std::to_string(id);
  box.cpus = Cpus{4000};
  box.memory = GiB * 16;
  for (int k = 0; k < gpus; ++k) {
    model::Device device;
    device.id = DeviceId{id * 8 + k};
    device.index = k;
    device.model = "H100";
    device.memory = GiB * 80;
    box.devices.push_back(device);
  }
  return box;
}

/// A controller of one machine of four CPUs, or of a thousand with eight GPUs each, stepped by hand.
class World {
 public:
  explicit World(int machines = 1) {
    core_.open(now_, model::Settings{});
    for (int id = 1; id <= machines; ++id) step({}, {engine::Joined{box(id, machines > 1 ? 8 : 0), {}}});
  }
  control::Step step(const std::vector<control::Command>& commands, const std::vector<engine::News>& news) {
    now_ += Duration{10};
    return core_.step(now_, Duration{0}, commands, news);
  }
  control::Step submit() {
    const std::string key = "key-" + std::to_string(++submitted_);
    control::Step done = step({control::SubmitCommand{{.user = "ann", .uid = 1000}, spec_, key}}, {});
    expect(bool(done.answers.at(0)), "a submit was refused");
    return done;
  }
  /// Starts and ends what was launched; gives the step of the end, which launches the next.
  control::Step end(const control::Step& launched) {
    const auto* order = std::get_if<engine::LaunchOrder>(&launched.orders.back());
    expect(order != nullptr, "nothing was launched");
    step({}, {model::Started{order->attempt, 4711}});
    return step({}, {model::Finished{order->attempt, {}, 0}});
  }
  sched::Scheduler scheduler() const { return core_.scheduler(); }
  Instant now() const { return now_; }

 private:
  std::shared_ptr<const model::JobSpec> spec_ = spec();
  std::unique_ptr<store::Journal> journal_ = store::memory_journal();
  control::Core core_{{}, *journal_, Epoch{1}};
  Instant now_{std::chrono::hours(24 * 365 * 50)};
  int submitted_ = 0;
};

const std::map<std::string, std::function<void(int)>> parts = {
    {"submit",
     [](int n) {
       World world;
       for (int k = 0; k < n; ++k) world.submit();
     }},
    {"run",
     [](int n) {
       World world;
       for (int k = 0; k < n; ++k) world.end(world.submit());
     }},
    {"run on 1,000 machines",
     [](int n) {
       World world(1000);
       for (int k = 0; k < n; ++k) world.end(world.submit());
     }},
    {"drain",  // four at a time, the queue behind them
     [](int n) {
       World world;
       control::Step last = world.submit();
       for (int k = 1; k < n; ++k) world.submit();
       for (int k = 0; k + 4 < n; ++k) last = world.end(last);
     }},
    {"encode",
     [](int n) {
       model::Submitted event{{.user = "ann", .uid = 1000}, JobId{1}, "key", spec(), {}};
       std::size_t bytes = 0;
       for (int k = 0; k < n; ++k) bytes += wire::encode(model::Event(event)).size();
       expect(bytes > 0, "nothing was encoded");
     }},
    {"decode",
     [](int n) {
       const std::string body = wire::encode(
           model::Event(model::Submitted{{.user = "ann", .uid = 1000}, JobId{1}, "key", spec(), {}}));
       for (int k = 0; k < n; ++k)
         expect(bool(wire::decode_event("Submitted", wire::format_version, body)), "not decoded");
     }},
    {"read a submit",
     [](int n) {
       const std::string body = wire::encode(wire::SubmitForm{"key", *spec()});
       for (int k = 0; k < n; ++k) {
         const auto form = wire::decode_submit(body);
         expect(form && wire::validate(form->spec), "not read");
       }
     }},
    {"decide",  // 200 queued jobs, none of which can start
     [](int n) {
       World world;
       for (int k = 0; k < 204; ++k) world.submit();
       const sched::Scheduler scheduler = world.scheduler();
       for (int k = 0; k < n; ++k) expect(scheduler.decide(world.now()).launches.empty(), "one started");
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1)
    for (const auto& [name, part] : parts) std::puts(name.c_str());
  if (argc != 3) return argc == 1 ? 0 : 2;
  const auto part = parts.find(argv[1]);
  if (part == parts.end()) return 2;
  part->second(std::atoi(argv[2]));
}
