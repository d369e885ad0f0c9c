// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/files.hpp"
#include "cli/plan_flags.hpp"
#include "cli/render/cluster.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int plan_cluster(const Invocation& invocation) {
  const PlanCluster& asked = *invocation.plan_cluster;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto node = own->catalogue.node(asked.node);
  if (!node) return failed({Errc::invalid, "--node: " + node.error().message});
  plan::ClusterQuestion question = asked.question;
  question.node = *node;
  const Result<plan::ClusterPlan> plan = plan::design(question);
  if (!plan) return failed(plan.error());
  std::vector<std::string> remarks = render::assumptions(question, *plan);
  remarks.insert(remarks.end(), own->remarks.begin(), own->remarks.end());
  if (!asked.report.empty()) {
    const Status written = write_file(asked.report, plan::cluster_page(question, *plan, remarks));
    if (!written) return failed(written.error());
  }
  return print(invocation.json ? render::cluster_json(*plan, remarks)
                               : render::cluster(question, *plan, remarks, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
