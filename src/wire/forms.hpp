// SPDX-License-Identifier: Apache-2.0
// forms.hpp: what crosses the API, as JSON. Both sides of the socket use these, so they cannot differ.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/cluster.hpp"
#include "model/cpu_duty.hpp"

namespace busbar::wire {

/// POST /v1/jobs: {"version":1,"key":"..","spec":{..}}. Unknown or wrong fields are refused with their path
/// ("spec.each.cpus").
struct SubmitForm {
  std::string key;
  model::JobSpec spec;
};
std::string encode(const SubmitForm& form);
Result<SubmitForm> decode_submit(std::string_view body);

/// What both ends refuse before anything is queued: no command, tasks < 1, negative sizes, a relative
/// workdir, an array over 100,000 elements, more than 1 MiB of script or of environment. Names the field and
/// what would be right.
Status validate(const model::JobSpec& spec);

/// What `ps --json` needs of nodes to name devices: id -> (name of node, index on it).
struct Names {
  std::map<NodeId, std::string> nodes;
  std::map<DeviceId, int> device_index;
};
/// {"version":1,"jobs":[...]} exactly as `busbar ps --json` prints it (issue: id, array_id, array_index,
/// name, user, project, state, exit_code, signal, reason, submitted, started, ended, node, gpus, attempt,
/// tasks[...]).
std::string jobs_json(const std::vector<model::Job>& jobs, const Names& names);

/// One job for people who look at it: the ps form under "job", plus "spec" with every setting, defaults
/// included.
std::string job_json(const model::Job& job, const Names& names);

/// {"version":1,"nodes":[{"id","name","state","cpus":{"total","held"},"memory":{..},"disk","numa","gpus":[..],
/// "limits":{"memory":"enforced","cpus":..,"processes":..},"isolation"}]}
/// Where CPUs are lent, each node has "lending":{"budget_percent","idle","lent","borrowers","over","window",
/// "samples","short","all_samples","all_short"}, too, as far as `duty` tells.
std::string nodes_json(const model::Cluster& cluster, const std::map<NodeId, model::CpuDuty>& duty = {});

/// {"version":1,"error":{"code":"invalid","message":".."}}
std::string error_json(const Error& error);
Error decode_error(int http_status, std::string_view body);
int http_status_of(Errc code);
/// 2 for what the user can mend in the command line (invalid), else 1; 125 for unavailable where a job's own
/// code was due.
int exit_code_of(Errc code);

}  // namespace busbar::wire
