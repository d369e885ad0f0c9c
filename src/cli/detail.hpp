// SPDX-License-Identifier: Apache-2.0
// detail.hpp: one job with what was asked for, as GET /v1/jobs/ID tells it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/remote.hpp"
#include "model/job.hpp"

namespace busbar::cli {

struct Detail {
  JobAnswer job;
  std::shared_ptr<const model::JobSpec> spec;  // never empty
  std::vector<PreemptionAnswer> preemptions;
  std::string body;  // as the server gave it
};
Result<Detail> ask_detail(Remote& remote, JobId id);
Result<Detail> read_detail(std::string body);

/// "it ended with exit code 3": how a job that is over came to its end.
std::string ending_in_words(const Detail& detail);

/// Says on stderr how a job ended that did not complete; nothing when it did.
void note_ending(Remote& remote, const JobAnswer& job);

}  // namespace busbar::cli
