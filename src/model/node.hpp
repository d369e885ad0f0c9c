// SPDX-License-Identifier: Apache-2.0
// node.hpp: a machine and its devices, as its engine reported them, and what of it is given out.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "model/job.hpp"

namespace busbar::model {

/// A device a job can hold. A MIG instance is a child device, born and removed by events; indices may change,
/// ids do not.
struct Device {
  DeviceId id;
  std::string uuid;
  int index = 0;    // as CUDA_VISIBLE_DEVICES counts
  DeviceId parent;  // of a MIG instance; 0: none
  enum class Kind { whole, share, mig } kind = Kind::whole;
  std::string model;  // "H100"
  Share compute{1000};
  Bytes memory{0};
  bool declared = false;  // stated by an administrator, not found by Busbar
  int link = 0;           // those with the same have a fast way to each other (NVLink); 0: none is known
  bool operator==(const Device&) const = default;
};

/// How far a node can hold a task to a limit.
enum class Enforcement { none, watched, enforced };
const char* name_of(Enforcement enforcement);

/// What an engine says of a machine when it joins.
struct NodeFacts {
  NodeId id;
  std::string boot_id;
  std::string name;  // host name
  std::string os, cpu_model;
  Cpus cpus;
  std::vector<int> numa;  // CPUs of each NUMA node
  Bytes memory;
  Bytes disk;  // of the file system that holds the state folder
  std::vector<Device> devices;
  Enforcement memory_limit = Enforcement::none, cpu_limit = Enforcement::none,
              process_limit = Enforcement::none;
  std::string isolation;            // "PID namespace, cgroup v1", in words
  std::string rack, switch_name;    // where it stands and what it is plugged into; "": not known
  std::vector<std::string> labels;  // what jobs may ask for, in small letters, sorted
  bool operator==(const NodeFacts&) const = default;
};

/// An administrator wants the machine empty.
struct Drain {
  std::string reason, user;
  bool move = false;  // what may be preempted does not stay until its end
  bool operator==(const Drain&) const = default;
};

/// CPUs that some tasks hold and leave idle, so that others may run on them (docs/adr/0034).
struct Idle {
  Cpus most;          // that may be lent; never more than is held
  Cpus lent;          // that are,
  int borrowers = 0;  // to so many tasks
  bool over = false;  // those who hold them went short more often than allowed: nobody new borrows
  bool operator==(const Idle&) const = default;
};

struct Node {
  NodeFacts facts;
  enum class State { up, lost } state = State::up;
  Cpus cpus_held;  // without what is lent
  Bytes memory_held, disk_held;
  std::map<DeviceId, Holding> held;  // sum of what is given out, by device
  std::map<int, int> tasks;     // by how many devices each holds; 0: shares of one. Without devices: not here
  std::set<int> ports;          // MASTER_PORTs given out
  std::set<int> foreign_ports;  // found taken by somebody else
  std::optional<Drain> drain;   // nothing new starts here
  JobId alone;                  // whose tasks nobody else's stand beside; 0: nobody's
  Idle idle;
  bool operator==(const Node&) const = default;
};

}  // namespace busbar::model
