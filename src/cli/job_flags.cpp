// SPDX-License-Identifier: Apache-2.0
#include "cli/job_flags.hpp"

#include <limits>

#include "base/text.hpp"
#include "wire/job_file.hpp"
#include "wire/where.hpp"

namespace busbar::cli {
namespace {

/// Reads flags one after the other and keeps the first mistake.
class Reader {
 public:
  explicit Reader(const Tokens& tokens) : tokens_(tokens) {}

  /// `parse` turns the value's text into a Result of what `into` holds.
  template <class Value, class Parse>
  void read(const char* flag, std::optional<Value>& into, Parse parse) {
    const auto given = tokens_.value(flag);
    if (!given || mistake_) return;
    auto parsed = parse(*given);
    if (!parsed) {
      mistake_ = Error{Errc::invalid, std::string(flag) + ": " + parsed.error().message};
      return;
    }
    into = Value(*parsed);
  }
  void whole(const char* flag, std::optional<int>& into, int low, int high) {
    read(flag, into, [&](const std::string& text) -> Result<int> {
      auto number = text::parse_whole(text, low, high);
      if (!number) return number.error();
      return static_cast<int>(*number);
    });
  }
  void words(const char* flag, std::optional<std::string>& into) {
    read(flag, into, [](const std::string& text) -> Result<std::string> {
      if (text.empty()) return Error{Errc::invalid, "the value is empty"};
      return text;
    });
  }
  const std::optional<Error>& mistake() const { return mistake_; }

 private:
  const Tokens& tokens_;
  std::optional<Error> mistake_;
};

Error no_number(const std::string& text) {
  return {Errc::invalid,
          "found " + text::quote(text) + "; a number first, such as 2 or 2:" + text + ", would be right"};
}

/// A bare model is one GPU in a job file; here it is more likely a number that was misspelt.
Result<wire::GpuRequest> parse_gpus(const std::string& text) {
  if (text.find(':') == std::string::npos && !text::parse_share(text) && wire::parse_gpus(text))
    return no_number(text);
  return wire::parse_gpus(text);
}

/// A bare number is refused: nobody means 80 MiB, and half the world would mean 80 GiB.
Result<Bytes> parse_gpu_memory(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string::npos) {
    return Error{Errc::invalid,
                 "found " + text::quote(text) + ", without a unit; " + text + "GiB would be right"};
  }
  return text::parse_bytes(text);
}

/// The flag's own words say nothing of where and when it is.
Status put_moment(const char* flag, const std::optional<std::string>& given, const wire::LocalTime& local,
                  Instant& into) {
  if (!given) return Done{};
  const auto moment = wire::parse_moment(*given, local);
  if (!moment) return Error{Errc::invalid, std::string(flag) + ": " + moment.error().message};
  into = *moment;
  return Done{};
}

template <class Value>
void put(const std::optional<Value>& from, Value& into) {
  if (from) into = *from;
}

}  // namespace

Result<JobFlags> read_job_flags(const Tokens& tokens) {
  constexpr int most = std::numeric_limits<int>::max();
  JobFlags flags;
  Reader reader(tokens);
  std::optional<wire::GpuRequest> gpus;
  reader.read("--gpus", gpus, parse_gpus);
  reader.read("--gpu-memory", flags.gpu_memory, parse_gpu_memory);
  reader.read("--cpus", flags.cpus, text::parse_cpus);
  reader.read("--mem", flags.memory, [](const std::string& text) { return text::parse_bytes(text, MiB); });
  reader.read("--disk", flags.disk, [](const std::string& text) { return text::parse_bytes(text, MiB); });
  reader.read("--time", flags.time_limit, text::parse_duration);
  reader.read("--grace", flags.grace, text::parse_duration);
  reader.words("--name", flags.name);
  reader.words("--project", flags.project);
  reader.words("--workdir", flags.workdir);
  reader.words("--output", flags.output);
  reader.words("--error", flags.error);
  reader.whole("--tasks", flags.tasks, 1, most);
  reader.whole("--nodes", flags.nodes, 1, most);
  reader.whole("--priority", flags.priority, -1'000'000, 1'000'000);
  reader.whole("--retries", flags.retries, 0, 1'000'000);
  reader.read("--array", flags.array, wire::parse_array);
  reader.read("--after", flags.after, wire::parse_dependencies);
  reader.read("--signal", flags.warning, wire::parse_warning);
  reader.read("--constraint", flags.labels, wire::parse_labels);
  reader.read("--nodelist", flags.on, wire::parse_machines);
  reader.read("--exclude", flags.off, wire::parse_machines);
  reader.words("--begin", flags.begin);
  reader.words("--deadline", flags.deadline);
  reader.whole("--tasks-per-node", flags.per_node, 1, most);
  if (reader.mistake()) return *reader.mistake();
  if (gpus) {
    flags.gpus = gpus->gpus;
    flags.gpu_model = gpus->model;
  }
  const auto env = tokens.flags.find("--env");
  if (env != tokens.flags.end()) flags.env = env->second;
  for (const std::string& entry : flags.env) {
    if (entry.empty() || entry[0] == '=') {
      return Error{Errc::invalid, "--env: found " + text::quote(entry) +
                                      "; NAME=value, or NAME to pass on yours, would be right"};
    }
  }
  flags.hold_for_nodes = tokens.has("--hold-for-nodes");
  flags.preemptible = tokens.has("--preemptible");
  flags.alone = tokens.has("--exclusive");
  flags.hold = tokens.has("--hold");
  return flags;
}

Status lay_over(const JobFlags& flags, model::JobSpec& spec, const wire::LocalTime& local) {
  if (flags.gpus) {
    spec.each.gpus = *flags.gpus;
    spec.each.gpu_model = flags.gpu_model;
  }
  put(flags.gpu_memory, spec.each.gpu_memory);
  put(flags.memory, spec.each.memory);
  put(flags.disk, spec.each.disk);
  put(flags.cpus, spec.each.cpus);
  put(flags.time_limit, spec.time_limit);
  put(flags.grace, spec.grace);
  put(flags.name, spec.name);
  put(flags.project, spec.project);
  put(flags.workdir, spec.workdir);
  put(flags.output, spec.output);
  put(flags.error, spec.error);
  put(flags.tasks, spec.tasks);
  put(flags.nodes, spec.nodes);
  put(flags.priority, spec.priority);
  put(flags.retries, spec.retries);
  put(flags.array, spec.array);
  put(flags.after, spec.after);
  put(flags.warning, spec.warning);
  if (flags.hold_for_nodes) spec.hold_for_nodes = true;
  if (flags.preemptible) spec.preemptible = true;
  put(flags.labels, spec.where.labels);
  put(flags.on, spec.where.on);
  put(flags.off, spec.where.off);
  put(flags.per_node, spec.where.per_node);
  if (flags.alone) spec.where.alone = true;
  if (flags.per_node && !flags.tasks && spec.tasks == 1)  // as Slurm has it
    spec.tasks = std::max(spec.nodes, 1) * *flags.per_node;
  if (flags.hold) spec.hold = true;
  if (const Status begin = put_moment("--begin", flags.begin, local, spec.begin); !begin) return begin;
  return put_moment("--deadline", flags.deadline, local, spec.deadline);
}

}  // namespace busbar::cli
