// SPDX-License-Identifier: Apache-2.0
// plots.hpp: the kinds of picture in a report. Each is drawn twice, for a wide page and for a narrow one, so
// that letters stay readable on both; the page shows one of them.
#pragma once
#include <string>
#include <vector>

#include "sim/queue/measures.hpp"

namespace busbar::sim {

/// One line of a plot over time: averages over equal spans from `begin` on.
struct Series {
  Instant begin;
  Duration span{0};
  std::vector<double> values;
};
Series series_of(const Timeline& timeline, Instant until);

/// Lines over time up to `end`, the first filled. `most` is a line that none can cross; 0: there is none.
std::string over_time(const std::vector<Series>& lines, Instant end, double most, const std::string& says);

/// How the waits of one group are spread under each of the rules compared.
struct Spread {
  std::string name;
  std::vector<const Sums*> waits;  // nullptr where there is no such job
};
/// A row a group and run: where the bar begins half the jobs had started, where it ends nine of ten, where
/// the line ends 99 of 100; the dot is the longest wait.
std::string spreads(const std::vector<Spread>& rows, const std::string& says);

/// Which share of the jobs waited no longer than that, for each run.
std::string shares(const std::vector<const Sums*>& runs, const std::string& says);

/// A line of a plot of percent against percent.
struct Curve {
  std::string name;  // written at its end
  struct Place {
    double x, y;
  };
  std::vector<Place> points;
};
/// The part of it where the lines part: from 20 percent of y below the lowest end on.
std::string curves(const std::vector<Curve>& lines, const std::string& says);

}  // namespace busbar::sim
