// SPDX-License-Identifier: Apache-2.0
// policy.hpp: which of the nodes where a task fits is best. A policy sees one node at a time and gives a
// number; everything else (who fits, ties, gangs) is the same for all of them. One file each.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "model/rules.hpp"
#include "model/workload.hpp"
#include "sched/space.hpp"

namespace busbar::sched {

/// One task's wish, in the numbers that policies count in.
struct Ask {
  std::int64_t cpus = 0, memory = 0, disk = 0;
  int share = 0;         // thousandths of one device; 0: none
  int whole = 0;         // devices
  std::int64_t job = 0;  // for a policy that draws lots

  std::int64_t milli() const { return share + whole * std::int64_t{1000}; }
};
Ask ask_of(const Shape& shape);

/// What nodes of one kind have in common: the devices that are there when nothing is given out.
struct NodeType {
  struct Device {
    int milli;
    std::int64_t memory;
    ModelKey model;
    int link;
    auto operator<=>(const Device&) const = default;
  };
  std::vector<Device> devices;
  bool has_links = false;
  auto operator<=>(const NodeType&) const = default;
};

/// What is free on one node. `milli` points at the free thousandths of its devices.
struct Look {
  const NodeType* kind = nullptr;
  const std::uint16_t* milli = nullptr;
  int devices = 0, whole = 0;  // whole: devices of which nothing is given out
  std::int64_t free_milli = 0;
  std::int64_t cpus = 0, memory = 0;
  const std::uint8_t* suits = nullptr;  // by device: is it of the model and size that was asked for?
  std::int64_t tie = 0;                 // its place in the order of nodes
  const TasksByDevices* tasks = nullptr;
};

/// The larger score is the better node; of equal ones the first in the order of nodes. `device` is the one
/// that a share goes to, -1 else.
struct Choice {
  std::int64_t score = 0;
  int device = -1;
};

class Policy {
 public:
  virtual ~Policy() = default;
  /// Of a node where the task fits.
  virtual Choice choose(const Look& node, const Ask& ask) const = 0;
  /// Are scores the same for all jobs that ask for the same? If not, none is remembered.
  virtual bool same_for_all() const { return true; }
};

/// What has arrived so far, by kind; a policy that learns is made anew when that is renewed.
using Work = std::map<model::Want, std::int64_t>;
std::shared_ptr<const Policy> policy_of(const model::Rules& rules, const Work& known);
bool learns(model::Rules::Fit fit);

/// The device with room for the share that is left with least; of equals the first; -1: none.
int tightest_device(const Look& node, int share);

using PolicyMade = std::shared_ptr<const Policy>;
PolicyMade random_fit(std::uint64_t seed);
PolicyMade first_fit();
PolicyMade best_fit();
PolicyMade worst_fit();
PolicyMade dot_product();
PolicyMade packing();
PolicyMade clustering();
PolicyMade fragmentation_gradient(const Work& known);
PolicyMade least_expected_loss(const Work& known);
PolicyMade consolidate();

}  // namespace busbar::sched
