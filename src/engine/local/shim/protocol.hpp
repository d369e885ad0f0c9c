// SPDX-License-Identifier: Apache-2.0
// protocol.hpp: what engine, launcher and shim say to each other. Messages travel over FOLDER/engine.sock
// (SEQPACKET), each a row of frames; ADR 6 tells the story.
#pragma once
#include <compare>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/local/shim/packing.hpp"

namespace busbar::shim {

constexpr std::int64_t protocol_version = 1;
constexpr std::size_t most_in_message =
    96 * 1024;  // below the default socket buffer, so that a send never fails for size

/// Which run of which task; "7.0.1" as a folder's name.
struct AttemptName {
  std::int64_t job = 0, task = 0, n = 0;
  auto operator<=>(const AttemptName&) const = default;
  std::string text() const {
    return std::to_string(job) + "." + std::to_string(task) + "." + std::to_string(n);
  }
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, AttemptName>
void fields(Value& a, See& see) {
  see(a.job), see(a.task), see(a.n);
}
inline std::optional<AttemptName> parse_attempt(const char* text) {
  AttemptName name;
  char* end = nullptr;
  name.job = std::strtoll(text, &end, 10);
  if (end == text || *end != '.') return std::nullopt;
  name.task = std::strtoll(end + 1, &end, 10);
  if (*end != '.') return std::nullopt;
  name.n = std::strtoll(end + 1, &end, 10);
  return *end == 0 && name.text() == text ? std::optional(name) : std::nullopt;
}

/// How a task came to its end; model::Cause in the same order (local_engine.cpp asserts it).
enum class Cause : std::int64_t { exited, stopped, timeout, out_of_memory, lost, not_started };

/// All that a shim needs to run one attempt. Resolved: names, paths and variables are final.
struct TaskOrder {
  AttemptName attempt;
  std::int64_t epoch = 0;
  std::int64_t uid = 0, gid = 0;
  std::vector<std::int64_t> groups;
  std::vector<std::string> argv, env;
  std::string script, workdir, hostfile;
  std::string output, error;  // absolute; "" none
  bool append = false;
  std::int64_t time_limit_ms = 0, grace_ms = 0, warn_signal = 0, warn_ahead_ms = 0;
  bool warn_asked = false;
  std::int64_t memory = 0, cpu_milli = 0, process_limit = 0, log_limit = 0;
  bool isolated = true;         // settings.isolation is "full"
  std::string cgroup;           // name of our folder in the cgroup hierarchies
  std::int64_t probe_port = 0;  // must be free on this machine before the command starts; 0: no matter
  std::int64_t cpu_weight = 0;  // thousandths of a CPU, where CPUs are lent; 0: they are not
  bool yields = false;          // it runs on CPUs that others hold
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, TaskOrder>
void fields(Value& o, See& see) {
  see(o.attempt), see(o.epoch);  // first: all that the launcher looks at
  see(o.uid), see(o.gid), see(o.groups), see(o.argv), see(o.env), see(o.script), see(o.workdir),
      see(o.hostfile);
  see(o.output), see(o.error), see(o.append), see(o.time_limit_ms), see(o.grace_ms), see(o.warn_signal);
  see(o.warn_ahead_ms), see(o.warn_asked), see(o.memory), see(o.cpu_milli), see(o.process_limit),
      see(o.log_limit);
  see(o.isolated), see(o.cgroup), see(o.probe_port), see(o.cpu_weight), see(o.yields);
}

/// What one frame is about. The first four come from the engine, the others from the launcher.
enum class Frame : std::int64_t {
  welcome,
  launch,
  stop,
  settle,
  survey,
  hello,
  present,
  surveyed,
  started,
  finished
};

struct Hello {
  std::int64_t version = protocol_version;
  std::string node, boot_id;
  std::int64_t epoch = 0;  // the highest it has seen
  bool namespaces = false;
  std::int64_t cgroup_version = 0;  // 0: none usable
  bool limits_memory = false, limits_cpu = false, limits_processes = false;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, Hello>
void fields(Value& h, See& see) {
  see(h.version), see(h.node), see(h.boot_id), see(h.epoch), see(h.namespaces), see(h.cgroup_version);
  see(h.limits_memory), see(h.limits_cpu), see(h.limits_processes);
}

struct Welcome {
  std::int64_t version = protocol_version, epoch = 0;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, Welcome>
void fields(Value& w, See& see) {
  see(w.version), see(w.epoch);
}

struct StopRequest {
  AttemptName attempt;
  std::int64_t epoch = 0, grace_ms = 0;
  std::string reason;
  bool warned = false;  // last: a shim of a former version does not look beyond what it knows
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, StopRequest>
void fields(Value& s, See& see) {
  see(s.attempt), see(s.epoch), see(s.grace_ms), see(s.reason), see(s.warned);
}

struct Settle {
  AttemptName attempt;
  std::int64_t epoch = 0;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, Settle>
void fields(Value& s, See& see) {
  see(s.attempt), see(s.epoch);
}

struct StartedNews {
  AttemptName attempt;
  std::int64_t pid = 0;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, StartedNews>
void fields(Value& s, See& see) {
  see(s.attempt), see(s.pid);
}

struct ExitRecord {
  std::int64_t exit_code = 0, signal = 0, cause = 0, ran_ms = 0, foreign_port = 0;
  std::string message;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, ExitRecord>
void fields(Value& e, See& see) {
  see(e.exit_code), see(e.signal), see(e.cause), see(e.ran_ms), see(e.foreign_port), see(e.message);
}

struct FinishedNews {
  AttemptName attempt;
  ExitRecord ending;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, FinishedNews>
void fields(Value& f, See& see) {
  see(f.attempt), see(f.ending);
}

/// One frame: its kind, the length of its body, its body. A launch whose order is too large for a message has
/// an empty body and comes alone, with the order in a memfd beside it.
inline std::string frame(Frame kind, std::string_view body) {
  Packer packer;
  packer(static_cast<std::int64_t>(kind));
  packer(std::string(body));
  return std::move(packer.bytes);
}

}  // namespace busbar::shim
