// SPDX-License-Identifier: Apache-2.0
// constants.hpp: the few numbers that no formula gives: how much of a peak is reached, what a program adds.
// Learned by bench/plan/fit.py from published measurements, kept as data with where each comes from
// (catalog/constants.csv).
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace busbar::estimate {

/// "gemm.hopper" -> 0.57. A name has the form WHAT or WHAT.WHICH; where WHICH is not known, WHAT alone
/// counts.
class Constants {
 public:
  /// A table with the columns name and value, and source where there is one. Errors: a row without a finite
  /// number, a name twice.
  static Result<Constants> parse(std::string name, std::string_view text);

  /// The value of "what.which", else of "what"; a `what` that is not there is a defect of the table.
  double of(std::string_view what, std::string_view which = "") const;
  bool knows(std::string_view what, std::string_view which) const;
  /// Where that value comes from, in words; "" where nobody said.
  std::string_view source(std::string_view what, std::string_view which = "") const;
  /// Overrides or adds: "gemm.hopper" = 0.6.
  void set(const std::string& name, double value) { values_[name] = value; }

 private:
  std::map<std::string, double, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> sources_;
};

/// Those that come with the program.
const Constants& built_in_constants();

}  // namespace busbar::estimate
