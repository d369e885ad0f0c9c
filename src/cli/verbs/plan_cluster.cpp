// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/files.hpp"
#include "cli/plan_flags.hpp"
#include "cli/render/cluster.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "plan/buy.hpp"

namespace busbar::cli {

namespace {

/// The kinds of machine that are asked about, best first: the one that was named, or all that have a price.
Result<std::vector<plan::Buy>> buys_of(const PlanCluster& asked, const estimate::Catalogue& catalogue) {
  std::optional<estimate::Sheet> jobs;
  if (!asked.jobs.empty()) {
    const auto text = read_table(asked.jobs);
    if (!text) return text.error();
    auto sheet = estimate::Sheet::parse(asked.jobs, *text);
    if (!sheet) return sheet.error();
    jobs = std::move(*sheet);
  }
  plan::ClusterQuestion question = asked.question;
  question.switches = catalogue.switches.all();
  const estimate::Constants& constants = estimate::built_in_constants();
  if (asked.node.empty() && question.budget && !question.node_price)
    return plan::what_to_buy(question, jobs, catalogue, constants);
  const auto node = catalogue.node(asked.node.empty() ? "hgx" : asked.node);
  if (!node) return Error{Errc::invalid, "--node: " + node.error().message};
  question.node = *node;
  if (!question.node_price) question.node_price = node->price;
  if (jobs) {
    auto work = plan::parse_work(*jobs, catalogue, *node, constants);
    if (!work) return work.error();
    question.work = std::move(*work);
  }
  auto designed = plan::design(question);
  if (!designed) return designed.error();
  return std::vector<plan::Buy>{
      {.question = question, .plan = std::move(*designed), .refused = {}, .work = {}}};
}

}  // namespace

int plan_cluster(const Invocation& invocation) {
  const PlanCluster& asked = *invocation.plan_cluster;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto buys = buys_of(asked, own->catalogue);
  if (!buys) return failed(buys.error());
  const plan::Buy& best = buys->front();
  if (!best.plan) return failed({Errc::invalid, best.refused});
  std::vector<std::string> remarks = render::assumptions(best.question, *best.plan);
  remarks.insert(remarks.end(), own->remarks.begin(), own->remarks.end());
  if (!asked.report.empty()) {
    const Status written = write_file(asked.report, plan::cluster_page(*buys, remarks));
    if (!written) return failed(written.error());
  }
  return print(invocation.json ? render::cluster_json(*buys, remarks)
                               : render::cluster(*buys, remarks, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
