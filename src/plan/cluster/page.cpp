// SPDX-License-Identifier: Apache-2.0
// The page of `busbar plan cluster --report`.
#include <fmt/format.h>

#include "draw/page.hpp"
#include "draw/plot.hpp"
#include "plan/buy.hpp"
#include "plan/cluster/pictures.hpp"

namespace busbar::plan {
namespace {

using namespace draw;

/// A table; the first column of each row is its name.
std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& head : heads) html += tag("th", head);
  html += "</tr></thead><tbody>";
  for (const std::vector<std::string>& row : rows) {
    html += "<tr><th scope=\"row\">" + tag("span", row.front()) + "</th>";
    for (std::size_t k = 1; k < row.size(); ++k) html += tag("td", row[k]);
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string networks_table(const ClusterPlan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (const Network& network : plan.networks) {
    std::string lengths;
    for (const auto& [length, count] : network.cables)
      lengths += fmt::format("{}{} x {}", lengths.empty() ? "" : ", ", count,
                             length > 0 ? fmt::format("{:g} m", length) : "over 100 m");
    rows.push_back({network.name + ", " + network.speed});
    for (const std::int64_t number : {network.ends, network.tree.leaves, network.tree.spines,
                                      network.tree.cores, network.ends + network.tree.internal_cables()})
      rows.back().push_back(short_number(double(number)));
    rows.back().push_back(lengths);
  }
  return table({"network", "ends", "leaves", "spines", "cores", "cables", "lengths"}, rows);
}

std::string lead(const ClusterQuestion& question, const ClusterPlan& plan) {
  std::string text = plan.nodes < plan.wanted
                         ? fmt::format("{} of {} nodes fit: {} carries no more. ", plan.nodes, plan.wanted,
                                       plan.limits.front().what)
                         : fmt::format("{} nodes with {:g} GPUs in {} racks. ", plan.nodes,
                                       double(plan.nodes) * plan.node.gpus, plan.racks.size());
  if (!question.work.empty()) {
    const AtWork use = at_work(question.work);
    text += fmt::format("{} people have {:.1f} GPUs at work on the mean and {} at the peak. ", use.people,
                        use.mean, use.peak);
  }
  text += fmt::format("{:.1f} kW by nameplate, {:.1f} kW measured at full load.", plan.nameplate.value / 1000,
                      plan.measured.value / 1000);
  if (plan.liquid.value > 0)
    text += fmt::format(" Of the heat {:.1f} kW go into liquid, {:.1f} kW into air.",
                        plan.liquid.value / 1000, (plan.nameplate - plan.liquid).value / 1000);
  return "<p class=\"lead\">" + tag("span", text) + "</p>";
}

/// Kinds of machine by the work that a million dollars of them do.
std::string compared(const std::vector<Buy>& buys) {
  std::vector<Stack> bars;
  std::vector<std::vector<std::string>> rows;
  for (const Buy& buy : buys) {
    const estimate::NodeKind& kind = buy.question.node;
    bars.push_back({kind.name, {buy.petaflops_per_million()}});
    rows.push_back({kind.name, fmt::format("{:.0f}", kind.price->value)});
    if (!buy.plan) {
      rows.back().insert(rows.back().end(), {"-", "-", "-", buy.refused});
      continue;
    }
    rows.back().insert(
        rows.back().end(),
        {std::to_string(buy.plan->nodes), fmt::format("{:.0f}", buy.plan->price->value),
         fmt::format("{:.2f}", buy.work.value / 1e15),
         buy.plan->nodes < buy.plan->wanted ? "not enough: " + buy.plan->limits.front().what : "enough"});
  }
  return section("What to buy", stacked(bars, "Petaflop/s for a million dollars by kind of machine"),
                 "Petaflop/s in 16 bits that a million dollars buy, of what the GPUs reach of their peak.") +
         table({"machine", "dollars each", "nodes", "dollars", "petaflop/s", ""}, rows);
}

std::string work(const ClusterQuestion& question) {
  std::vector<Stack> bars;
  std::vector<std::vector<std::string>> rows;
  for (const Work& each : question.work) {
    bars.push_back({each.name, {each.mean()}});
    rows.push_back({each.name, std::to_string(each.people), std::to_string(each.gpus),
                    fmt::format("{:.3g}", each.hours), each.how});
  }
  return section("Work", stacked(bars, "GPUs at work on the mean by kind of work"),
                 "GPUs at work on the mean, nights and weekends included.") +
         table({"work", "people", "GPUs each", "hours a week", "reckoned from"}, rows);
}

std::string order(const ClusterPlan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (const Item& item : plan.order) rows.push_back({std::to_string(item.count), item.what});
  return "<section>" + tag("h2", "What to order") + table({"count", "what"}, rows) + "</section>\n";
}

std::string steps(const ClusterPlan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (const ClusterPlan::Step& step : plan.ladder) rows.push_back({step.people, step.kind, step.why});
  return "<section>" + tag("h2", "The next step for each hire") +
         table({"people", "is served by", "why"}, rows) + "</section>\n";
}

}  // namespace

std::string cluster_page(const std::vector<Buy>& buys, const std::vector<std::string>& assumptions) {
  const ClusterQuestion& question = buys.front().question;
  const ClusterPlan& plan = *buys.front().plan;
  std::string html = lead(question, plan);
  if (buys.size() > 1) html += compared(buys);
  if (!question.work.empty()) html += work(question);
  if (plan.nodes > 0) {
    html += section("Racks", elevation(question, plan),
                    "Each kind of rack once, units counted from the bottom; switches stand out.");
    html +=
        section("Lines", phase_loads(plan),
                fmt::format("Amps in the lines of each feed by nameplate; the dotted line is {:g} A, what "
                            "a {:g} A breaker may carry for hours. Rack, then its feed{}.",
                            estimate::continuous(plan.feed).value, plan.feed.breaker.value,
                            question.redundant ? "; each side as it is when the other has failed" : ""));
  }
  if (!plan.networks.empty())
    html += section("Networks", network_drawing(plan.networks.front(), plan.nodes),
                    "The " + plan.networks.front().name +
                        " network; where there are more boxes than room, some are left out.") +
            networks_table(plan);
  html += order(plan) + steps(plan);
  html += "<section>" + tag("h2", "Taken for granted") + "<ul>";
  for (const std::string& each : assumptions) html += tag("li", each);
  html += "</ul></section>\n";
  return page(fmt::format("A room for {:g} GPUs", double(plan.nodes) * plan.node.gpus), html);
}

}  // namespace busbar::plan
