// SPDX-License-Identifier: Apache-2.0
// predict.hpp: what a row of measured runs would show, before it is measured.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "plan/measured.hpp"

namespace busbar::plan {

struct Prediction {
  std::string id;
  std::optional<estimate::Interval<double>> value;  // in the row's own unit
  std::optional<bool> fits;                         // of rows about memory on a device that is known
  std::string reason;                               // why there is no value, or no verdict
};

/// Cost: about 10 microseconds.
Prediction predict(const Measured& row, const estimate::Constants& constants);

/// One row of the table: read and predicted. Errors of Errc::invalid alone: a field that is wrong ends the
/// reading; what merely cannot be said is a prediction without a value.
struct Answered {
  std::optional<Measured> row;
  Prediction prediction;
};
Result<std::vector<Answered>> predict_all(const estimate::Sheet& sheet, const estimate::Constants& constants,
                                          const estimate::Catalogue& catalogue);

}  // namespace busbar::plan
