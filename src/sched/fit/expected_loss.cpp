// SPDX-License-Identifier: Apache-2.0
// expected_loss.cpp: the default policy. A task goes where it makes the least expected loss of devices
// against the work that really arrives: what of the holes it leaves will stay empty (rehearsal.hpp), and what
// the CPUs it takes will no longer feed. Source: docs/adr/0021.
#include <algorithm>

#include "sched/fit/policy.hpp"
#include "sched/fit/rehearsal.hpp"

namespace busbar::sched {
namespace {

/// CPUs that the work takes for each whole device, in thousandths; 0: no such work, or it takes none.
struct Appetite {
  std::int64_t lean = 0, mean = 0;
};

/// Lean: one twentieth of the devices are asked for with no more CPUs than this. Weighed by devices.
Appetite appetite_of(const Work& work) {
  std::vector<std::pair<std::int64_t, std::int64_t>> ratios;  // CPUs for a device, devices
  std::int64_t devices = 0, cpus = 0;
  for (const auto& [want, count] : work) {
    const std::int64_t milli = want.gpus.count;
    if (milli <= 0) continue;
    ratios.emplace_back(want.cpus.count * 1000 / milli, milli * count);
    devices += milli * count;
    cpus += want.cpus.count * count;
  }
  if (devices == 0) return {};
  std::ranges::sort(ratios);
  std::int64_t passed = 0;
  Appetite appetite{0, (cpus / devices) * 1000 + cpus % devices * 1000 / devices};
  for (const auto& [ratio, milli] : ratios) {
    passed += milli;
    appetite.lean = ratio;
    if (passed * 20 >= devices) break;
  }
  return appetite;
}

/// Divides by a number that stays the same, by multiplication: a few times quicker, and exact.
class Divisor {
 public:
  explicit Divisor(std::int64_t by)
      : by_(by), inverse_(~std::uint64_t{0} / static_cast<std::uint64_t>(by) + 1) {}

  /// floor(number / by) for number >= 0. Below the bounds number * by < 2^64, by which the rounding of the
  /// inverse cannot reach the next whole number (Granlund and Montgomery, PLDI 1994).
  std::int64_t into(std::int64_t number) const {
    __extension__ using Wide = unsigned __int128;
    if (by_ == 1 || static_cast<std::uint64_t>(by_ | number) >= most) return number / by_;
    return static_cast<std::int64_t>((Wide{inverse_} * static_cast<std::uint64_t>(number)) >> 64);
  }

 private:
  static constexpr std::uint64_t most = std::uint64_t{1} << 32;
  std::int64_t by_;
  std::uint64_t inverse_;
};

class ExpectedLoss final : public Policy {
 public:
  explicit ExpectedLoss(const Work& known) : losses_(rehearse(demands_of(known))) {
    const Appetite appetite = appetite_of(known);
    for (const std::int64_t each : {appetite.lean, appetite.mean}) {
      if (each > 0) appetites_.emplace_back(each);
    }
  }

  Choice choose(const Look& node, const Ask& ask) const override {
    // A job without devices leaves machines that have some to others, of all that are as good.
    if (ask.milli() == 0)
      return {stranded_more(node, ask) * -steps - std::min<std::int64_t>(node.devices, steps - 1), -1};
    Choice choice;
    std::int64_t gain = ask.whole * std::int64_t{losses_[1000]};
    if (ask.share > 0) {
      for (int d = 0; d < node.devices; ++d) {
        if (!node.suits[d] || node.milli[d] < ask.share) continue;
        const std::int64_t here = std::int64_t{losses_[node.milli[d]]} -
                                  losses_[static_cast<std::size_t>(node.milli[d] - ask.share)];
        if (choice.device < 0 || here > gain) gain = here, choice.device = d;
      }
    }
    choice.score = ((gain >> 8) - stranded_more(node, ask)) * steps;
    return choice;
  }

 private:
  static constexpr std::int64_t steps = 64;  // finer than a thousandth of a device: for ties

  /// How much the task adds to what the node's CPUs cannot feed, in thousandths of a device. Two appetites
  /// count a quarter each: by the mean, nodes keep the CPUs that their devices will want; by the lean, the
  /// last CPUs of a node that has too few are kept for those who take least.
  std::int64_t stranded_more(const Look& node, const Ask& ask) const {
    std::int64_t more = 0;
    for (const Divisor& each : appetites_) {
      more += stranded(node.free_milli - ask.milli(), node.cpus - ask.cpus, each) -
              stranded(node.free_milli, node.cpus, each);
    }
    return more / 4;
  }
  static std::int64_t stranded(std::int64_t free_milli, std::int64_t cpus, const Divisor& each) {
    return std::max<std::int64_t>(free_milli - each.into(cpus * 1000), 0);
  }

  HoleLosses losses_;
  std::vector<Divisor> appetites_;
};

}  // namespace

PolicyMade least_expected_loss(const Work& known) { return std::make_shared<const ExpectedLoss>(known); }

}  // namespace busbar::sched
