// SPDX-License-Identifier: Apache-2.0
#include "wire/usage.hpp"

#include <algorithm>

#include "wire/json_out.hpp"

namespace busbar::wire {
namespace {

struct Row {
  std::int64_t running = 0, waiting = 0;  // jobs
};

}  // namespace

std::string usage_json(const model::Cluster& cluster) {
  const model::Quotas& quotas = cluster.settings.shares;
  std::map<std::string, Row> rows;
  for (const auto& [project, quota] : quotas) rows[project];
  for (const auto& [id, job] : cluster.jobs) {
    Row& row = rows[job.spec->project];
    ++(job.state == model::JobState::pending ? row.waiting : row.running);
  }
  Share devices;
  for (const auto& [id, node] : cluster.nodes) {
    if (node.state != model::Node::State::up) continue;
    for (const model::Device& device : node.facts.devices) devices += device.compute;
  }
  const model::Shares shares = model::shares_of(cluster.jobs, quotas, cluster.settings.preemption.on);

  JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.whole("devices_milli", devices.count);
  out.key("projects");
  out.open('[');
  for (const auto& [project, row] : rows) {
    const model::Quota quota = model::quota_of(quotas, project);
    const model::Held held = shares.of(project);
    out.open('{');
    out.word("project", project);
    out.whole("guaranteed_milli", quota.guaranteed.count);
    if (quota.limit) out.whole("limit_milli", quota.limit->count);
    if (!quota.limit) out.null("limit_milli");
    out.whole("held_milli", held.all.count);
    const Share borrowed = quotas.empty() ? Share{} : std::max(held.all - quota.guaranteed, Share{});
    out.whole("borrowed_milli", borrowed.count);
    out.whole("firm_milli", held.firm.count);
    out.whole("running", row.running);
    out.whole("waiting", row.waiting);
    out.close('}');
  }
  out.close(']');
  out.close('}');
  return std::move(out.text);
}

}  // namespace busbar::wire
