// SPDX-License-Identifier: Apache-2.0
#include "sim/report.hpp"

#include <algorithm>

#include "draw/axis.hpp"
#include "draw/page.hpp"
#include "draw/plot.hpp"
#include "sim/report/plots.hpp"

namespace busbar::sim {
using namespace draw;
namespace {

double gpus(Share share) { return double(share.count) / 1000; }
std::string two_digits(double value) {
  const std::string text = std::to_string(value + 0.005);
  return text.substr(0, text.find('.') + 3);
}

double left_of(const PlaceRun& run) {
  double left = 0;
  for (const Outcome& outcome : run.outcomes)
    for (const Share hole : outcome.holes) left += gpus(hole);
  return left / double(run.outcomes.size());
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// In words, for whoever reads nothing else.
std::string lead(const PlaceReport& report) {
  const auto by_left = [](const PlaceRun& run) { return left_of(run); };
  const PlaceRun& best = *std::ranges::min_element(report.runs, {}, by_left);
  const PlaceRun& worst = *std::ranges::max_element(report.runs, {}, by_left);
  const double there = gpus(best.outcomes.front().capacity);
  std::string text = best.policy + " leaves " + short_number(left_of(best)) + " of " + short_number(there) +
                     " GPUs without work";
  if (&best != &worst)
    text += ", " + worst.policy + " " + short_number(left_of(worst)) + ": " +
            short_number(left_of(worst) - left_of(best)) + " more GPUs at work on the same machines";
  return "<p class=\"lead\">" + tag("span", text + ".") + "</p>";
}

std::string figures_table(const PlaceReport& report) {
  std::string html = "<div class=\"scroll\"><table><thead><tr><th>policy</th>";
  const std::vector<Level>& levels = report.runs.front().outcomes.front().levels;
  for (const Level& level : levels) html += tag("th", "at " + std::to_string(level.percent) + " %");
  html += "<th>deviation</th><th>GPUs left</th><th>tasks dropped</th></tr></thead><tbody>";
  for (const PlaceRun& run : report.runs) {
    html += "<tr><th scope=\"row\">" + tag("span", run.policy) + "</th>";
    Figure figure;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      figure = allocated(run.outcomes, k);
      html += tag("td", two_digits(figure.mean));
    }
    double dropped = 0;
    for (const Outcome& outcome : run.outcomes) dropped += double(outcome.dropped);
    html += tag("td", two_digits(figure.deviation)) + tag("td", short_number(left_of(run))) +
            tag("td", short_number(dropped / double(run.outcomes.size()))) + "</tr>";
  }
  return html + "</tbody></table></div>";
}

/// Percent of the GPUs given out by percent asked for, the mean over the seeds.
std::vector<Curve> courses(const PlaceReport& report) {
  std::vector<Curve> curves;
  for (const PlaceRun& run : report.runs) {
    Curve curve{run.policy, {}};
    std::size_t reached = SIZE_MAX;
    for (const Outcome& outcome : run.outcomes) reached = std::min(reached, outcome.course.size());
    for (std::size_t k = 0; k < reached; ++k) {
      double sum = 0;
      for (const Outcome& outcome : run.outcomes)
        sum += 100 * gpus(outcome.course[k].allocated) / gpus(outcome.capacity);
      curve.points.push_back(
          {double(run.outcomes.front().course[k].percent), sum / double(run.outcomes.size())});
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

std::vector<Stack> holes(const PlaceReport& report) {
  std::vector<Stack> stacks;
  for (const PlaceRun& run : report.runs) {
    Stack stack{run.policy, {}};
    for (std::size_t k = 0; k < hole_classes.size(); ++k) {
      double sum = 0;
      for (const Outcome& outcome : run.outcomes) sum += gpus(outcome.holes[k]);
      stack.parts.push_back(sum / double(run.outcomes.size()));
    }
    stacks.push_back(std::move(stack));
  }
  return stacks;
}

std::string holes_section(const PlaceReport& report) {
  std::string html = "<div class=\"scroll\"><table><thead><tr><th>GPUs left, in holes of</th>";
  for (const HoleClass& hole : hole_classes) html += tag("th", hole.name);
  html += "</tr></thead><tbody>";
  for (const Stack& stack : holes(report)) {
    html += "<tr><th scope=\"row\">" + tag("span", stack.name) + "</th>";
    for (const double part : stack.parts)
      html += tag("td", part < 10 ? two_digits(part) : short_number(part));
    html += "</tr>";
  }
  return section(
             "What is left over", stacked(holes(report), "GPUs left over by the size of the hole"),
             "GPUs without work in the end, by the free part of the device they are on: the darker, the "
             "larger. A whole GPU is left where its machine has no CPUs or memory for it, or where all that "
             "still came asked for several together.") +
         html + "</tbody></table></div>";
}

}  // namespace

std::string place_page(const PlaceReport& report) {
  const PlaceRun& first = report.runs.front();
  const double load = double(report.load_milli) / 1000;
  std::string title = "How full does it get? ";
  for (std::size_t k = 0; k < report.runs.size(); ++k) title += (k ? ", " : "") + report.runs[k].policy;
  std::string html =
      "<p class=\"faint\">" +
      tag("span", base_name(report.pods) + " on " + base_name(report.nodes) + ", " +
                      short_number(gpus(first.outcomes.front().capacity)) +
                      " GPUs; tasks come until they have asked for " + short_number(load * 100) +
                      " % of them; " + counted(std::int64_t(first.outcomes.size()), "run", "runs") + ".") +
      "</p>" + lead(report) + figures_table(report) + "\n";
  html += section(
      "Given out by asked for", curves(courses(report), "Percent of GPUs given out by percent asked for"),
      "How many percent of the GPUs were given out when the tasks that had come asked for so many. None "
      "leaves; what fits nowhere is dropped.");
  html += holes_section(report);
  html +=
      "<section>" + tag("h2", "How this was made") +
      tag("p",
          "Busbar's own controller placed one task after another on empty machines, in an order that is "
          "shuffled anew for each run; the figures are means over the runs. This is the experiment of FGD "
          "(Weng et al., USENIX ATC 2023).") +
      "</section>\n";
  return page(title, html);
}

}  // namespace busbar::sim
