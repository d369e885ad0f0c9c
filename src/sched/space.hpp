// SPDX-License-Identifier: Apache-2.0
// space.hpp: what a job takes (Shape), what is free on a node (FreeNode), and tentative placements over it
// (Space).
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "model/cluster.hpp"

namespace busbar::sched {

class Board;

/// A device model, as a number that is the same wherever it is computed: FNV-1a of its name in small letters.
using ModelKey = std::uint64_t;
/// "A100|H100" is any of these; rising. "" gives none, which stands for any.
std::vector<ModelKey> model_keys(const std::string& models);

/// Tasks on a node by how many devices each holds: shares of one, 1 to 8 whole ones, more.
using TasksByDevices = std::array<int, 10>;
constexpr std::size_t group_by_devices(std::int64_t whole, bool is_share) {
  if (is_share) return 0;
  return whole > 8 ? 9 : static_cast<std::size_t>(whole);
}

/// model::Where with names as numbers, as models are; each list sorted.
struct Where {
  std::vector<ModelKey> labels, on, off;
  bool alone = false;
  int per_node = 0;
  auto operator<=>(const Where&) const = default;
};

/// What of a machine stays as it is while it is up.
struct Standing {
  ModelKey name = 0;
  std::vector<ModelKey> labels;  // sorted
  Cpus cpus;                     // when nothing is given out
  bool has_links = false;        // some of its devices are linked
  auto operator<=>(const Standing&) const = default;
};
/// May a task stand on a machine of which so many CPUs are free, beside others only on lent ones? Each other
/// task holds some, so all are free where there is none.
bool allows(const Standing& machine, Cpus free, bool has_borrowers, const Where& where);

/// Everything of a job that decides where and beside what it can run. Jobs of one shape are alike to the
/// scheduler: where one does not fit, no other does.
struct Shape {
  Share gpus;  // below 1000 a share of one device, else whole devices
  Bytes gpu_memory;
  Cpus cpus;
  Bytes memory, disk;
  int tasks = 1;
  int nodes = 0;  // never more than tasks: a node without a task would be held for nothing
  Duration time_limit{0}, grace{0};
  Instant deadline;              // as in JobSpec
  std::vector<ModelKey> models;  // any of them; none: any at all
  Where where;
  auto operator<=>(const Shape&) const = default;

  bool is_share() const { return gpus > Share{0} && gpus < whole_device; }
  std::int64_t whole_devices() const { return is_share() ? 0 : (gpus.count + 999) / 1000; }
};
Shape shape_of(const model::JobSpec& spec);
/// What one that runs on lent CPUs holds: all but the CPUs.
Shape without_cpus(Shape shape);
/// What a job's attempts hold, each on its own.
Shape shape_of(const model::JobSpec& spec, const model::Attempt& attempt);
/// Without the time it takes.
Shape resources_of(Shape shape);

struct FreeDevice {
  DeviceId id;
  Share compute, milli;  // all of it, and what is free
  Bytes size, memory;    // likewise
  ModelKey model = 0;
  int link = 0;  // model::Device::link
  auto operator<=>(const FreeDevice&) const = default;

  bool is_whole() const { return milli == compute && memory == size && compute >= whole_device; }
};

/// What a node has to give. A device that is divided into MIG instances is not in the list; its instances
/// are.
struct FreeNode {
  NodeId id;
  bool up = false;
  Cpus cpus;
  Bytes memory, disk;
  std::vector<FreeDevice> devices;  // by index
  TasksByDevices tasks{};
  std::uint64_t rack = 0, network = 0;  // names as numbers, like models; 0: not known
  Standing standing;
  bool alone = false;  // somebody has it to themselves
  int borrowers = 0;   // tasks that run on lent CPUs
  auto operator<=>(const FreeNode&) const = default;
};
/// With what is given out taken off, and as if nothing were. A lost node has nothing to give either way.
FreeNode free_of(const model::Node& node);
FreeNode empty_of(const model::Node& node);
/// Takes off `free`, of which nothing is given out yet, what is.
void take_held(FreeNode& free, const model::Node& node);

/// Where one task goes and what it holds there.
struct Spot {
  NodeId node;
  std::vector<model::Holding> holdings;
  bool operator==(const Spot&) const = default;
};

void take(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings);
void give(FreeNode& node, const Shape& shape, const std::vector<model::Holding>& holdings);
/// What is free in both.
FreeNode least_of(const FreeNode& a, const FreeNode& b);

/// The nodes as they are, with tentative changes over them: costs as much as what was changed, never a copy
/// of all. The nodes below must outlive it and stay as they are.
class Space {
 public:
  /// Tasks go where the board's policy says, or, on bare nodes, by best fit.
  explicit Space(const Board& board);
  explicit Space(const std::vector<FreeNode>& below) : below_(&below) {}

  std::size_t size() const { return below_->size(); }
  const FreeNode& at(std::size_t i) const;
  FreeNode& change(std::size_t i);
  void set(std::size_t i, FreeNode node) { changed_.insert_or_assign(i, std::move(node)); }
  /// size() where the node is unknown.
  std::size_t find(NodeId node) const;

  void take(const Shape& shape, const Spot& spot);
  void give(const Shape& shape, const Spot& spot);

  const Board* board() const { return board_; }
  const std::map<std::size_t, FreeNode>& changed() const { return changed_; }

 private:
  const Board* board_ = nullptr;
  const std::vector<FreeNode>* below_;  // by id
  std::map<std::size_t, FreeNode> changed_;
};

}  // namespace busbar::sched
