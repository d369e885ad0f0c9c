// SPDX-License-Identifier: Apache-2.0
// philly.hpp: the jobs of Microsoft's Philly cluster, as the Pollux artifact cleaned them: a CSV with the
// columns timestamp, duration (seconds), num_gpus and cluster, in no order of time.
#pragma once
#include "sim/trace/csv.hpp"
#include "sim/trace/request.hpp"
#include "sim/trace/trace.hpp"

namespace busbar::sim {

class Philly final : public Trace {
 public:
  /// Errors: Errc::invalid where a column is not there.
  static Result<std::unique_ptr<Trace>> read(Csv csv);

  Result<std::optional<TraceJob>> next() override;
  std::size_t disorder() const override { return std::size_t{1} << 20; }
  Error wrong(const std::string& message) const override { return csv_.wrong(message); }

 private:
  explicit Philly(Csv csv) : csv_(std::move(csv)) {}

  Csv csv_;
  Shared shared_;
  std::size_t timestamp_ = 0, duration_ = 0, gpus_ = 0, cluster_ = 0;
};

}  // namespace busbar::sim
