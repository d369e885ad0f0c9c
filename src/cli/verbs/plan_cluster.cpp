// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/prices.hpp"
#include "cli/render/cluster.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int plan_cluster(const Invocation& invocation) {
  const PlanCluster& asked = *invocation.plan_cluster;
  const Result<plan::ClusterPlan> plan = plan::design(asked.question);
  if (!plan) return failed(plan.error());
  const std::vector<std::string> remarks = render::assumptions(asked.question, *plan);
  if (!asked.report.empty()) {
    const Status written = write_file(asked.report, plan::cluster_page(asked.question, *plan, remarks));
    if (!written) return failed(written.error());
  }
  return print(invocation.json ? render::cluster_json(*plan, remarks)
                               : render::cluster(asked.question, *plan, remarks, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
