// SPDX-License-Identifier: Apache-2.0
// need.hpp: what a training run or a served model needs and costs, for people and for programs. Pure: values
// in, text out.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/need.hpp"

namespace busbar::cli::render {

/// One place in full: the answer, memory part by part as bars, time part by part; the other places and the
/// offers; what is assumed, why the interval is as wide as it is, what would make it fit.
std::string train(const plan::TrainReport& report, const Screen& screen);
std::string train_json(const plan::TrainReport& report);

std::string serve(const plan::ServeReport& report, const Screen& screen);
std::string serve_json(const plan::ServeReport& report);

/// "13.2 GiB"; "2 h 10 min"; "6567", "77.3k", "1.5B".
std::string said(estimate::Bytes bytes);
std::string said(estimate::Seconds time);
std::string short_count(double count);

/// "30,532,122,624 parameters, 3,345,000,000 active"
std::string parameters_of(const estimate::Model& model);
/// Rows of bars: those parts that are more than nothing, against a whole.
std::string part_bars(const std::vector<plan::Part>& parts, double scale, double whole, const Screen& screen,
                      std::string (*show)(double));
/// What was assumed.
std::string assumptions(const std::vector<std::string>& assumed);
/// One interval: how wide it is, and why.
struct Width {
  const char* what;
  double low, high;  // over the value
  std::string why;
};
/// `programs` are those whose runs something was learned from; "" where the question names one.
std::string widths(const std::vector<Width>& all, const char* programs, const Screen& screen);

/// "gcp us-central1 (spot)"; "2026-07-30, 120 days: stale".
std::string where(const plan::Choice& choice);
std::string price_of(const plan::Choice& choice);
/// " ~" behind a device on whose generation nothing was measured.
std::string unmeasured(bool measured);
/// Why an interval is wider there.
std::string wider(bool measured);
/// What was looked at, in one line, and GPUs that could not be reckoned with.
template <class Rental>
std::string looked_at(const plan::Rentals<Rental>& rentals, const plan::NeedTerms& terms);

}  // namespace busbar::cli::render
