// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/philly.hpp"

#include "sim/trace/moment.hpp"

namespace busbar::sim {

Result<std::unique_ptr<Trace>> Philly::read(Csv csv) {
  std::unique_ptr<Philly> trace(new Philly(std::move(csv)));
  const Status found = trace->csv_.columns({{"timestamp", &trace->timestamp_},
                                            {"duration", &trace->duration_},
                                            {"num_gpus", &trace->gpus_},
                                            {"cluster", &trace->cluster_}});
  if (!found) return found.error();
  return std::unique_ptr<Trace>(std::move(trace));
}

Result<std::optional<TraceJob>> Philly::next() {
  const Result<bool> row = csv_.next();
  if (!row) return row.error();
  if (!*row) return std::optional<TraceJob>{};

  const Result<Instant> submitted = parse_moment(csv_[timestamp_]);
  if (!submitted) return csv_.wrong(timestamp_, submitted.error().message);
  const Result<Duration> ran = parse_seconds(csv_[duration_], longest_run);
  if (!ran) return csv_.wrong(duration_, ran.error().message);
  const Result<std::int64_t> gpus = csv_.whole(gpus_, 1, most_gpus);
  if (!gpus) return gpus.error();
  if (csv_[cluster_].empty())
    return csv_.wrong(cluster_, "found nothing; the id of a virtual cluster would be right");

  Request request;
  request.project = csv_[cluster_];
  request.gpus = *gpus;
  TraceJob job;
  job.number = csv_.line() - 1;  // as if the header were not there
  job.submitted = *submitted;
  job.ran = *ran;
  job.by = shared_.user("unknown");
  job.spec = shared_.spec(request);
  return std::optional(std::move(job));
}

}  // namespace busbar::sim
