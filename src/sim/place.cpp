// SPDX-License-Identifier: Apache-2.0
#include "sim/place.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/chance.hpp"
#include "base/check.hpp"
#include "sim/world.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t first_level = 90, level_step = 10;

Share gpus_of(const std::vector<model::NodeFacts>& nodes) {
  Share all;
  for (const model::NodeFacts& node : nodes)
    for (const model::Device& device : node.devices) all += device.compute;
  return all;
}

std::shared_ptr<const model::JobSpec> spec_of(const Pod& pod, bool movable) {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = pod.name;
  spec->each = pod.needs;
  spec->preemptible = movable;
  if (movable) {  // it saves and goes in no time
    spec->warning = {SIGUSR1, Duration{0}, true};
    spec->grace = Duration{0};
  }
  return spec;
}

/// The method of FGD as it was published knows the whole list from the beginning. Ours learns as it goes.
model::Workload all_of(const std::vector<Pod>& pods) {
  model::Workload known;
  for (const Pod& pod : pods)
    ++known.learned[{pod.needs.gpus, pod.needs.cpus, pod.needs.memory, pod.needs.gpu_model}];
  known.learn_at = std::numeric_limits<std::int64_t>::max();
  return known;
}

/// One run: a World, and who notes what it does.
class Run final : public Observer {
 public:
  Run(const Experiment& experiment, std::uint64_t seed, const std::function<void(const Placement&)>& told)
      : experiment_(experiment),
        told_(told),
        order_(arrivals(experiment, seed)),
        world_(options(experiment, seed)) {
    outcome_.capacity = gpus_of(experiment.nodes);
    const std::int64_t last = experiment.load_milli / 10;
    for (std::int64_t percent = first_level; percent < last; percent += level_step) due_.push_back(percent);
    due_.push_back(last);
    for (std::size_t k = 0; k < experiment.nodes.size(); ++k) {
      model::NodeFacts node = experiment.nodes[k];
      node.id = NodeId{std::int64_t(k) + 1};
      for (std::size_t device = 0; device < node.devices.size(); ++device) {
        node.devices[device].index = int(device);
        node.devices[device].id = DeviceId{std::int64_t(device) + 1};
      }
      world_.add(std::move(node));
    }
    for (const Pod& pod : experiment.pods) specs_.push_back(spec_of(pod, experiment.move_milli > 0));
    world_.watch(*this);
  }

  Outcome run() {
    world_.arrive([this] { return next(); });
    while (settled_ < order_.size() && world_.step()) {
      if (arrived_ > settled_) settle();
    }
    // The last is never quite reached: one pod more would go beyond it. Of few and large pods, more than one
    // is not.
    for (const Placement& placement : placements_) told_(placement);
    count_holes();
    for (const std::int64_t percent : due_) outcome_.levels.push_back({percent, allocated_});
    return std::move(outcome_);
  }

  void answered(const Arrival& arrival, const control::Answer& answer) override {
    ++arrived_;
    placements_.push_back({std::size_t(arrival.tag), std::nullopt, {}});
    job_ = answer ? answer->first : JobId{};  // refused: it could never fit
  }

  void launched(const model::Job& job) override {
    if (job.id == job_) places_.emplace(job.id, placements_.size() - 1);
    const auto known = places_.find(job.id);
    if (known == places_.end()) return;
    const model::Attempt& attempt = job.tasks.front().attempts.back();
    Placement& placement = placements_[known->second];
    outcome_.moved += placement.node ? 1 : 0;
    placement.node = std::size_t(attempt.node.value) - 1;
    placement.devices.clear();
    for (const model::Holding& holding : attempt.holdings) {
      placement.devices.push_back(int(holding.device.value) - 1);
      if (job.id == job_) allocated_ += holding.milli;
    }
  }

 private:
  static World::Options options(const Experiment& experiment, std::uint64_t seed) {
    World::Options options;
    options.settings.rules.order = model::Rules::Order::fifo;
    options.settings.rules.passing = model::Rules::Passing::none;
    options.settings.rules.fit = experiment.fit;
    options.settings.rules.tie_seed = seed;
    if (experiment.fit == model::Rules::Fit::fgd) options.known_work = all_of(experiment.pods);
    options.settings.preemption = {
        .min_run = Duration{0}, .restart = Duration{0}, .moves = experiment.move_milli};
    options.launch_takes = pace;  // told with the next arrival: one step for each pod
    return options;
  }

  std::optional<Arrival> next() {
    if (given_ == order_.size()) return std::nullopt;
    const std::size_t pod = order_[given_++];
    Arrival arrival;
    arrival.at = last_ += pace;
    arrival.spec = specs_[pod];
    arrival.work.runs = for_ever;
    arrival.tag = std::int64_t(pod);
    return arrival;
  }

