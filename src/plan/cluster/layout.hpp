// SPDX-License-Identifier: Apache-2.0
// layout.hpp: what so many nodes come to in a room, laid out whole; limits are asked of it.
#pragma once
#include <cstdint>

#include "plan/cluster/rack.hpp"

namespace busbar::plan {

/// A node as it stands in a rack.
Placed placed(const estimate::NodeKind& kind);

/// Everything but limits.
class Layout {
 public:
  /// Keeps a reference to the question.
  Layout(const ClusterQuestion& question, const estimate::Feed& feed);

  /// 0: not even one goes into a rack.
  std::int64_t per_rack() const { return per_rack_; }
  /// Errors: those of networks_of. Cost: O(nodes + switches) and the racks that differ.
  Result<ClusterPlan> of(std::int64_t nodes);
  /// Cables, and with them the list to order, of a plan that was laid out here.
  void lay_cables(ClusterPlan& plan) const;

 private:
  void stand(ClusterPlan& plan);
  void add_up(ClusterPlan& plan) const;

  const ClusterQuestion& question_;
  const estimate::NodeKind& kind_;
  estimate::Feed feed_;
  Packer packer_;
  Rack full_;
  std::int64_t per_rack_ = 0;
};

}  // namespace busbar::plan
