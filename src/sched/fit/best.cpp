// SPDX-License-Identifier: Apache-2.0
#include "sched/fit/policy.hpp"

namespace busbar::sched {
namespace {

/// The node that is left with least: first what a share leaves of its device, so that none breaks into a
/// whole one while a started one has room; then whole devices, parts of devices, CPUs (docs/adr/0010).
class Best final : public Policy {
 public:
  Choice choose(const Look& node, const Ask& ask) const override {
    const int device = tightest_device(node, ask.share);
    std::int64_t left = 0, whole = node.whole - ask.whole;
    std::int64_t parts = node.free_milli - node.whole * std::int64_t{1000};
    if (device >= 0) {
      const bool fresh = node.milli[device] == node.kind->devices[static_cast<std::size_t>(device)].milli;
      left = node.milli[device] - ask.share;
      if (fresh) --whole;
      parts += fresh ? left : -ask.share;
    }
    // 10, 10, 17 and 26 bits: devices up to 1,023, CPUs up to 65,536 cores in milli.
    const std::int64_t rest = (((left << 10 | whole) << 17 | parts) << 26) + (node.cpus - ask.cpus);
    return {-rest, device};
  }
};

}  // namespace

PolicyMade best_fit() { return std::make_shared<const Best>(); }

}  // namespace busbar::sched
