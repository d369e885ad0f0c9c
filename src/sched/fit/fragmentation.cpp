// SPDX-License-Identifier: Apache-2.0
// fragmentation.cpp: fragmentation gradient descent (Weng et al., USENIX ATC'23), as its artifact computes
// it: a node's fragments are the devices that the typical task could not use, summed over typical tasks by
// how often they come; a task goes where they grow least. The score is the artifact's whole number from 0 to
// 100, whose many ties matter.
#include <algorithm>
#include <array>
#include <limits>
#include <span>

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
  /// What it needs free of one device.
  int least() const { return whole > 0 ? 1000 : share; }
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

/// What of a node's devices one typical task could use: devices with enough free for it, and what is free of
/// the others.
struct Useful {
  int large = 0;
  std::int64_t small = 0;
  void add(std::uint16_t milli, int least) { milli >= least ? void(++large) : void(small += milli); }
  void remove(std::uint16_t milli, int least) { milli >= least ? void(--large) : void(small -= milli); }
};

class FragmentationGradient final : public Policy {
 public:
  explicit FragmentationGradient(const Work& known) : typical_(typical_of(known)) {
    for (const Weighed& task : typical_) weight_ += task.count;
  }

  Choice choose(const Look& node, const Ask& ask) const override {
    const std::span<const std::uint16_t> free(node.milli, static_cast<std::size_t>(node.devices));
    const std::vector<Useful> useful = useful_of(*node.kind, free);
    const std::int64_t before = fragments(useful, node.cpus, node.free_milli);
    const std::int64_t cpus = node.cpus - ask.cpus, milli = node.free_milli - ask.milli();
    std::vector<Useful> after = useful;
    const auto moves = [&](std::uint16_t from, std::uint16_t to) {
      for (std::size_t t = 0; t < typical_.size(); ++t) {
        after[t].remove(from, typical_[t].least());
        after[t].add(to, typical_[t].least());
      }
    };
    if (ask.share == 0) {
      int left = ask.whole;
      for (std::size_t d = 0; left > 0; ++d) {
        if (!node.suits[d] || free[d] != 1000) continue;
        moves(free[d], 0);
        --left;
      }
      return {score(before - fragments(after, cpus, milli)), -1};
    }
    Choice best{-1, -1};
    for (std::size_t d = 0; d < free.size(); ++d) {
      if (!node.suits[d] || free[d] < ask.share) continue;
      // Which of several devices with as much free it takes makes no difference: the first.
      if (std::ranges::find(free.first(d), free[d]) != free.begin() + std::ptrdiff_t(d) && all_suit(node))
        continue;
      const auto left = static_cast<std::uint16_t>(free[d] - ask.share);
      moves(free[d], left);
      const std::int64_t here = score(before - fragments(after, cpus, milli));
      moves(left, free[d]);
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

  /// By typical task. One that a device is of the wrong model for can use none of the node.
  std::vector<Useful> useful_of(const NodeType& kind, std::span<const std::uint16_t> free) const {
    std::vector<Useful> useful(typical_.size());
    for (std::size_t t = 0; t < typical_.size(); ++t) {
      const Weighed& task = typical_[t];
      for (const std::uint16_t milli : free) useful[t].add(milli, task.least());
      const bool suits = task.models.empty() || std::ranges::all_of(kind.devices, [&](const auto& device) {
                           return std::ranges::binary_search(task.models, device.model);
                         });
      if (!suits) useful[t].large = none;
    }
    return useful;
  }

  /// In thousandths of a device, times weight_.
  std::int64_t fragments(const std::vector<Useful>& useful, std::int64_t cpus, std::int64_t milli) const {
    if (milli == 0) return 0;
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < typical_.size(); ++t) {
      const Weighed& task = typical_[t];
      const bool fits = task.least() > 0 && task.cpus <= cpus && useful[t].large >= std::max(task.whole, 1);
      sum += task.count * (fits ? useful[t].small : milli);
    }
    return sum;
  }

  static constexpr int none = std::numeric_limits<int>::min() / 2;  // whatever is added, too few

  std::vector<Weighed> typical_;
  std::int64_t weight_ = 0;
};

}  // namespace

PolicyMade fragmentation_gradient(const Work& known) {
  return std::make_shared<const FragmentationGradient>(known);
}

}  // namespace busbar::sched
