// SPDX-License-Identifier: Apache-2.0
// recorded.hpp: Busbar's own journal as a trace: what its jobs asked for, when they could start, how long
// they ran; and the machines it knew.
#pragma once
#include <deque>

#include "model/cluster.hpp"
#include "sim/trace/trace.hpp"
#include "store/journal.hpp"

namespace busbar::sim {

/// The jobs of the journal in a state folder, also beside a living server. Errors: those of the journal.
Result<std::unique_ptr<Trace>> open_recorded(const std::string& folder);

/// The machines it knew, as they were last.
Result<std::vector<model::NodeFacts>> recorded_machines(const std::string& folder);

/// When a job that is over could start, did, and how long it ran; nothing where it never ran. Who asked for
/// what is not in it.
std::optional<TraceJob> as_traced(const model::Job& job);

/// A trace that has been read into memory.
class Recorded final : public Trace {
 public:
  /// Errors: those of the journal; Errc::exhausted where more jobs are over than can be held.
  static Result<std::unique_ptr<Trace>> read(store::Journal& journal, std::string name);

  Result<std::optional<TraceJob>> next() override;
  std::size_t disorder() const override { return 0; }
  Passed passed() const override { return passed_; }
  std::vector<model::NodeFacts> machines() const override { return machines_; }
  Error wrong(const std::string& message) const override { return {Errc::invalid, name_ + ": " + message}; }

 private:
  std::string name_;
  std::deque<TraceJob> jobs_;
  std::vector<model::NodeFacts> machines_;
  Passed passed_;
};

}  // namespace busbar::sim
