// SPDX-License-Identifier: Apache-2.0
// need_flags.hpp: what `plan train` and `plan serve` are asked. Nothing of it is guessed in silence: what was
// not given is listed in `assumed`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/plan_flags.hpp"
#include "estimate/catalogue.hpp"
#include "plan/rent.hpp"

namespace busbar::cli {

struct Tokens;

/// So many of a device, by the name that the catalogue has.
struct AskedPlace {
  int devices = 1;
  std::string device;
  std::optional<estimate::UsdPerHour> price;  // of one device
};

/// A model by name or by the path of its config.json, the places to look at, and what is for rent besides.
struct Needed {
  std::string model;
  std::vector<AskedPlace> places;
  std::optional<estimate::Date> as_of;  // absent: today
  plan::RentQuestion rent;              // but for its date
  std::size_t first = 8;                // offers that are shown
  estimate::UsdPerKilowattHour tariff{0.15};
  std::string report;  // path; "" when not wanted
  std::vector<std::string> assumed;
};

struct PlanTrain : Needed {
  plan::TrainQuestion question;  // but for its model
};
struct PlanServe : Needed {
  plan::ServeQuestion question;  // but for its model and a load that is recorded
  double rate = 0;               // requests a second; 0: none is stated
  std::string trace;             // path; "" for none
  std::optional<plan::TokenPrices> api;
};

/// Errors: Errc::invalid, naming the flag, what was found and what would be right.
Result<PlanTrain> read_plan_train(const Tokens& tokens);
Result<PlanServe> read_plan_serve(const Tokens& tokens);
/// The places with their devices. Errors (Errc::invalid): a device that the catalogue does not have.
Result<std::vector<plan::Place>> places_of(const Needed& needed, const estimate::Catalogue& catalogue);

/// "10M", "1.5B", "200k", "3000000": in [low, high].
Result<double> parse_count(const std::string& text, double low, double high);

}  // namespace busbar::cli
