// SPDX-License-Identifier: Apache-2.0
// report.hpp: what replays and placement experiments came to, each as one page for a browser or a printer.
// Nothing in it is loaded from elsewhere.
#pragma once
#include <string>
#include <vector>

#include "sim/place.hpp"
#include "sim/queue/measures.hpp"

namespace busbar::sim {

/// One replay, or the recorded days themselves.
struct ReportRun {
  std::string label;  // "busbar", "with 1x8:H100 more", "as recorded"
  const Measures* measures = nullptr;
};

struct Report {
  std::string jobs;                  // the file, as it was given
  std::string format;                // in words
  std::string machines;              // in words
  std::vector<ReportRun> runs;       // one, or two to compare
  std::vector<std::string> remarks;  // what was left out, and the like
  double gpu_hour = 0;               // what an hour of one GPU costs; 0: not known
};

/// HTML. Every name from a trace is escaped. Size: some 100 KB, whatever the trace's.
std::string report_page(const Report& report);

/// All seeds of one policy in the placement experiment.
struct PlaceRun {
  std::string policy;
  std::vector<Outcome> outcomes;  // one a seed; not empty
};

struct PlaceReport {
  std::string nodes, pods;  // the files, as they were given
  std::int64_t load_milli = 1300;
  std::vector<PlaceRun> runs;  // of one list, in the order in which they are shown
};

/// HTML. Every name of a file is escaped.
std::string place_page(const PlaceReport& report);

}  // namespace busbar::sim
