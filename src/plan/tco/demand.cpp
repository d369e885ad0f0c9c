// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "estimate/sheet.hpp"
#include "plan/tco.hpp"

namespace busbar::plan {

Demand demand_of(double peak, double busy) {
  if (busy >= 1) return {{1, peak}};
  constexpr int steps = 1000;  // the mean of the curve within each, so that the sum is exact
  const double power = 1 / busy;
  Demand demand;
  for (int k = 0; k < steps; ++k) {
    const double from = 1 - double(k) / steps, to = 1 - double(k + 1) / steps;
    demand.push_back({1.0 / steps, peak * busy * (std::pow(from, power) - std::pow(to, power)) * steps});
  }
  return demand;
}

Result<Demand> parse_demand(std::string name, std::string_view text) {
  const Result<estimate::Sheet> sheet = estimate::Sheet::parse(std::move(name), text);
  if (!sheet) return sheet.error();
  for (const char* column : {"hours", "gpus"})
    if (const auto needed = sheet->needed(column); !needed) return needed.error();
  Demand demand;
  double hours = 0;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    const auto span = sheet->number(row, "hours", 0, 1e7), gpus = sheet->number(row, "gpus", 0, 1e6);
    if (!span) return span.error();
    if (!gpus) return gpus.error();
    if (!*span || !*gpus)
      return sheet->wrong(row, *span ? "gpus" : "hours", "found nothing; a number would be right");
    demand.push_back({**span, **gpus});
    hours += **span;
  }
  if (hours <= 0)
    return Error{Errc::invalid, sheet->name() + ": found no hours; rows of hours and gpus would be right"};
  for (DemandStep& step : demand) step.share /= hours;
  std::ranges::sort(demand, std::ranges::greater{}, &DemandStep::gpus);
  if (demand.front().gpus <= 0)
    return Error{Errc::invalid, sheet->name() + ": no GPU was ever at work; a recorded use would be right"};
  return demand;
}

double peak_of(const Demand& demand) { return demand.empty() ? 0 : std::ceil(demand.front().gpus - 1e-6); }

double beyond(const Demand& demand, double owned) {
  double mean = 0;
  for (const DemandStep& step : demand) mean += step.share * std::max(step.gpus - owned, 0.0);
  return mean;
}

double busy_of(const Demand& demand) { return beyond(demand, 0) / peak_of(demand); }

}  // namespace busbar::plan
