// SPDX-License-Identifier: Apache-2.0
// columns.hpp: what is free on every node as plain columns, in the order in which ties are broken.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sched/fit/policy.hpp"

namespace busbar::sched {

/// One task as far as fitting goes. Tasks with equal keys fit on the same nodes and find the same ones best.
struct TaskKey {
  Share gpus;
  Bytes gpu_memory;
  Cpus cpus;
  Bytes memory, disk;
  std::vector<ModelKey> models;
  Where where;
  auto operator<=>(const TaskKey&) const = default;
};
TaskKey key_of(const Shape& task);

/// A node as plain numbers. Its devices are a span of Columns.
struct Row {
  std::int64_t cpus = 0, memory = 0, disk = 0, free_milli = 0;
  std::uint32_t first = 0;                            // of its devices
  std::uint16_t devices = 0, whole = 0, largest = 0;  // largest: most that is free of one device
  int kind = 0;
  bool up = false;
  bool borrowed = false;  // somebody runs there on lent CPUs
};

/// Which devices of a kind of node will do for a task.
struct Suitable {
  std::vector<std::uint8_t> devices;
  bool all = true;
};
Suitable suitable_on(const NodeType& kind, const Shape& task);
/// Where not all of them will do: are there enough that will?
bool fits_devices(const Row& row, const std::uint16_t* milli, const Suitable& suitable, const Ask& ask);

/// What bounds what may fit on a node since it changed. Where it changed again since, nothing does, and the
/// place is one behind the last.
struct Change {
  std::int64_t cpus = 0, memory = 0;
  std::uint32_t place = 0;
  std::uint16_t full = 0, largest = 0;  // full: devices with all their thousandths free
  bool may_fit(const Ask& ask) const {
    return (ask.cpus <= cpus) & (ask.memory <= memory) & (ask.whole <= full) & (ask.share <= largest);
  }
};

/// Fills in what a policy looks at; false where the task does not fit.
inline bool look_at(const Row& row, const NodeType& kind, const std::uint16_t* milli,
                    const Suitable& suitable, const Ask& ask, Look& look) {
  if (!row.up || row.cpus < ask.cpus || row.memory < ask.memory || row.disk < ask.disk) return false;
  if (suitable.all) {
    if (row.whole < ask.whole || row.largest < ask.share) return false;
  } else if (!fits_devices(row, milli, suitable, ask)) {
    return false;
  }
  look.kind = &kind;
  look.milli = milli;
  look.devices = row.devices;
  look.whole = row.whole;
  look.free_milli = row.free_milli;
  look.cpus = row.cpus;
  look.memory = row.memory;
  look.suits = suitable.devices.data();
  return true;
}

class Columns {
 public:
  /// Ties go by node id where `seed` is 0, else by a fixed order drawn from it: node id and seed, mixed.
  Columns(const std::vector<FreeNode>& nodes, std::uint64_t seed);

  void set(std::size_t node, const FreeNode& free);

  std::size_t size() const { return rows_.size(); }
  const Row& row(std::size_t place) const { return rows_[place]; }
  const std::uint16_t* milli(const Row& row) const { return milli_.data() + row.first; }
  const NodeType& kind(int number) const { return *kinds_[static_cast<std::size_t>(number)]; }
  std::size_t kinds() const { return kinds_.size(); }
  const TasksByDevices& tasks(std::size_t place) const { return tasks_[place]; }
  /// Numbers of rack and switch; nodes of which none is known share one.
  std::uint32_t rack(std::size_t place) const { return racks_[place]; }
  std::uint32_t network(std::size_t place) const { return networks_[place]; }
  const Standing& standing(std::size_t place) const { return standing_[place]; }
  std::size_t place_of(std::size_t node) const { return place_[node]; }
  std::size_t node_at(std::size_t place) const { return node_[place]; }

  /// What changed, from the `from`th change on: each place once, and size() for each change that another
  /// followed; nothing where that is no longer known. Changes lie side by side, so that passing over one
  /// costs next to nothing.
  std::int64_t changes() const { return changes_; }
  bool remembers(std::int64_t from) const {
    return changes_ - from <= static_cast<std::int64_t>(log_.size());
  }
  template <class Visit>
  void changed_since(std::int64_t from, Visit visit) const {
    const auto ring = static_cast<std::int64_t>(log_.size());
    while (from < changes_) {  // twice where the ring ends between
      const std::int64_t first = from & (ring - 1), last = std::min(first + changes_ - from, ring);
      for (const Change *at = log_.data() + first, *end = log_.data() + last; at != end; ++at) {
        visit(*at);
      }
      from += last - first;
    }
  }

 private:
  int kind_of(const FreeNode& node);

  std::vector<Row> rows_;  // by place, as are tasks_, node_, last_
  std::vector<TasksByDevices> tasks_;
  std::vector<std::uint32_t> racks_, networks_;  // by place
  std::vector<Standing> standing_;               // likewise
  std::vector<std::uint16_t> milli_;
  std::vector<std::size_t> node_, place_;  // place_: by node
  std::map<NodeType, int> numbers_;
  std::vector<const NodeType*> kinds_;  // keys of numbers_
  std::vector<Change> log_;             // a ring; its length is a power of two
  std::vector<std::int64_t> last_;      // by place: its latest change
  std::int64_t changes_ = 0;
};

/// The row of a node that stands in no column, with its devices.
/// `milli` has room for each of its devices.
Row row_of(const FreeNode& node, int kind, std::uint16_t* milli);
NodeType kind_of(const FreeNode& empty);

}  // namespace busbar::sched
