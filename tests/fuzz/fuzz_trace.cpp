// SPDX-License-Identifier: Apache-2.0
// Jobs of a trace, whatever its format: what comes out is within bounds and in order, or refused in words.
#include <cstddef>
#include <cstdint>

#include "promise.hpp"
#include "sim/trace/in_order.hpp"
#include "sim/trace/inventory.hpp"
#include "sim/trace/open.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  fuzz::check_refusal(sim::parse_nodes(text));
  Result<sim::OpenTrace> open = sim::recognise("fuzz", sim::source_of(text), "");
  fuzz::check_refusal(open);
  if (!open) return 0;
  sim::InOrder jobs(std::move(open->trace), true, [](const sim::TraceJob&) { return true; });
  Instant last{};
  for (std::size_t rows = 0;; ++rows) {
    BUSBAR_CHECK(rows <= size + 1, "a trace of so few bytes has no more jobs");
    const Result<std::optional<sim::TraceJob>> job = jobs.next();
    BUSBAR_CHECK(job, "a lenient reader goes on");
    if (!*job) return 0;
    BUSBAR_CHECK((*job)->submitted >= last, "jobs come in the order of submission");
    last = (*job)->submitted;
    BUSBAR_CHECK((*job)->ran >= Duration{0} && (*job)->ran <= sim::longest_run, "a run has a length");
    BUSBAR_CHECK(!(*job)->started || *(*job)->started >= last, "nothing starts before it is there");
    const model::JobSpec& spec = *(*job)->spec;
    BUSBAR_CHECK(spec.tasks >= 1 && spec.each.gpus.count >= 0 && spec.each.cpus.count >= 0,
                 "a job has tasks");
    BUSBAR_CHECK(spec.each.gpus.count * spec.tasks <= sim::most_gpus * 1000, "no job is absurd");
  }
}
