// SPDX-License-Identifier: Apache-2.0
// need_flags.hpp: what `plan train` and `plan serve` are asked. Nothing of it is guessed in silence: what was
// not given is listed in `assumed`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "estimate/catalogue.hpp"
#include "plan/serve.hpp"
#include "plan/train.hpp"

namespace busbar::cli {

struct Tokens;

/// So many of a device, by the name that the catalogue has.
struct AskedPlace {
  int devices = 1;
  std::string device;
  std::optional<estimate::UsdPerHour> price;  // of one device
};

/// A model by name or by the path of its config.json, and the places to look at.
struct Needed {
  std::string model;
  std::vector<AskedPlace> places;
  std::vector<std::string> assumed;
};

struct PlanTrain : Needed {
  plan::TrainQuestion question;  // but for its model
};
struct PlanServe : Needed {
  plan::ServeQuestion question;  // but for its model
};

/// Errors: Errc::invalid, naming the flag, what was found and what would be right.
Result<PlanTrain> read_plan_train(const Tokens& tokens);
Result<PlanServe> read_plan_serve(const Tokens& tokens);
/// The places with their devices. Errors (Errc::invalid): a device that the catalogue does not have.
Result<std::vector<plan::Place>> places_of(const Needed& needed, const estimate::Catalogue& catalogue);

/// "10M", "1.5B", "200k", "3000000": in [low, high].
Result<double> parse_count(const std::string& text, double low, double high);

}  // namespace busbar::cli
