// SPDX-License-Identifier: Apache-2.0
// published.cpp: policies that others published and that ours is measured against, by the formulas of the
// artifact of Weng et al. (USENIX ATC'23). Whole numbers stand for their fractions.
#include <algorithm>

#include "sched/fit/policy.hpp"

namespace busbar::sched {
namespace {

constexpr std::int64_t largest_cpus = 128'000, largest_gpus = 8'000;  // of one node, in thousandths

/// Tetris (Grandl et al., SIGCOMM'14) turned round: the node whose free room is least alike to the task.
class DotProduct final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    const std::int64_t cpus = node.cpus * ask.cpus * 1000 / largest_cpus / largest_cpus;
    const std::int64_t gpus = node.free_milli * ask.milli() * 1000 / largest_gpus / largest_gpus;
    return {-(cpus + gpus) / 20, tightest_device(node, ask.share)};  // in percent
  }
};

/// GPU packing (MLaaS, Weng et al., NSDI'22): shared devices first, then free ones of nodes in use, last idle
/// nodes.
class Packing final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    const int device = tightest_device(node, ask.share);
    if (ask.milli() == 0) return {0, device};
    if (node.whole == node.devices) return {std::max(33 - node.whole, node.whole), device};
    const bool opens = ask.whole > 0 || node.milli[device] == 1000;
    if (opens) return {std::max(50 - std::max(ask.whole, 1), 33), device};
    return {std::max<std::int64_t>(100 - node.milli[device] / 100, 50), device};
  }
};

/// GPU clustering (Gandiva's affinity, Xiao et al., OSDI'18): beside tasks that ask for as many devices.
class Clustering final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    const int device = tightest_device(node, ask.share);
    if (ask.milli() == 0) return {0, device};
    const TasksByDevices& tasks = *node.tasks;
    const auto kinds = std::ranges::count_if(tasks, [](int count) { return count > 0; });
    const bool alike = tasks[group_of(ask)] > 0;
    const std::int64_t quarter = alike ? (kinds == 1 ? 75 : 50) : (kinds == 0 ? 25 : 0);
    return {quarter + 25 * (largest_gpus - node.free_milli) / largest_gpus, device};
  }

 private:
  static std::size_t group_of(const Ask& ask) { return group_by_devices(ask.whole, ask.share > 0); }
};

}  // namespace

PolicyMade dot_product() { return std::make_shared<const DotProduct>(); }
PolicyMade packing() { return std::make_shared<const Packing>(); }
PolicyMade clustering() { return std::make_shared<const Clustering>(); }

}  // namespace busbar::sched
