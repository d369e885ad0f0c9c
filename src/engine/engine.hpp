// SPDX-License-Identifier: Apache-2.0
// engine.hpp: the door to where tasks run. Orders go down as values, news comes back as values; an engine out
// of reach is news, too, never an exception.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"

namespace busbar::engine {

struct GrantedDevice {
  model::Device device;
  Share milli;
  Bytes memory;
};

/// Everything needed to start one attempt; told only after its Decided is durable. Telling twice does no
/// harm: it is keyed by attempt, and an order with a lower epoch than the engine has seen is refused.
struct LaunchOrder {
  model::AttemptId attempt;
  Epoch epoch;
  model::Principal owner;
  std::shared_ptr<const model::JobSpec> spec;
  Duration time_limit{0};  // 0: none; that of the spec, or what is left until its deadline
  JobId array;             // 0: not an element
  int array_index = -1;
  int restarts = 0;
  NodeId node;
  std::vector<std::string> nodes;  // names, in order of node rank, each once
  int node_rank = 0, local_rank = 0, local_tasks = 1;
  std::vector<GrantedDevice> devices;
  std::vector<int> gpus_here;  // indices of all that the job holds on this node, each once
  std::string master_addr = "127.0.0.1";
  int master_port = 0;
  std::shared_ptr<const model::Settings> settings;
  bool lent = false;  // it runs on CPUs that others hold, and gives way to them
};
struct StopOrder {
  model::AttemptId attempt;
  Epoch epoch;
  NodeId node;
  std::string reason;  // for the file at BUSBAR_STOP_REASON
  Duration grace{0};
  bool warned = false;  // first the signal that the job asked for and the time ahead, as at its time limit
};
/// The end of this attempt is in the journal: the engine may forget it. Its log stays readable.
struct SettleOrder {
  model::AttemptId attempt;
  Epoch epoch;
  NodeId node;
};
/// How a task shares its machine's CPUs from now on. Telling twice does no harm.
struct CpuOrder {
  model::AttemptId attempt;
  Epoch epoch;
  NodeId node;
  Cpus most;          // it never gets more; of all that the machine has: no limit
  Cpus weight;        // what it counts on where others want CPUs, too
  bool lent = false;  // it counts on nothing, and runs only where nobody else wants to
};
using Order = std::variant<LaunchOrder, StopOrder, SettleOrder, CpuOrder>;

/// A machine is within reach. `present` are all attempts it knows and has not been told to forget, running or
/// ended; an ended one is followed by its own Finished. A live attempt that is not among them is not running
/// there.
struct Joined {
  model::NodeFacts facts;
  std::vector<model::AttemptId> present;
};
/// What the tasks of a machine did since the last such news, a few seconds ago. Only where CPUs are lent.
struct CpuUse {
  struct Task {
    model::AttemptId attempt;
    std::optional<Cpus> used;  // on average; none: nobody can tell
    Cpus waited;               // likewise, more that its threads would have run, had there been CPUs
  };
  NodeId node;
  Cpus others;  // what ran beside all tasks, and does not give way
  std::vector<Task> tasks;
};
using News = std::variant<Joined, model::NodeLeft, model::Started, model::Finished, CpuUse>;

/// A piece of what a task wrote.
struct Output {
  enum class Stream { out, err, note } stream = Stream::out;  // note: a remark by Busbar, such as a gap
  Instant at;
  std::string bytes;
};
struct OutputPage {
  std::vector<Output> pieces;
  std::int64_t next = 0;  // the position to ask for next
  bool at_end = true;     // nothing more was there at this moment
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Begins to work; news arrives at the sink from then on, on a thread of the engine's. Joined comes first
  /// and again after every survey() and reconnection.
  virtual Status start(Epoch epoch, std::function<void(News)> sink) = 0;
  /// Never blocks; what cannot be done comes back as news.
  virtual void tell(std::vector<Order> orders) = 0;
  /// Asks every machine to report anew.
  virtual void survey() = 0;
  /// Output from position `from` (0: the beginning), at most about `most` bytes. Any thread. An attempt that
  /// wrote nothing or is not there gives an empty page.
  virtual Result<OutputPage> read(const model::AttemptId& attempt, std::int64_t from, std::size_t most) = 0;
};

/// Devices declared by an administrator: "4:H100:80GiB" or several joined by ','. Ids are stable: hashed from
/// node, model and index.
Result<std::vector<model::Device>> declared_devices(std::string_view text, NodeId node);

}  // namespace busbar::engine
