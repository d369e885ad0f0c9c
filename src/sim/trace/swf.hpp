// SPDX-License-Identifier: Apache-2.0
// swf.hpp: the Standard Workload Format of the Parallel Workloads Archive (version 2): 18 numbers a line, -1
// where something is not known, remarks and facts of the machine behind ';'. GPUs, which it does not know,
// may stand in a table beside it.
#pragma once
#include <array>
#include <optional>

#include "sim/trace/csv.hpp"
#include "sim/trace/request.hpp"
#include "sim/trace/trace.hpp"

namespace busbar::sim {

class Swf final : public Trace {
 public:
  /// `gpus` is a table with the columns job and gpus, its rows in the order of the jobs; a job that is not in
  /// it has none. Errors: Errc::invalid where one of these columns is not there.
  static Result<std::unique_ptr<Swf>> read(Lines lines, std::optional<Csv> gpus);

  /// Jobs stand in the order of submission and their numbers rise, as the format demands.
  Result<std::optional<TraceJob>> next() override;
  std::size_t disorder() const override { return 0; }
  Passed passed() const override { return passed_; }
  Error wrong(const std::string& message) const override { return lines_.wrong(message); }
  /// Of MaxNodes and MaxProcs: so many nodes, their CPUs divided among them. One without the other says both.
  std::vector<model::NodeFacts> machines() const override;

 private:
  struct GpuTable {
    Csv csv;
    std::size_t job = 0, gpus = 0;
    std::int64_t next_job = 0, next_gpus = 0;  // of the row read last; job 0: none yet
    bool at_end = false;
  };

  Swf(Lines lines, std::optional<GpuTable> gpus) : lines_(std::move(lines)), gpus_(std::move(gpus)) {}

  void remark(std::string_view line);
  Status split();
  Result<std::optional<TraceJob>> job();
  Result<std::int64_t> gpus_of(std::int64_t job);

  Lines lines_;
  std::optional<GpuTable> gpus_;
  Shared shared_;
  Passed passed_;
  Instant begin_ = Instant{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch()};
  std::array<std::int64_t, 18> fields_{};  // of the current line
  std::int64_t last_job_ = 0, last_submit_ = 0;
  std::int64_t most_nodes_ = 0, most_procs_ = 0;  // of the header; 0: it does not say
};

}  // namespace busbar::sim
