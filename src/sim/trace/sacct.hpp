// SPDX-License-Identifier: Apache-2.0
// sacct.hpp: what Slurm's accounting remembers: `sacct -a -P` with at least the fields JobIDRaw, Submit,
// ElapsedRaw, State and AllocTRES or ReqTRES; docs/simulation.md has the whole command.
#pragma once
#include <unordered_map>

#include "sim/trace/csv.hpp"
#include "sim/trace/request.hpp"
#include "sim/trace/trace.hpp"

namespace busbar::sim {

/// Whole numbers, remembered in little room where they lie close together.
class NumberSet {
 public:
  /// False when it was there already.
  bool add(std::int64_t number);

 private:
  std::unordered_map<std::int64_t, std::uint64_t> blocks_;  // 64 numbers each
};

/// "billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G,node=1" as a request; what is not known there (a
/// licence, billing) is passed over. Errors: what is not `name=amount`, an amount out of bounds.
Result<Request> parse_tres(std::string_view text);

class Sacct final : public Trace {
 public:
  /// Errors: Errc::invalid where a needed column is not there.
  static Result<std::unique_ptr<Trace>> read(Csv csv);

  /// Steps of jobs ("12.batch") are passed over; jobs that still run, or never did, are counted.
  Result<std::optional<TraceJob>> next() override;
  std::size_t disorder() const override { return std::size_t{1} << 20; }
  Passed passed() const override { return passed_; }
  Error wrong(const std::string& message) const override { return csv_.wrong(message); }

 private:
  explicit Sacct(Csv csv) : csv_(std::move(csv)) {}

  Status columns();
  std::string_view field(const std::optional<std::size_t>& column) const {
    return column ? csv_[*column] : std::string_view();
  }
  Result<std::optional<TraceJob>> job(std::int64_t id);
  Result<Request> request() const;
  Result<Duration> limit() const;

  Csv csv_;
  Shared shared_;
  Passed passed_;
  NumberSet seen_;
  std::size_t id_ = 0, submit_ = 0, elapsed_ = 0, state_ = 0;
  std::optional<std::size_t> user_, account_, start_, limit_, asked_, allocated_, nodes_;
};

}  // namespace busbar::sim
