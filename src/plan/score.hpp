// SPDX-License-Identifier: Apache-2.0
// score.hpp: predictions against what was measured.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "plan/predict.hpp"

namespace busbar::plan {

struct KindScore {
  Kind kind = Kind::train_mem;
  int rows = 0;       // that were compared
  int groups = 0;     // sources
  double median = 0;  // of |predicted / measured - 1|: the mean over sources of each source's median
  double p90 = 0,
         bias = 0;  // of all rows: the 90th percentile of that error; the median of predicted / measured - 1
  double coverage = 0;  // share of rows whose measured value lies in the interval
};

/// Of every row about memory on a device: a measured peak means that it fitted.
struct FitsScore {
  int fits_right = 0, fits_wrong = 0;        // said to fit: it did; it did not
  int refused_right = 0, refused_wrong = 0;  // said not to fit: it did not; it did
  int silent = 0;                            // no verdict
  int judged() const { return fits_right + fits_wrong + refused_right + refused_wrong; }
};

struct Score {
  std::vector<KindScore> kinds;  // those that have rows
  FitsScore fits;
  std::map<std::string, int> unsaid;  // why a measured value was not predicted -> rows
  std::map<std::string, std::map<std::string, double>> groups;  // kind -> source -> its median error
};

Score score(const std::vector<Answered>& rows);

}  // namespace busbar::plan
