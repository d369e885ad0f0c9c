// SPDX-License-Identifier: Apache-2.0
// fragmentation.cpp: fragmentation gradient descent (Weng et al., USENIX ATC'23), as its artifact computes
// it: a node's fragments are the devices that the typical task could not use, summed over typical tasks by
// how often they come; a task goes where they grow least. The score is the artifact's whole number from 0 to
// 100, whose many ties matter.
#include <algorithm>
#include <array>

#include "sched/fit/policy.hpp"

namespace busbar::sched {
namespace {

/// The logistic function passes k % at thresholds[k - 1] millionths: ln(k / (100 - k)).
constexpr std::array<std::int64_t, 99> thresholds = {
    -4595120, -3891820, -3476099, -3178054, -2944439, -2751535, -2586689, -2442347, -2313635, -2197225,
    -2090741, -1992430, -1900959, -1815290, -1734601, -1658228, -1585627, -1516347, -1450010, -1386294,
    -1324925, -1265666, -1208311, -1152680, -1098612, -1045969, -994623,  -944462,  -895384,  -847298,
    -800119,  -753772,  -708185,  -663294,  -619039,  -575364,  -532217,  -489548,  -447312,  -405465,
    -363965,  -322773,  -281851,  -241162,  -200671,  -160343,  -120144,  -80043,   -40005,   0,
    40005,    80043,    120144,   160343,   200671,   241162,   281851,   322773,   363965,   405465,
    447312,   489548,   532217,   575364,   619039,   663294,   708185,   753772,   800119,   847298,
    895384,   944462,   994623,   1045969,  1098612,  1152680,  1208311,  1265666,  1324925,  1386294,
    1450010,  1516347,  1585627,  1658228,  1734601,  1815290,  1900959,  1992430,  2090741,  2197225,
    2313635,  2442347,  2586689,  2751535,  2944439,  3178054,  3476099,  3891820,  4595120};

/// A kind of task, without its memory, which the method leaves out.
struct Typical {
  Share gpus;
  Cpus cpus;
  std::string gpu_model;
  auto operator<=>(const Typical&) const = default;
};

struct Weighed {
  std::int64_t count;
  int share, whole;
  std::int64_t cpus;
  std::vector<ModelKey> models;
};

/// The most frequent kinds that are 95 % of all tasks together.
std::vector<Weighed> typical_of(const Work& work) {
  std::map<Typical, std::int64_t> merged;
  std::int64_t all = 0;
  for (const auto& [want, count] : work) {
    merged[{want.gpus, want.cpus, want.gpu_model}] += count;
    all += count;
  }
  std::vector<std::pair<std::int64_t, Typical>> often;
  for (const auto& [typical, count] : merged) often.emplace_back(count, typical);
  std::ranges::sort(often, std::greater<>());
  std::vector<Weighed> chosen;
  std::int64_t covered = 0;
  for (const auto& [count, typical] : often) {
    if (covered * 100 >= all * 95) break;
    covered += count;
    const bool share = typical.gpus < whole_device;
    chosen.push_back({count, static_cast<int>(share ? typical.gpus.count : 0),
                      static_cast<int>(share ? 0 : (typical.gpus.count + 999) / 1000), typical.cpus.count,
                      model_keys(typical.gpu_model)});
  }
  return chosen;
}

/// What is free on a node, with or without one more task.
struct Free {
  const NodeType& kind;
  std::int64_t cpus, milli;
  std::vector<std::uint16_t> by_device;
};

class FragmentationGradient final : public Policy {
 public:
  explicit FragmentationGradient(const Work& known) : typical_(typical_of(known)) {
    for (const Weighed& task : typical_) weight_ += task.count;
  }

  Choice choose(const Look& node, const Ask& ask) const override {
    Free free{*node.kind, node.cpus, node.free_milli, {node.milli, node.milli + node.devices}};
    const std::int64_t before = fragments(free);
    free.cpus -= ask.cpus;
    free.milli -= ask.milli();
    if (ask.share == 0) {
      int left = ask.whole;
      for (std::size_t d = 0; left > 0; ++d) {
        if (!node.suits[d] || free.by_device[d] != 1000) continue;
        free.by_device[d] = 0;
        --left;
      }
      return {score(before - fragments(free)), -1};
    }
    Choice best{-1, -1};
    for (std::size_t d = 0; d < free.by_device.size(); ++d) {
      if (!node.suits[d] || free.by_device[d] < ask.share) continue;
      // Which of several devices with as much free it takes makes no difference: the first.
      if (std::find(node.milli, node.milli + d, node.milli[d]) != node.milli + d && all_suit(node)) continue;
      free.by_device[d] = static_cast<std::uint16_t>(free.by_device[d] - ask.share);
      const std::int64_t here = score(before - fragments(free));
      free.by_device[d] = static_cast<std::uint16_t>(free.by_device[d] + ask.share);
      if (here > best.score) best = {here, static_cast<int>(d)};
    }
    return best;
  }

 private:
  static bool all_suit(const Look& node) {
    return std::all_of(node.suits, node.suits + node.devices, [](std::uint8_t suits) { return suits != 0; });
  }

  std::int64_t score(std::int64_t fewer) const {
    // fewer / weight_ are thousandths of a device; the logistic function takes devices.
    const auto passed = [&](std::int64_t threshold) { return threshold * weight_ <= fewer * 1000; };
    return std::ranges::partition_point(thresholds, passed) - thresholds.begin();
  }

  /// In thousandths of a device, times weight_.
  std::int64_t fragments(const Free& free) const {
    if (free.milli == 0) return 0;
    std::int64_t sum = 0;
    for (const Weighed& task : typical_) sum += task.count * lost_to(free, task);
    return sum;
  }

  static std::int64_t lost_to(const Free& free, const Weighed& task) {
    const int least = task.whole > 0 ? 1000 : task.share, number = task.whole > 0 ? task.whole : 1;
    if (least == 0 || free.cpus < task.cpus) return free.milli;
    std::int64_t small = 0;
    int large = 0;
    for (std::size_t d = 0; d < free.by_device.size(); ++d) {
      if (!task.models.empty() && !std::ranges::binary_search(task.models, free.kind.devices[d].model))
        return free.milli;
      if (free.by_device[d] >= least) {
        ++large;
      } else {
        small += free.by_device[d];
      }
    }
    return large >= number ? small : free.milli;
  }

  std::vector<Weighed> typical_;
  std::int64_t weight_ = 0;
};

}  // namespace

PolicyMade fragmentation_gradient(const Work& known) {
  return std::make_shared<const FragmentationGradient>(known);
}

}  // namespace busbar::sched