  /// The pod that came last has its place, or never will.
  void settle() {
    settled_ = arrived_;
    const Placement& placement = placements_.back();
    if (!placement.node) {
      ++outcome_.dropped;
      if (job_.value != 0)
        world_.command(world_.now() + pace, control::StopCommand{{}, job_, false, "dropped"});
    } else {
      ++outcome_.placed;
    }
    asked_ += experiment_.pods[placement.pod].needs.gpus;
    while (asked_.count * 100 >= next_percent_ * outcome_.capacity.count)
      outcome_.course.push_back({next_percent_++, allocated_});
    while (due_.size() > 1 && asked_.count * 100 >= due_.front() * outcome_.capacity.count) {
      outcome_.levels.push_back({due_.front(), allocated_});
      due_.erase(due_.begin());
    }
  }

  void count_holes() {
    for (const auto& [id, node] : world_.core().cluster().nodes) {
      for (const model::Device& device : node.facts.devices) {
        const auto held = node.held.find(device.id);
        const Share free = held == node.held.end() ? device.compute : device.compute - held->second.milli;
        const auto hole =
            std::ranges::find_if(hole_classes, [&](const HoleClass& of) { return free.count < of.below; });
        if (hole != hole_classes.end()) outcome_.holes[std::size_t(hole - hole_classes.begin())] += free;
      }
    }
  }

  static constexpr Duration pace{1}, for_ever = std::chrono::hours(24 * 365 * 100);

  const Experiment& experiment_;
  const std::function<void(const Placement&)>& told_;
  std::vector<std::size_t> order_;
  std::vector<std::shared_ptr<const model::JobSpec>> specs_;  // by pod
  World world_;
  std::size_t given_ = 0, arrived_ = 0, settled_ = 0;
  Instant last_{};                       // arrival
  std::vector<Placement> placements_;    // in order of arrival
  std::map<JobId, std::size_t> places_;  // of those that have one
  JobId job_;                            // its job
  Share asked_, allocated_;
  std::int64_t next_percent_ = 1;
  std::vector<std::int64_t> due_;  // levels yet to be reached
  Outcome outcome_;
};

}  // namespace

std::vector<std::size_t> arrivals(const Experiment& experiment, std::uint64_t seed) {
  Rng rng(seed);
  const std::size_t count = experiment.pods.size();
  std::vector<std::size_t> order(count);
  for (std::size_t k = 0; k < count; ++k) order[k] = k;
  for (std::size_t k = count; k > 1; --k) std::swap(order[k - 1], order[rng.below(k)]);  // Fisher and Yates

  const auto asks = [&](std::size_t pod) { return experiment.pods[pod].needs.gpus.count; };
  const std::int64_t target = gpus_of(experiment.nodes).count * experiment.load_milli / 1000;
  std::int64_t asked = 0;
  for (const std::size_t pod : order) asked += asks(pod);
  if (asked > target) {
    std::vector<bool> out(count);
    while (asked > target) {
      const std::size_t k = rng.below(count);
      if (out[k]) continue;
      out[k] = true;
      asked -= asks(order[k]);
    }
    std::size_t k = 0;
    std::erase_if(order, [&](std::size_t) { return bool(out[k++]); });
    return order;
  }
  for (;;) {
    const std::size_t pod = rng.below(count);
    if (asked + asks(pod) > target) return order;
    asked += asks(pod);
    order.push_back(pod);
  }
}

Figure figure_of(const std::vector<double>& values) {
  Figure figure;
  for (const double value : values) figure.mean += value / double(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - figure.mean) * (value - figure.mean);
  if (values.size() > 1) figure.deviation = std::sqrt(squares / double(values.size() - 1));
  return figure;
}

Figure allocated(const std::vector<Outcome>& outcomes, std::size_t level) {
  std::vector<double> percents;
  for (const Outcome& outcome : outcomes)
    percents.push_back(100.0 * double(outcome.levels[level].allocated.count) /
                       double(outcome.capacity.count));
  return figure_of(percents);
}

Result<NodeList> open_nodes(const std::string& path, bool lenient) {
  Result<Csv> csv = Csv::open(path);
  if (!csv) return csv.error();
  return read_nodes(std::move(*csv), lenient);
}

Result<PodList> open_pods(const std::string& path, bool lenient) {
  Result<Csv> csv = Csv::open(path);
  if (!csv) return csv.error();
  return read_pods(std::move(*csv), lenient);
}

Status check(const Experiment& experiment) {
  if (gpus_of(experiment.nodes) == Share{})
    return Error{Errc::invalid,
                 "none of the nodes has a GPU; this experiment measures how many are given out"};
  const auto asks = [](const Pod& pod) { return pod.needs.gpus > Share{}; };
  if (std::ranges::none_of(experiment.pods, asks))
    return Error{Errc::invalid,
                 "none of the pods asks for a GPU; this experiment measures how many are given out"};
  return Done{};
}

Outcome place(const Experiment& experiment, std::uint64_t seed,
              const std::function<void(const Placement&)>& told) {
  return Run(experiment, seed, told).run();
}

}  // namespace busbar::sim
