// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "draw/axis.hpp"
#include "draw/page.hpp"
#include "draw/picture.hpp"
#include "sim/report.hpp"
#include "sim/report/plots.hpp"

namespace busbar::sim {
using namespace draw;
namespace {

/// One line of the table of figures.
struct Figure {
  const char* name;
  std::vector<double> values;  // of each run
  std::string (*show)(double);
  bool compared = true;      // by how much they differ is said
  bool only_if_any = false;  // left out where it is 0
};

std::string figures_table(const Report& report) {
  const auto of = [&](auto value) {
    std::vector<double> values;
    for (const ReportRun& run : report.runs) values.push_back(value(*run.measures));
    return values;
  };
  const auto wait_at = [&](int thousandths) {
    return of([thousandths](const Measures& m) { return m.all().waits.seconds_at(thousandths); });
  };
  const auto whole = [](double value) { return short_number(value); };
  const std::vector<Figure> figures = {
      {"Jobs", of([](const Measures& m) { return double(m.all().jobs); }), whole, false},
      {"Mean time from submission to end", of([](const Measures& m) { return m.all().mean_completion(); }),
       spoken},
      {"Mean wait", of([](const Measures& m) { return m.all().mean_wait(); }), spoken},
      {"Half of the jobs waited at most", wait_at(500), spoken},
      {"Nine of ten waited at most", wait_at(900), spoken},
      {"99 of 100 waited at most", wait_at(990), spoken},
      {"The longest wait", wait_at(1000), spoken},
      {"Jobs that waited over a week", of([](const Measures& m) { return double(m.over_a_week()); }), whole,
       true, true},
      {"First submission to last end",
       of([](const Measures& m) { return double((m.end() - m.begin()).count()) / 1000; }), spoken},
      {"Machines in use, of that time",
       of([](const Measures& m) { return m.capacity().amount ? m.utilisation() : -1; }),
       [](double share) { return share < 0 ? std::string("not known") : percent(share); }, false},
      {"Stopped or lost, and run again", of([](const Measures& m) { return double(m.requeues()); }), whole,
       true, true},
      {"GPU-hours held", of([](const Measures& m) { return m.gpu_hours(); }), whole, true, true},
      {"of them lost", of([](const Measures& m) { return m.lost_gpu_hours(); }), whole, true, true},
      {"Cost of the GPU-hours held", of([&](const Measures& m) { return m.gpu_hours() * report.gpu_hour; }),
       whole, true, true},
      {"Cost of all GPUs until the last end",
       of([&](const Measures& m) { return m.gpu_hours_there() * report.gpu_hour; }), whole, true, true},
  };
  std::string html = "<div class=\"scroll\"><table><thead><tr><th></th>";
  for (const ReportRun& run : report.runs) html += tag("th", run.label);
  if (report.runs.size() > 1) html += "<th>difference</th>";
  html += "</tr></thead><tbody>";
  for (const Figure& figure : figures) {
    if (figure.only_if_any && std::ranges::all_of(figure.values, [](double value) { return value == 0; }))
      continue;
    html += std::string("<tr><th scope=\"row\">") + figure.name + "</th>";
    for (const double value : figure.values) html += tag("td", figure.show(value));
    if (report.runs.size() > 1) {
      const double first = figure.values[0], second = figure.values[1];
      std::string difference = "";
      if (figure.compared && first != second)
        difference = first > 0
                         ? percent(std::abs(second - first) / first) + (second < first ? " less" : " more")
                         : "more";
      html += tag("td", difference);
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string legend(const Report& report) {
  if (report.runs.size() < 2) return "";
  return "<p class=\"legend\"><span><i class=\"key\"></i>" + escaped(report.runs[0].label) +
         "</span><span><i class=\"key b\"></i>" + escaped(report.runs[1].label) + "</span></p>";
}

std::string longest(const Sums& sums) { return spoken(double(sums.waits.longest().count()) / 1000); }

/// In words, for whoever reads nothing else.
std::string lead(const Report& report) {
  const Sums& all = report.runs[0].measures->all();
  const double at_once = all.waits.share_within(std::chrono::minutes(1));
  std::string text = percent(at_once) + " of the jobs started within a minute; the mean wait was " +
                     spoken(all.mean_wait()) + ", the longest " + longest(all) + ".";
  if (report.runs.size() > 1) {
    const Sums& other = report.runs[1].measures->all();
    const double before = all.mean_wait(), now = other.mean_wait();
    const std::string much = before > 0 && now != before ? percent(std::abs(now - before) / before) +
                                                               (now < before ? " less" : " more")
                                                         : "as long";
    text = report.runs[1].label + " instead of " + report.runs[0].label + ": jobs wait " + much +
           " on average, " + spoken(now) + " instead of " + spoken(before) + "; the longest wait is " +
           (longest(other) == longest(all) ? longest(all) + " in both"
                                           : longest(other) + " instead of " + longest(all)) +
           ".";
  }
  return "<p class=\"lead\">" + escaped(text) + "</p>";
}

std::string over_time_sections(const Report& report) {
  Instant end;
  double most = 0;
  std::vector<Series> waiting, held;
  for (const ReportRun& run : report.runs) end = std::max(end, run.measures->end());
  for (const ReportRun& run : report.runs) {
    waiting.push_back(series_of(run.measures->waiting(), end));
    held.push_back(series_of(run.measures->held(), end));
    most = std::max(most, double(run.measures->capacity().amount));
  }
  const bool gpus = report.runs[0].measures->capacity().unit == Capacity::Unit::gpus;
  const std::string unit = gpus ? "GPUs" : "CPUs";
  return section("Jobs that waited", over_time(waiting, end, 0, "Number of waiting jobs over time"),
                 "How many jobs stood in the queue, on average over " +
                     spoken(double(waiting[0].span.count()) / 1000) + ".") +
         section(unit + " in use", over_time(held, end, most, unit + " in use over time"),
                 most > 0 ? "The dotted line is all there are: " + short_number(most) + " " + unit + "."
                          : "How many were given out; how many there were is not known.");
}

/// Rows of the groups with the most jobs, and of those jobs by size.
std::vector<Spread> group_rows(const Report& report) {
  constexpr std::size_t most_rows = 16;
  std::vector<std::pair<std::int64_t, std::string>> by_jobs;
  for (const auto& [name, sums] : report.runs[0].measures->by_group()) by_jobs.emplace_back(-sums.jobs, name);
  std::ranges::sort(by_jobs);
  if (by_jobs.size() > most_rows) by_jobs.resize(most_rows);
  std::vector<Spread> rows;
  for (const auto& [jobs, name] : by_jobs) {
    Spread row{name, {}};
    for (const ReportRun& run : report.runs) {
      const auto found = run.measures->by_group().find(name);
      row.waits.push_back(found == run.measures->by_group().end() ? nullptr : &found->second);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Spread> size_rows(const Report& report) {
  std::vector<Spread> rows;
  for (std::size_t k = 0; k < size_classes.size(); ++k) {
    Spread row{size_classes[k].name, {}};
    std::int64_t jobs = 0;
    for (const ReportRun& run : report.runs) {
      row.waits.push_back(&run.measures->by_size()[k]);
      jobs += run.measures->by_size()[k].jobs;
    }
    if (jobs > 0) rows.push_back(std::move(row));
  }
  return rows;
}

/// The numbers behind a plot of spreads.
std::string spread_table(const Report& report, const std::vector<Spread>& rows) {
  std::string html =
      "<details><summary>The numbers</summary><div "
      "class=\"scroll\"><table><thead><tr><th></th><th>jobs</th><th>mean "
      "wait</th><th>half</th><th>9 of 10</th><th>99 of 100</th><th>longest</th>" +
      std::string(report.gpu_hour > 0 ? "<th>GPU-hours</th><th>cost</th>" : "") + "</tr></thead><tbody>";
  for (const Spread& row : rows) {
    for (std::size_t run = 0; run < row.waits.size(); ++run) {
      const Sums* sums = row.waits[run];
      if (sums == nullptr) continue;
      html += "<tr><th scope=\"row\">" +
              escaped(row.name + (row.waits.size() > 1 ? ", " + report.runs[run].label : "")) + "</th>" +
              tag("td", short_number(double(sums->jobs))) + tag("td", spoken(sums->mean_wait())) +
              tag("td", spoken(sums->waits.seconds_at(500))) +
              tag("td", spoken(sums->waits.seconds_at(900))) +
              tag("td", spoken(sums->waits.seconds_at(990))) +
              tag("td", spoken(double(sums->waits.longest().count()) / 1000));
      if (report.gpu_hour > 0)
        html += tag("td", short_number(sums->gpu_hours())) +
                tag("td", short_number(sums->gpu_hours() * report.gpu_hour));
      html += "</tr>";
    }
  }
  return html + "</tbody></table></div></details>";
}

std::string spread_section(const Report& report, const char* title, const std::vector<Spread>& rows) {
  if (rows.size() < 2) return "";
  return section(
             title, spreads(rows, std::string("Waits, ") + title),
             "Where a bar begins, half of the jobs had started; where it ends, nine of ten; where the line "
             "ends, 99 of "
             "100. The dot is the longest wait. Each step of the scale is several times the one before.") +
         spread_table(report, rows);
}

}  // namespace

std::string report_page(const Report& report) {
  const Measures& first = *report.runs[0].measures;
  std::vector<const Sums*> sums;
  for (const ReportRun& run : report.runs) sums.push_back(&run.measures->all());
  std::string title = counted(first.all().jobs, "job", "jobs") + " replayed: ";
  for (std::size_t k = 0; k < report.runs.size(); ++k) title += (k ? " against " : "") + report.runs[k].label;

  std::string html;
  html += "<p class=\"faint\">" +
          escaped(report.jobs.substr(report.jobs.rfind('/') + 1) + ", " + report.format + "; submitted " +
                  day(first.begin()) + " and later, the last over on " + day(first.end()) + ". " +
                  report.machines) +
          "</p>";
  html += lead(report) + figures_table(report) + "\n" + legend(report) + over_time_sections(report) + "\n";
  html += section("How long jobs waited", shares(sums, "Share of jobs by how long they waited"),
                  "Which share of all jobs waited no longer than that. The higher the line, the better.") +
          "\n";
  html += spread_section(report, "By account or cluster", group_rows(report)) + "\n";
  if (first.capacity().unit == Capacity::Unit::gpus)
    html += spread_section(report, "By size", size_rows(report)) + "\n";
  html +=
      "<section>" + tag("h2", "How this was made") + "<p>" +
      escaped(
          "Each job was submitted when it was, asked for what it asked for and ran as long as it ran. Where "
          "and when it "
          "started was decided anew by Busbar's own controller; a run that says 'as recorded' is what really "
          "happened. A wait is all the time between submission and end in which a job did not run. Times are "
          "UTC.") +
      "</p>";
  for (const std::string& remark : report.remarks) html += "<p class=\"faint\">" + escaped(remark) + "</p>";
  return page(title, html + "</section>\n");
}

}  // namespace busbar::sim
